import { onTestFinished } from 'vitest'
import { createHolders, type Holders } from '../../../connectors/kit/holders.ts'
import { createApi } from '../../../connectors/salesforce/api.ts'
import { type OrgObject, orgObject } from '../../../connectors/salesforce/org/describe.ts'
import { type Org, unknownOrg } from '../../../connectors/salesforce/org/org.ts'
import { Settings } from '../../../connectors/salesforce/settings.ts'
import { findAccounts } from '../../../connectors/salesforce/write/accounts.ts'
import { createOwners, ownersIn } from '../../../connectors/salesforce/write/owners.ts'
import { type PlanContext, planWrites } from '../../../connectors/salesforce/write/plan.ts'
import { type WriteContext, writePeople } from '../../../connectors/salesforce/write/write.ts'
import type { Judged, RecordRef, RecordWrite, WriteOutcome } from '../../../src/core/index.ts'
import { type Asked, startTinyServer, type TinyServer, type Told } from '../../kit/tiny-server.ts'

export const Rows = '/services/data/v68.0/composite/sobjects'
export const LeadKey = `${Rows}/Lead/leadsync_contact_id__c`
export const ContactKey = `${Rows}/Contact/leadsync_contact_id__c`
export const User = '005000000000001AAA'

interface Field {
  readonly type?: string
  readonly length?: number
  readonly createable?: boolean
  readonly updateable?: boolean
  readonly nillable?: boolean
  readonly picklistValues?: readonly { readonly value: string; readonly label?: string }[]
  readonly unique?: boolean
  readonly externalId?: boolean
}

export const Key: Field = { unique: true, externalId: true, length: 80 }
const Own: Readonly<Record<string, Field>> = {
  LastName: { length: 80, nillable: false },
  FirstName: { length: 40 },
  Email: { type: 'email', length: 80 },
  Phone: { type: 'phone', length: 40 },
  Title: { length: 128 },
  DoNotCall: { type: 'boolean', nillable: false },
  HasOptedOutOfEmail: { type: 'boolean', nillable: false },
  CreatedDate: { type: 'datetime', createable: false, updateable: false },
  OwnerId: { type: 'reference', nillable: false },
  Rating: { type: 'picklist', picklistValues: [{ value: 'Hot' }] },
  leadsync_last_lead_at__c: { type: 'datetime' },
  leadsync_contact_id__c: Key,
}

/** What an org says of Leads, or of Contacts. `null` takes a field away. */
export function described(name: 'Lead' | 'Contact', some: Readonly<Record<string, Field | null>> = {}): OrgObject {
  const company: Record<string, Field> = name === 'Lead' ? { Company: { length: 255, nillable: false } } : { AccountId: {} }
  const fields = Object.entries({ ...Own, ...company, ...some }).flatMap(([field, about]) =>
    about === null ? [] : [{ type: 'string', createable: true, updateable: true, nillable: true, ...about, name: field }],
  )
  return orgObject({
    name,
    fields: fields.map((field) => ({ ...field, picklistValues: field.picklistValues?.map(active) })),
  } as never)
}

function active<T extends object>(option: T) {
  return { ...option, active: true }
}

export function orgOf(
  lead: OrgObject | null = described('Lead'),
  contact: OrgObject | null = described('Contact'),
  key?: string,
): Org {
  const org = unknownOrg(key ?? 'leadsync_contact_id__c')
  org.learn({ catalog: { org: null, objects: {} }, objects: { lead, contact, task: null } }, Date.now())
  return org
}

/** What Salesforce is, for one test: how it answers collections and queries. Absent: all succeeds, nothing is found. */
export interface Salesforce {
  readonly rows?: (asked: Asked) => Told | 'hang'
  /** Null: the query is refused; a code: with that one. */
  readonly found?: (soql: string) => readonly object[] | { readonly errorCode: string } | null
}

export interface Stand {
  readonly server: TinyServer
  readonly org: Org
  readonly holders: Holders<RecordRef>
  /** Requests that write. */
  writes(): Asked[]
  /** Every query, decoded. */
  queries(): string[]
  write(writes: readonly RecordWrite[], signal?: AbortSignal): Promise<Judged<WriteOutcome>[]>
}

export async function openStand(
  salesforce: Salesforce = {},
  { settings: some = {}, org = orgOf() }: { readonly settings?: Record<string, unknown>; readonly org?: Org } = {},
): Promise<Stand> {
  const server = await startTinyServer((asked) => answerOf(asked, salesforce))
  onTestFinished(() => server.stop())
  const settings = settingsOf({ baseUrl: server.url, ...some })
  const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent }
  const api = createApi(settings, dependencies)
  const owners = createOwners(api, 'sales', Date.now)
  const holders = createHolders<RecordRef>()
  return {
    server,
    org,
    holders,
    writes: () => server.asked.filter(({ path }) => path.startsWith(Rows)),
    queries: () => server.asked.filter(({ path }) => path.endsWith('/composite')).flatMap(queriesIn),
    async write(writes, signal = new AbortController().signal) {
      await owners.learn(ownersIn(writes), signal)
      const known = {
        api,
        crm: 'sales',
        paths: api.paths,
        org,
        owners,
        settings,
        holders,
        signal,
        now: Date.now,
        suspicion: { aloneInARow: 0 },
      }
      const context: WriteContext = {
        ...known,
        accountOf: await findAccounts(writes, settings, known),
        effort: { left: 40, stopped: null },
      }
      return writePeople(writes, context)
    },
  }
}

/** The requests that writes would make, without anybody to send them to. */
export function planned(writes: readonly RecordWrite[], some: Partial<PlanContext> = {}, settings: Record<string, unknown> = {}) {
  const complete = settingsOf(settings)
  const api = createApi(complete, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent })
  const owners = createOwners(api, 'sales', Date.now)
  const context = { crm: 'sales', paths: api.paths, org: orgOf(), owners, settings: complete, accountOf: () => null, ...some }
  return planWrites(writes, context)
}

export function lead(n: number, some: Partial<RecordWrite> = {}): RecordWrite {
  const fields = { LastName: `Last${n}`, Company: `Company ${n}`, leadsync_contact_id__c: `c-${n}`, ...some.fields }
  return { object: 'lead', recordId: null, contactId: `c-${n}`, email: `p${n}@contoso.com`, required: [], ...some, fields }
}

export function contact(n: number, some: Partial<RecordWrite> = {}): RecordWrite {
  return {
    object: 'contact',
    recordId: null,
    contactId: `c-${n}`,
    email: `p${n}@contoso.com`,
    required: [],
    fields: { LastName: 'X' },
    ...some,
  }
}

export function change(n: number, fields: RecordWrite['fields'], some: Partial<RecordWrite> = {}): RecordWrite {
  return { object: 'lead', recordId: idOf(n), contactId: `c-${n}`, email: `p${n}@contoso.com`, required: [], ...some, fields }
}

export function idOf(n: number, prefix = '00Q'): string {
  return `${prefix}${String(n).padStart(12, '0')}AAA`
}

/** Every row succeeds: upserts and creates make a record. */
export function done(asked: Asked, created = true): Told {
  const records: { id?: string; LastName?: string }[] = asked.body.records
  return { body: records.map((record, n) => ({ id: record.id ?? idOf(100 + n), success: true, errors: [], created })) }
}

/** The rows for which `errorOf` answers nothing succeed. */
export function refusing(errorOf: (record: Record<string, unknown>, n: number) => object | null): (asked: Asked) => Told {
  return (asked) => {
    const told = done(asked).body as object[]
    const records: Record<string, unknown>[] = asked.body.records
    const rows = records.map((record, n) => {
      const error = errorOf(record, n)
      return error === null ? told[n] : { success: false, errors: [{ message: 'geheim p1@contoso.com', fields: [], ...error }] }
    })
    return { body: rows }
  }
}

function answerOf(asked: Asked, { rows = done, found = () => [] }: Salesforce): Told | 'hang' {
  const { path } = asked
  if (path.endsWith('/oauth2/token')) {
    const identity = `https://login.salesforce.com/id/00D000000000001AAA/${User}`
    return {
      body: { access_token: '00D!secret', instance_url: `http://${asked.headers.host}`, id: identity, token_type: 'Bearer' },
    }
  }
  if (!path.endsWith('/composite')) return rows(asked)
  const compositeResponse = queriesIn(asked).map((soql, n) => {
    const records = found(soql)
    const { referenceId } = asked.body.compositeRequest[n]
    if (records === null) return { body: [{ errorCode: 'QUERY_TIMEOUT' }], httpStatusCode: 400, referenceId }
    if ('errorCode' in records) return { body: [records], httpStatusCode: 400, referenceId }
    return { body: { done: true, totalSize: records.length, records }, httpStatusCode: 200, referenceId }
  })
  return { body: { compositeResponse } }
}

function queriesIn(asked: Asked): string[] {
  const parts: { url: string }[] = asked.body.compositeRequest
  return parts.map(({ url }) => new URL(url, 'http://x').searchParams.get('q') ?? '')
}

function settingsOf(some: Record<string, unknown>): Settings {
  return Settings.parse({
    baseUrl: 'http://127.0.0.1:1',
    auth: 'client-credentials',
    clientId: 'the-client',
    clientSecret: 'the-secret',
    timeoutMs: 1_000,
    ...some,
  })
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
