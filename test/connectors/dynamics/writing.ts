import { onTestFinished } from 'vitest'
import { createApi } from '../../../connectors/dynamics/api.ts'
import { type Org, unknownOrg } from '../../../connectors/dynamics/org/org.ts'
import { shippedTable } from '../../../connectors/dynamics/org/shipped-tables.ts'
import { type AlternateKey, type Column, type Kind, type Table, tableOf } from '../../../connectors/dynamics/org/table.ts'
import { Settings } from '../../../connectors/dynamics/settings.ts'
import { createOwners, ownersIn } from '../../../connectors/dynamics/write/owners.ts'
import { operationOf, type PlanContext, planWrites } from '../../../connectors/dynamics/write/plan.ts'
import type { WriteContext } from '../../../connectors/dynamics/write/row-answer.ts'
import { writePeople } from '../../../connectors/dynamics/write/write.ts'
import { createHolders, type Holders } from '../../../connectors/kit/holders.ts'
import type { Judged, RecordRef, RecordWrite, WriteOutcome } from '../../../src/core/index.ts'
import { type Asked, startTinyServer, type TinyServer, type Told } from '../../kit/tiny-server.ts'

export const Root = '/api/data/v9.2/'
export const ContactIdKey: AlternateKey = { name: 'leadsync_contactid_key', columns: ['leadsync_contactid'], status: 'Active' }

/** Columns that an admin has added, or changed. */
const Own: readonly Column[] = [
  columnOf('leadsync_contactid', { length: 100 }),
  columnOf('leadsync_lastleadat', { type: 'DateTime' }),
  columnOf('leadsync_notes', { type: 'Memo', length: 4_000 }),
  columnOf('leadsync_day', { type: 'DateOnly' }),
  columnOf('leadsync_regions', {
    type: 'MultiSelectPicklist',
    options: [
      { value: 100_000_001, label: 'Nord', labels: ['Nord', 'North'] },
      { value: 100_000_002, label: 'Süd', labels: ['Süd', 'South'] },
    ],
  }),
  columnOf('new_boxid', { type: 'Lookup', targets: ['new_box'] }),
]

export function columnOf(name: string, some: Partial<Column> = {}): Column {
  const any = { type: 'String', length: null, createable: true, updateable: true, required: false, options: null, targets: [] }
  return { ...any, name, ...some }
}

/** What is known of one table, as if it had been read; `null` takes a column away. */
export function tableLike(
  name: Kind,
  some: Readonly<Record<string, Partial<Column> | null>> = {},
  keys: readonly AlternateKey[] = [],
): Table {
  const columns = new Map([...shippedTable(name, 'unread').columns, ...Own].map((column) => [column.name, column]))
  for (const [column, change] of Object.entries(some)) {
    if (change === null) columns.delete(column)
    else columns.set(column, { ...columnOf(column), ...columns.get(column), ...change })
  }
  return tableOf(name, 'read', [...columns.values()], keys)
}

export function orgOf(lead = tableLike('lead'), contact = tableLike('contact'), contactIdColumn = 'leadsync_contactid'): Org {
  const org = unknownOrg({ contactIdColumn })
  const relationships = new Map([
    ['lead', [...shippedBinds('lead'), { column: 'new_boxid', target: 'new_box', navigation: 'new_BoxId' }]],
  ])
  org.learn(
    { catalog: { org: null, objects: {} }, tables: { lead, contact, task: shippedTable('task', 'unread') }, relationships },
    Date.now(),
  )
  return org
}

function shippedBinds(kind: Kind) {
  return shippedTable(kind, 'unread').columns.flatMap(({ name, type, targets }) =>
    type === 'Owner'
      ? [{ column: name, target: 'owner', navigation: 'ownerid' }]
      : targets.map((target) => ({ column: name, target, navigation: targets.length > 1 ? `${name}_${target}` : name })),
  )
}

export interface Stand {
  readonly server: TinyServer
  readonly org: Org
  readonly holders: Holders<RecordRef>
  readonly contacts: Holders<RecordRef>
  /** Requests that write. */
  writes(): Asked[]
  /** Addresses that were read, decoded, below the service root. */
  reads(): string[]
  write(writes: readonly RecordWrite[], signal?: AbortSignal): Promise<Judged<WriteOutcome>[]>
}

/** An environment for one test: undefined leaves the answer to one in which all succeeds and nobody is found. */
export async function openStand(
  answer: (asked: Asked) => Told | 'hang' | undefined = () => undefined,
  { settings: some = {}, org = orgOf() }: { readonly settings?: Record<string, unknown>; readonly org?: Org } = {},
): Promise<Stand> {
  const server = await startTinyServer((asked) => answer(asked) ?? done(asked))
  onTestFinished(() => server.stop())
  const settings = settingsOf({ baseUrl: server.url, ...some })
  const api = createApi(settings, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent })
  const owners = createOwners(api, 'sales', Date.now)
  const [holders, contacts, closed] = [createHolders<RecordRef>(), createHolders<RecordRef>(), createHolders<RecordRef>()]
  return {
    server,
    org,
    holders,
    contacts,
    writes: () => server.asked.filter(({ method }) => method === 'PATCH'),
    reads: () =>
      server.asked.flatMap(({ method, path }) => (method === 'GET' ? [decodeURIComponent(path.slice(Root.length))] : [])),
    async write(writes, signal = new AbortController().signal) {
      await owners.learn(ownersIn(writes), signal)
      const known = { api, crm: 'sales', org, owners, settings, holders, contacts, closed, signal, now: Date.now }
      const context: WriteContext = { ...known, effort: { left: 40, stopped: null } }
      return writePeople(writes, context)
    },
  }
}

/** What writes would send, without anybody to send it to. */
export function planned(writes: readonly RecordWrite[], some: Partial<PlanContext> = {}, settings: Record<string, unknown> = {}) {
  const complete = settingsOf(settings)
  const api = createApi(complete, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent })
  const owners = createOwners(api, 'sales', Date.now)
  const context = { crm: 'sales', org: orgOf(), owners, settings: complete, contacts: createHolders<RecordRef>(), ...some }
  const { settled, turns } = planWrites(writes, context)
  return { settled, turns, operations: turns.map((rows) => rows.map((row) => operationOf(row, context))) }
}

export function lead(n: number, some: Partial<RecordWrite> = {}): RecordWrite {
  const fields = { lastname: `Last${n}`, subject: `Offer ${n}`, leadsync_contactid: contactId(n), ...some.fields }
  return { object: 'lead', recordId: null, contactId: contactId(n), email: `p${n}@contoso.com`, required: [], ...some, fields }
}

export function change(n: number, fields: RecordWrite['fields'], some: Partial<RecordWrite> = {}): RecordWrite {
  const own = { object: 'lead', recordId: idOf(n), contactId: contactId(n), email: `p${n}@contoso.com`, required: [] }
  return { ...own, ...some, fields }
}

export function contactId(n: number): string {
  return `5d1e0000-0000-5000-8000-${String(n).padStart(12, '0')}`
}

export function idOf(n: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function refused(status: number, code: string, message = 'Irgendetwas über p1@contoso.com.'): Told {
  return { status, body: { error: { code, message } } }
}

/** The id that a request addresses. */
export function idIn({ path }: Asked): string {
  return /\(([0-9a-f-]{36})\)/.exec(path)?.[1] ?? ''
}

function done(asked: Asked): Told {
  if (asked.method === 'GET') return { body: { value: [] } }
  if (asked.headers['if-none-match'] === undefined) return { status: 204, body: '' }
  const column = asked.path.startsWith(`${Root}leads`) ? 'leadid' : 'contactid'
  return { status: 201, body: { [column]: idIn(asked) || idOf(900) } }
}

function settingsOf(some: Record<string, unknown>): Settings {
  return Settings.parse({
    baseUrl: 'http://127.0.0.1:1',
    auth: 'static-token',
    token: 'the-token',
    batchSize: 1,
    timeoutMs: 1_000,
    ...some,
  })
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
