import { onTestFinished } from 'vitest'
import { type Api, createApi } from '../../../connectors/salesforce/api.ts'
import { Settings } from '../../../connectors/salesforce/settings.ts'
import type { ConnectorDependencies } from '../../../src/core/index.ts'
import { type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'

export const anySignal = () => new AbortController().signal
export const userId = '005000000000001AAA'
export const orgId = '00D50000000IZ3ZEAW'

export type WireField = Readonly<Record<string, unknown>> & { readonly name: string }
/** Records by the object that a query is from, or how it is refused. */
export type Records = (soql: string) => readonly object[] | { readonly status: number; readonly errorCode: string }

export interface OrgOptions {
  /** Fields per object; null: the user may not see it. */
  readonly objects?: Partial<Record<'Lead' | 'Contact' | 'Task', readonly WireField[] | null>>
  /** Beside the fields of a description. */
  readonly rights?: Partial<Record<'Lead' | 'Contact' | 'Task', object>>
  readonly records?: Records
  /** Asked first; undefined leaves the answer to the rest. */
  readonly answer?: (asked: Asked) => Told | undefined
  readonly usage?: string
  readonly settings?: Record<string, unknown>
  readonly dependencies?: Partial<ConnectorDependencies>
}

export interface DescribedOrg {
  readonly url: string
  readonly api: Api
  readonly settings: Settings
  readonly asked: readonly Asked[]
  readonly queries: readonly string[]
  /** What was posted outside queries and tokens: the last part of its path, and the body. */
  readonly posted: readonly { readonly what: string; readonly body: Record<string, unknown> }[]
}

/** As a describe gives a plain text field that the user may write. */
export function field(name: string, some: object = {}): WireField {
  return {
    name,
    type: 'string',
    length: 255,
    createable: true,
    updateable: true,
    nillable: true,
    defaultedOnCreate: false,
    unique: false,
    externalId: false,
    caseSensitive: false,
    filterable: true,
    picklistValues: [],
    referenceTo: [],
    ...some,
  }
}

export function picklist(name: string, values: readonly string[], some: object = {}): WireField {
  const picklistValues = values.map((value) => ({ value, label: value, active: true, defaultValue: false }))
  return field(name, { type: 'picklist', picklistValues, restrictedPicklist: true, ...some })
}

export function key(name = 'leadsync_contact_id__c', some: object = {}): WireField {
  return field(name, { length: 80, externalId: true, unique: true, ...some })
}

const required = { nillable: false }
const readOnly = { createable: false, updateable: false }
const people = [
  field('Id', { type: 'id', nillable: false, ...readOnly, defaultedOnCreate: true }),
  field('LastName', { length: 80, ...required }),
  field('FirstName', { length: 40 }),
  field('Email', { type: 'email', length: 80 }),
  field('OwnerId', { type: 'reference', ...required, defaultedOnCreate: true }),
  field('HasOptedOutOfEmail', { type: 'boolean', ...required, defaultedOnCreate: true }),
  field('DoNotCall', { type: 'boolean', ...required, defaultedOnCreate: true }),
  field('CreatedDate', { type: 'datetime', ...required, ...readOnly, defaultedOnCreate: true }),
  field('leadsync_last_lead_at__c', { type: 'datetime', length: 0 }),
  key(),
]

export const leadFields: readonly WireField[] = [
  ...people,
  field('Company', required),
  picklist('Status', ['Open', 'Closed - Not Converted'], { restrictedPicklist: false }),
]
export const contactFields: readonly WireField[] = [
  ...people,
  field('AccountId', { type: 'reference', referenceTo: ['Account'] }),
]
export const taskFields: readonly WireField[] = [
  field('Subject'),
  picklist('Status', ['Not Started', 'Completed', 'Deferred'], { restrictedPicklist: false }),
  key('leadsync_task_id__c'),
]

/** What a user who sees everything is told about its rights. */
export function allSeeing(soql: string): readonly object[] {
  return /FROM PermissionSetAssignment/.test(soql)
    ? [{ Id: '0Pa1', PermissionSetId: '0PS1', PermissionSet: { PermissionsViewAllData: true } }]
    : []
}

/** An org of a few lines: what it describes and answers is the test's business. */
export async function openOrg(options: OrgOptions = {}): Promise<DescribedOrg> {
  const server = await startTinyServer((asked) => {
    const told = options.answer?.(asked) ?? answerTo(asked, server.url, options)
    return { ...told, headers: { 'sforce-limit-info': `api-usage=${options.usage ?? '18/15000'}`, ...told.headers } }
  })
  onTestFinished(() => server.stop())
  const settings = Settings.parse({
    baseUrl: server.url,
    auth: 'client-credentials',
    clientId: 'key',
    clientSecret: 'secret-of-this-test',
    ...options.settings,
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const api = createApi(settings, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log, ...options.dependencies })
  return {
    url: server.url,
    api,
    settings,
    asked: server.asked,
    get queries() {
      return server.asked.flatMap(soqlIn)
    },
    get posted() {
      return server.asked
        .filter(({ method, path }) => (method === 'POST' || method === 'PATCH') && !/(oauth2|composite)/.test(path))
        .map(({ path, body }) => ({ what: path.replace(/^.*sobjects\//, ''), body }))
    },
  }
}

function answerTo(asked: Asked, url: string, options: OrgOptions): Told {
  if (asked.path === '/services/oauth2/token') return token(url)
  const described = /\/sobjects\/(Lead|Contact|Task)\/describe$/.exec(asked.path)?.[1] as 'Lead' | 'Contact' | 'Task' | undefined
  if (described) return description(described, options)
  if (asked.path.endsWith('/composite')) return composite(asked, options.records ?? allSeeing)
  if (asked.method === 'POST') return { status: 201, body: { id: '0XX000000000001AAA', success: true, errors: [] } }
  if (asked.method === 'PATCH') return { status: 204, body: '' }
  return { status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }] }
}

function token(url: string): Told {
  const id = `https://login.salesforce.com/id/${orgId}/${userId}`
  return { body: { access_token: '00Dx!token', instance_url: url, id, token_type: 'Bearer', issued_at: '1' } }
}

function description(name: 'Lead' | 'Contact' | 'Task', { objects, rights }: OrgOptions): Told {
  const defaults = { Lead: leadFields, Contact: contactFields, Task: taskFields }
  const fields = objects?.[name] === undefined ? defaults[name] : objects[name]
  if (fields === null)
    return { status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }] }
  return { body: { name, createable: true, updateable: true, queryable: true, ...rights?.[name], fields } }
}

function composite(asked: Asked, records: Records): Told {
  const soqls = soqlIn(asked)
  const compositeResponse = soqls.map((soql, index) => {
    const found = records(soql)
    const referenceId = asked.body.compositeRequest[index].referenceId
    if ('errorCode' in found)
      return { httpStatusCode: found.status, referenceId, body: [{ errorCode: found.errorCode, message: 'no' }] }
    return { httpStatusCode: 200, referenceId, body: { totalSize: found.length, done: true, records: found } }
  })
  return { body: { compositeResponse } }
}

function soqlIn({ body }: Asked): string[] {
  const parts: { url: string }[] = body?.compositeRequest ?? []
  return parts.map(({ url }) => decodeURIComponent(url.replace(/^.*\?q=/, '').replaceAll('+', ' ')))
}
