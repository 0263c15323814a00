import { onTestFinished } from 'vitest'
import { createApi } from '../../../connectors/dynamics/api.ts'
import { matchPeople } from '../../../connectors/dynamics/match/match.ts'
import { unknownOrg } from '../../../connectors/dynamics/org/org.ts'
import { shippedTable } from '../../../connectors/dynamics/org/shipped-tables.ts'
import { type AlternateKey, type Column, type Kind, type Table, tableOf } from '../../../connectors/dynamics/org/table.ts'
import { Settings } from '../../../connectors/dynamics/settings.ts'
import { readName } from '../../../connectors/dynamics/write/values.ts'
import { createHolders } from '../../../connectors/kit/holders.ts'
import type { Judged, Match, MatchKeys, RecordRef } from '../../../src/core/index.ts'
import { type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'
import { inParts } from './multipart.ts'

export interface Person {
  readonly kind: Kind
  readonly id: string
  readonly [column: string]: unknown
}

export interface PeopleOptions {
  readonly settings?: Record<string, unknown>
  /** What is known of the tables; what an environment refuses is by what it has. */
  readonly known?: Partial<Record<Kind, Table['state']>>
  /** Columns that the environment does not have. */
  readonly without?: readonly string[]
  readonly keys?: readonly AlternateKey[]
  /** Asked before the records: by the decoded path and how many requests came before. */
  readonly refuse?: (path: string, before: number) => Told | undefined
  readonly now?: () => number
}

const Root = '/api/data/v9.2/'
const any = { length: null, createable: true, updateable: true, required: false, options: null, targets: [] }
const Own: readonly Column[] = [
  { ...any, name: 'leadsync_contactid', type: 'String', length: 100 },
  { ...any, name: 'leadsync_last_lead_at', type: 'DateTime' },
  { ...any, name: 'merged', type: 'Boolean', createable: false, updateable: false },
  { ...any, name: 'msdyn_gdproptout', type: 'Boolean' },
  { ...any, name: 'masterid', type: 'Lookup', createable: false, updateable: false },
]
export const ContactIdKey: AlternateKey = { name: 'leadsync_key', columns: ['leadsync_contactid'], status: 'Active' }

/** An environment that holds these records and reads queries as strictly as Dataverse does, and the matching against it. */
export async function openPeople(people: readonly Person[], options: PeopleOptions = {}) {
  const { without = [], refuse, now = Date.now } = options
  const columnsOf = (kind: Kind) =>
    [...shippedTable(kind, 'unread').columns, ...Own].filter(({ name }) => !without.includes(name))
  const queries: { readonly request: number; readonly path: string }[] = []
  let requests = 0

  function answer({ path }: Asked, request: number): Told {
    const query = decodeURIComponent(path.slice(Root.length))
    requests = Math.max(requests, request + 1)
    queries.push({ request, path: query })
    const kind = query.startsWith('leads?') ? 'lead' : 'contact'
    return refuse?.(query, request) ?? evaluate(path, kind, people, columnsOf(kind).map(readName))
  }

  const server = await startTinyServer(inParts(answer))
  onTestFinished(() => server.stop())
  const own = { baseUrl: server.url, auth: 'static-token', token: 'token-of-this-test', ...options.settings }
  const settings = Settings.parse(own)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const api = createApi(settings, { crm: 'sales', fetch: globalThis.fetch, now, log })
  const org = unknownOrg(settings)
  const table = (kind: Kind) => {
    const state = options.known?.[kind] ?? 'read'
    if (state !== 'read') return shippedTable(kind, state)
    return tableOf(kind, state, columnsOf(kind), options.keys)
  }
  const tables = { lead: table('lead'), contact: table('contact'), task: shippedTable('task', 'unread') }
  org.learn({ catalog: { org: null, objects: {} }, tables, relationships: new Map() }, now() - 120_000)
  const holders = createHolders<RecordRef>()
  const contacts = createHolders<RecordRef>()
  const closed = createHolders<RecordRef>()
  const signal = new AbortController().signal
  return {
    /** Below the service root, decoded. */
    queries,
    requests: () => requests,
    org,
    holders,
    contacts,
    closed,
    match: (...keys: MatchKeys[]): Promise<Judged<Match>[]> =>
      matchPeople(keys, { api, crm: 'sales', signal, now, org, holders, contacts, closed, settings }),
  }
}

export function keys(some: Partial<MatchKeys> = {}): MatchKeys {
  const fields = { lead: ['lastname', 'subject'], contact: ['lastname'] }
  return { contactIds: ['c-1'], email: null, record: null, fields, ...some }
}

/** The number is any below a million. */
export function leadId(n: number): string {
  return `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function contactId(n: number): string {
  return `22222222-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function lead(n: number | string, some: object = {}): Person {
  const id = typeof n === 'string' ? n : leadId(n)
  return { kind: 'lead', id, leadid: id, statecode: 0, merged: false, lastname: 'Doe', subject: 'Analytics', ...some }
}

export function contact(n: number | string, some: object = {}): Person {
  const id = typeof n === 'string' ? n : contactId(n)
  return { kind: 'contact', id, contactid: id, statecode: 0, merged: false, lastname: 'Doe', ...some }
}

const Condition = /^([a-z_][a-z0-9_]*) eq (?:'((?:[^']|'')*)'|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))( or |\)$)/

/** `SET?$select=a,b&$filter=(a eq 'x' or …)&$top=n`; anything else is malformed. */
function evaluate(path: string, kind: Kind, people: readonly Person[], columns: readonly string[]): Told {
  const url = new URL(path, 'http://any')
  const { $select = '', $filter = '', $top = '' } = Object.fromEntries(url.searchParams)
  const asked = $select.split(',')
  const conditions = conditionsOf($filter)
  const known = new Set([`${kind}id`, ...columns])
  if (conditions === null || [...asked, ...conditions.map(({ name }) => name)].some((name) => !known.has(name))) return badQuery
  const hits = people.filter((person) => person.kind === kind && conditions.some((one) => isMet(one, person)))
  const rows = hits.slice(0, Number($top)).map((person) => asked.map((name) => [name, person[name] ?? null]))
  return { body: { value: rows.map((row) => Object.fromEntries([['@odata.etag', 'W/"1"'], ...row])) } }
}

interface Condition {
  readonly name: string
  readonly value: string
}

function conditionsOf(filter: string): Condition[] | null {
  if (!filter.startsWith('(')) return null
  const found: Condition[] = []
  for (let rest = filter.slice(1); rest !== ''; ) {
    const [whole, name, text, id] = Condition.exec(rest) ?? []
    if (whole === undefined || name === undefined) return null
    // Ids are compared without quotes, texts with them.
    if ((id !== undefined) !== (name === 'leadid' || name === 'contactid')) return null
    found.push({ name, value: id ?? text?.replaceAll("''", "'") ?? '' })
    rest = rest.slice(whole.length)
  }
  return found
}

/** Letter case and white space at the end make no difference to the database. */
function isMet({ name, value }: Condition, person: Person): boolean {
  const held = person[name]
  return typeof held === 'string' && held.trimEnd().toLowerCase() === value.trimEnd().toLowerCase()
}

const badQuery: Told = { status: 400, body: { error: { code: '0x80060888', message: 'Could not find a property' } } }
