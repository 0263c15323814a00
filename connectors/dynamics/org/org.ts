import { type Catalog, type ConnectorDependencies, DeliveryError } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import { brokenGateway } from '../errors.ts'
import type { Operation, Reply } from '../requests/operation.ts'
import { contactIdColumnOf, type Settings } from '../settings.ts'
import {
  Attributes,
  columnsOf,
  Definition,
  keysOf,
  type Part,
  Parts,
  partOperation,
  type Relationship,
  relationshipsOf,
} from './metadata.ts'
import { shippedNavigation, shippedTable } from './shipped-tables.ts'
import { catalogField, isKey, type Kind, type Table, type TableName, tableOf } from './table.ts'

const Tables = ['lead', 'contact', 'task'] as const

// Definitions are some hundred kilobytes; a refusal that speaks of a column has them read at once.
const FreshMs = 60 * 60_000
const AfterFailureMs = 60_000

/** What is known of the environment between calls. */
export interface Org {
  table(name: TableName): Table
  /** The navigation property by which a lookup is bound to a record of `target` (a logical name), null where it can't point there. */
  navigation(table: TableName | 'annotation', column: string, target: string): string | null
  /** Whether records of this kind have our contact id's column; true while nobody knows better. */
  hasContactId(kind: Kind): boolean
  /** Whether records of this kind can be addressed by our contact id; true while nobody knows better. */
  keyActive(kind: Kind): boolean
  /** Takes over what a reading said. */
  learn(reading: OrgReading, now: number): void
  /** A refusal spoke of a column: the environment was changed. It is read again at the next call, but not more than once a minute. */
  doubt(now: number): void
  /** From when on it is read again, ms since the epoch. */
  staleAt: number
}

export interface OrgReading {
  readonly catalog: Catalog
  readonly tables: Readonly<Record<TableName, Table>>
  /** Table → its lookups; none where they can't be read. */
  readonly relationships: ReadonlyMap<string, readonly Relationship[]>
}

export type KeySettings = Pick<Settings, 'contactIdColumn' | 'key'>

export function unknownOrg(settings: Pick<KeySettings, 'contactIdColumn'>): Org {
  const contactIdColumn = contactIdColumnOf(settings)
  let tables: OrgReading['tables'] = {
    lead: shippedTable('lead', 'unread'),
    contact: shippedTable('contact', 'unread'),
    task: shippedTable('task', 'unread'),
  }
  let relationships: OrgReading['relationships'] = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  const org: Org = {
    staleAt: 0,
    table: (name) => tables[name],
    navigation: (table, column, target) => navigationOf(relationships.get(table) ?? [], table, column, target),
    hasContactId(kind) {
      if (contactIdColumn === null) return false
      return tables[kind].state !== 'read' || tables[kind].column(contactIdColumn)?.createable === true
    },
    keyActive(kind) {
      if (contactIdColumn === null || !org.hasContactId(kind)) return false
      return tables[kind].state !== 'read' || isKey(tables[kind], contactIdColumn)
    },
    learn(reading, now) {
      tables = reading.tables
      relationships = reading.relationships
      readAt = now
      org.staleAt = now + FreshMs
    },
    doubt(now) {
      org.staleAt = Math.min(org.staleAt, Math.max(now, readAt + AfterFailureMs))
    },
  }
  return org
}

/** Organization and definitions, in one request where the environment takes batches. Rejects when they can't be had now. */
export async function readCatalog(api: Api, crm: string, settings: KeySettings, signal: AbortSignal): Promise<OrgReading> {
  const { org } = await api.who(signal)
  const operations = [
    ...Tables.flatMap((table) => Parts.map((part) => partOperation(table, part))),
    partOperation('annotation', 'lookups'),
  ]
  const replies = await api.all(operations, signal)
  const read = (name: TableName) => readTable(name, repliesTo(name, operations, replies), crm)
  const [lead, contact, task] = [read('lead'), read('contact'), read('task')]
  const relationships = new Map(
    [...Tables, 'annotation'].map((table) => [table, relationshipsOf(bodyOf(replyTo(table, 'lookups', operations, replies)))]),
  )
  const tables = { lead, contact, task }
  const listed = Tables.map((name) => [name, fieldsOf(tables[name], settings)])
  return { tables, relationships, catalog: { org, objects: Object.fromEntries(listed) } }
}

/**
 * Reads the environment again when the last reading is old. Should that fail, the old knowledge stays for a minute more: a lead must not
 * wait for a description that only saves refusals.
 */
export async function refresh(
  org: Org,
  api: Api,
  { crm, now, log }: ConnectorDependencies,
  settings: KeySettings,
  signal: AbortSignal,
): Promise<void> {
  if (now() < org.staleAt) return
  // Calls that run beside this one go on with what was known; only the very first ones, when nothing is, each read for themselves.
  if (org.table('lead').state !== 'unread') org.staleAt = now() + AfterFailureMs
  try {
    const reading = await readCatalog(api, crm, settings, signal)
    org.learn(reading, now())
    const forbidden = Tables.filter((name) => reading.tables[name].state === 'forbidden')
    if (forbidden.length > 0)
      log.warn({ crm, tables: forbidden }, 'Dynamics 365 hides its table definitions; the usual ones are assumed')
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    org.staleAt = now() + AfterFailureMs
    log.warn({ crm, reason: error.message }, 'Dynamics 365 table definitions were not read')
  }
}

type PartReplies = Readonly<Record<Part, Reply | undefined>>

function readTable(name: TableName, replies: PartReplies, crm: string): Table {
  const { definition, attributes } = replies
  // A definition that is refused now, for whatever else, is no reason to forget what was known.
  for (const reply of Object.values(replies)) if (reply?.kind === 'refused' && !isTolerable(reply)) throw reply.error
  if (isHidden(definition) || isHidden(attributes)) return shippedTable(name, 'forbidden')
  if (isMissing(definition)) return shippedTable(name, 'absent')
  const about = Definition.safeParse(bodyOf(definition)).data
  const listed = Attributes.safeParse(bodyOf(attributes)).data
  if (!about || !listed) throw brokenGateway(crm, 200)
  const bodies = {
    texts: bodyOf(replies.texts),
    memos: bodyOf(replies.memos),
    times: bodyOf(replies.times),
    choices: bodyOf(replies.choices),
    multiChoices: bodyOf(replies.multiChoices),
    statuses: bodyOf(replies.statuses),
    lookups: bodyOf(replies.lookups),
  }
  return tableOf(name, 'read', columnsOf(listed.value, bodies), keysOf(about))
}

function repliesTo(table: string, operations: readonly Operation[], replies: readonly Reply[]): PartReplies {
  const entries = Parts.map((part) => [part, replyTo(table, part, operations, replies)] as const)
  return Object.fromEntries(entries) as Record<Part, Reply | undefined>
}

function replyTo(table: string, part: Part, operations: readonly Operation[], replies: readonly Reply[]): Reply | undefined {
  const { path } = partOperation(table, part)
  return replies[operations.findIndex((operation) => operation.path === path)]
}

function bodyOf(reply: Reply | undefined): unknown {
  return reply?.kind === 'ok' ? reply.body : undefined
}

/** `forbidden` is said as null: nothing is assumed then, and Dataverse itself answers. */
function fieldsOf(table: Table, { contactIdColumn, key }: KeySettings) {
  if (table.state !== 'read') return null
  // A record id that is made of the contact id keeps that unique without an index.
  const byRecordId = (name: string) => key === 'record-id' && name === contactIdColumn
  return table.columns.map((column) => catalogField(column, isKey(table, column.name) || byRecordId(column.name)))
}

// A bare 403 is a firewall or a user who does not exist there: neither says anything about definitions.
const HiddenCodes = new Set(['0x80040220', '0x80048306', '0x80048405', '0x80048d06'])

function isHidden(reply: Reply | undefined): boolean {
  return reply?.kind === 'refused' && reply.error.status === 403 && reply.code !== null && HiddenCodes.has(reply.code)
}

function isMissing(reply: Reply | undefined): boolean {
  return reply?.kind === 'refused' && reply.error.status === 404
}

/** Whether it says something of this part alone: no right to it, not there, or a cast that this environment does not know. */
function isTolerable(reply: Extract<Reply, { kind: 'refused' }>): boolean {
  const { status } = reply.error
  return isHidden(reply) || status === 404 || status === 400
}

function navigationOf(known: readonly Relationship[], table: string, column: string, target: string): string | null {
  const own = known.filter((one) => one.column === column)
  // Users and teams are owners together, and a lookup to owners names neither.
  const owner = target === 'systemuser' || target === 'team' ? own.find((one) => one.target === 'owner') : undefined
  const found = own.find((one) => one.target === target) ?? owner
  if (found) return found.navigation
  return own.length > 0 ? null : shippedNavigation(table, column, target)
}
