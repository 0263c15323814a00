import {
  DeliveryError,
  type DroppedField,
  type HttpRequestPreview,
  type Judged,
  type RecordWrite,
  type WriteOutcome,
} from '../../../src/core/index.ts'
import { turnOf } from '../../kit/turn.ts'
import { sentence } from '../errors.ts'
import { type Kind, ObjectNames } from '../org/org.ts'
import type { Paths } from '../paths.ts'
import type { Settings } from '../settings.ts'
import type { AccountOf } from './accounts.ts'
import { OwnerField } from './owners.ts'
import { type FieldContext, type FieldSettings, type SentFields, sentFields } from './sent-fields.ts'

/** Salesforce's limit for sObject Collections. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm */
export const BatchSize = 200

/** `update` by record id; `upsert` by the contact id; `create` where the org has no field for that: then every repeat makes another one. */
export type Way = 'update' | 'upsert' | 'create'

export type SentRecord = Readonly<Record<string, unknown>>

/** One row of a collections request, and the write that it came from. */
export interface Row {
  readonly index: number
  readonly write: RecordWrite
  readonly kind: Kind
  readonly way: Way
  readonly record: SentRecord
  readonly origins: SentFields['origins']
  readonly dropped: readonly DroppedField[]
}

export interface PlannedRequest {
  readonly way: Way
  readonly method: 'POST' | 'PATCH'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

export interface Plan {
  /** Writes that need no request, by index. */
  readonly settled: ReadonlyMap<number, Judged<WriteOutcome>>
  /** To be sent one after the other: two writes to one contact never share a request, and keep their order. */
  readonly requests: readonly PlannedRequest[]
}

export interface PlanContext extends FieldContext {
  readonly crm: string
  readonly paths: Paths
  readonly accountOf: AccountOf
  readonly settings: FieldSettings & Pick<Settings, 'assignmentRules'>
}

/** Pure: which rows go out in which requests, and what is settled without one. */
export function planWrites(writes: readonly RecordWrite[], context: PlanContext): Plan {
  const settled = new Map<number, Judged<WriteOutcome>>()
  const groups = new Map<string, { readonly turn: number; readonly rows: Row[] }>()
  const turns = new Map<string, number>()
  for (const [index, write] of writes.entries()) {
    const row = rowOf(index, write, context)
    if (!('record' in row)) {
      settled.set(index, row)
      continue
    }
    const turn = turnOf(namesOf(row), turns)
    const key = [turn, row.way, row.way === 'upsert' ? row.kind : '', assignmentOf(row, context)].join(' ')
    const group = groups.get(key) ?? { turn, rows: [] }
    group.rows.push(row)
    groups.set(key, group)
  }
  const ordered = [...groups.values()].sort((left, right) => left.turn - right.turn)
  return { settled, requests: ordered.flatMap(({ rows }) => requestsOf(rows, context)) }
}

/** What Salesforce is sent for a request. */
export function bodyOf(rows: readonly Row[]): { readonly allOrNone: false; readonly records: readonly SentRecord[] } {
  return { allOrNone: false, records: rows.map(({ record }) => record) }
}

export function previewOf({ method, path, rows }: PlannedRequest): HttpRequestPreview {
  return { method, path, body: bodyOf(rows) }
}

/** By all that it may be known by: one write may know a contact by record, the next by contact id. */
function namesOf({ write }: Row): string[] {
  const { contactId, recordId, email } = write
  return [
    `contact ${contactId.toLowerCase()}`,
    ...(recordId === null ? [] : [`record ${recordId.slice(0, 15)}`]),
    ...(email === null ? [] : [`email ${email.toLowerCase()}`]),
  ]
}

function requestsOf(rows: readonly Row[], context: PlanContext): PlannedRequest[] {
  const [first] = rows
  if (!first) return []
  // Salesforce works through a mixed collection in runs of one object, ten at most.
  const sorted = rows.toSorted((left, right) => (left.kind === right.kind ? 0 : left.kind < right.kind ? 1 : -1))
  const { paths } = context
  const path = first.way === 'upsert' ? paths.upsert(ObjectNames[first.kind], keyField(first.kind, context)) : paths.rows
  const method = first.way === 'create' ? 'POST' : 'PATCH'
  const headers = { 'Sforce-Auto-Assign': assignmentOf(first, context) }
  const requests: PlannedRequest[] = []
  for (let from = 0; from < sorted.length; from += BatchSize) {
    requests.push({ way: first.way, method, path, headers, rows: sorted.slice(from, from + BatchSize) })
  }
  return requests
}

// Without the header the active rule runs on updates too, and takes records away from their owners. One that is named here stays.
function assignmentOf({ way, record }: Row, { settings }: PlanContext): string {
  const { onCreate } = settings.assignmentRules
  if (way === 'update' || OwnerField in record || onCreate === false) return 'FALSE'
  return onCreate === true ? 'TRUE' : onCreate
}

function rowOf(index: number, write: RecordWrite, context: PlanContext): Row | Judged<WriteOutcome> {
  const kind: Kind = write.object === 'contact' ? 'contact' : 'lead'
  const { values, origins, dropped, refused } = sentFields(write, kind, context)
  if (refused.length > 0) {
    const words = refused.map(({ field, reason }) => `"${field}": ${reason}`).join(' ')
    const fields = refused.map(({ field }) => field)
    return new DeliveryError('invalid', sentence(context.crm, `a required field can't be written. ${words}`), { fields })
  }
  const attributes = { type: ObjectNames[kind] }
  if (write.recordId !== null) {
    if (Object.keys(values).length === 0) return { object: kind, id: write.recordId, result: 'unchanged', dropped }
    return { index, write, kind, way: 'update', record: { attributes, id: write.recordId, ...values }, origins, dropped }
  }
  const account = kind === 'contact' && !('AccountId' in values) ? context.accountOf(write) : null
  if (account instanceof DeliveryError) return account
  const own = account === null ? {} : { AccountId: account }
  if (context.org.hasContactId(kind)) {
    const record = { attributes, ...values, ...own, [keyField(kind, context)]: write.contactId }
    return { index, write, kind, way: 'upsert', record, origins, dropped }
  }
  if (!isTellable(write, values, context)) return untellable(context)
  return { index, write, kind, way: 'create', record: { attributes, ...values, ...own }, origins, dropped }
}

function keyField(kind: Kind, { org, settings }: PlanContext): string {
  return org.object(kind)?.field(settings.contactIdField)?.name ?? settings.contactIdField
}

/** Whether one that was made already could be found again: else every retry would make another. */
function isTellable({ email }: RecordWrite, { LastName, Phone }: SentFields['values'], { settings }: PlanContext): boolean {
  return email !== null || (Boolean(Phone) && LastName !== settings.placeholders.lastName)
}

function untellable({ crm, settings }: PlanContext): DeliveryError {
  const say =
    'a customer without e-mail, and without both last name and phone, needs the contact id field: a unique external id. Create it as connectors/salesforce/readme.md says, then replay.'
  return new DeliveryError('invalid', sentence(crm, say), { fields: [settings.contactIdField] })
}
