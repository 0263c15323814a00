import {
  DeliveryError,
  type DroppedField,
  type HttpRequestPreview,
  type Judged,
  type RecordWrite,
  type WriteOutcome,
} from '../../src/core/index.ts'
import { turnOf } from '../kit/turn.ts'
import { sentence } from './errors.ts'
import { hasContactIdProperty, type Org } from './org.ts'
import { isOwnerEmail, NoSuchOwner, OwnerProperty, type Owners } from './owners.ts'
import type { Paths } from './paths.ts'
import { BatchSize } from './read.ts'
import { encode } from './wire.ts'

/** One row of a batch request, and the write that it came from. */
export interface Row {
  readonly index: number
  readonly write: RecordWrite
  readonly input: RowInput
  readonly dropped: readonly DroppedField[]
}

interface RowInput {
  readonly id: string
  readonly idProperty?: string
  /** Unique in its request: HubSpot judges rows one by one only then, and in any order. */
  readonly objectWriteTraceId: string
  readonly properties: Readonly<Record<string, string>>
}

export interface PlannedRequest {
  readonly path: string
  readonly rows: readonly Row[]
}

export interface Plan {
  /** Writes that need no request, by index. */
  readonly settled: ReadonlyMap<number, Judged<WriteOutcome>>
  /** To be sent one after the other: two writes to one contact never share a request, and keep their order. */
  readonly requests: readonly PlannedRequest[]
}

export interface PlanContext {
  readonly crm: string
  readonly paths: Paths
  readonly org: Org
  readonly owners: Owners
  readonly contactIdProperty: string
}

/** Pure: which rows go out in which requests, and what is settled without one. */
export function planWrites(writes: readonly RecordWrite[], context: PlanContext): Plan {
  const settled = new Map<number, Judged<WriteOutcome>>()
  const groups = new Map<string, Row[]>()
  const turns = new Map<string, number>()
  for (const [index, write] of writes.entries()) {
    const row = rowOf(index, write, context)
    if (!('input' in row)) {
      settled.set(index, row)
      continue
    }
    const key = `${turnOf(namesOf(row), turns)} ${row.input.idProperty ?? 'record'}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const ordered = [...groups].sort(([left], [right]) => Number.parseInt(left, 10) - Number.parseInt(right, 10))
  return { settled, requests: ordered.flatMap(([, rows]) => chunked(rows, context.paths)) }
}

/** What HubSpot is sent for a request. */
export function bodyOf(rows: readonly Row[]): { readonly inputs: readonly RowInput[] } {
  return { inputs: rows.map(({ input }) => input) }
}

export function previewOf({ path, rows }: PlannedRequest): HttpRequestPreview {
  return { method: 'POST', path, body: bodyOf(rows) }
}

// HubSpot refuses a whole batch that names one contact twice. Any identity counts: one write may know a contact by e-mail, the next by contact id.
function namesOf({ write, input }: Row): string[] {
  const email = input.properties.email?.toLowerCase() ?? write.email?.toLowerCase()
  return [
    `contact ${write.contactId}`,
    ...(write.recordId === null ? [] : [`record ${write.recordId}`]),
    ...(email ? [`email ${email}`] : []),
  ]
}

function chunked(rows: readonly Row[], paths: Paths): PlannedRequest[] {
  const path = rows[0]?.input.idProperty === undefined ? paths.update : paths.upsert
  const requests: PlannedRequest[] = []
  for (let from = 0; from < rows.length; from += BatchSize) requests.push({ path, rows: rows.slice(from, from + BatchSize) })
  return requests
}

function rowOf(index: number, write: RecordWrite, context: PlanContext): Row | Judged<WriteOutcome> {
  const { crm, contactIdProperty } = context
  const { properties, dropped, refused } = sift(write, context)
  if (refused.length > 0) {
    const words = refused.map(({ field, reason }) => `"${field}": ${reason}`).join(' ')
    return new DeliveryError('invalid', sentence(crm, `a required field can't be written. ${words}`), {
      fields: refused.map(({ field }) => field),
    })
  }
  const objectWriteTraceId = `row-${index}`
  if (write.recordId !== null) {
    if (Object.keys(properties).length === 0) return { object: 'contact', id: write.recordId, result: 'unchanged', dropped }
    return { index, write, dropped, input: { id: write.recordId, objectWriteTraceId, properties } }
  }
  if (write.email !== null) {
    const whole = { ...properties, email: write.email }
    return { index, write, dropped, input: { id: write.email, idProperty: 'email', objectWriteTraceId, properties: whole } }
  }
  if (!hasContactIdProperty(context.org, contactIdProperty)) {
    // A plain create would be made a second time by every retry, so it is not offered.
    const say = `a contact without e-mail needs the contact property "${contactIdProperty}" with unique values. Create it as connectors/hubspot/readme.md says, then replay.`
    return new DeliveryError('invalid', sentence(crm, say), { fields: [contactIdProperty] })
  }
  const whole = { ...properties, [contactIdProperty]: write.contactId }
  return {
    index,
    write,
    dropped,
    input: { id: write.contactId, idProperty: contactIdProperty, objectWriteTraceId, properties: whole },
  }
}

interface Sifted {
  readonly properties: Record<string, string>
  readonly dropped: DroppedField[]
  /** Required by the mapping, yet not writable. */
  readonly refused: DroppedField[]
}

function sift(write: RecordWrite, { org, owners, contactIdProperty }: PlanContext): Sifted {
  const sifted: Sifted = { properties: {}, dropped: [], refused: [] }
  for (const [field, said] of Object.entries(write.fields)) {
    const value = field === OwnerProperty && isOwnerEmail(said) ? owners.of(said) : said
    const reason =
      field === 'email' ? null : (whyNot(field, org, contactIdProperty) ?? (value === undefined ? NoSuchOwner : null))
    if (reason === null) sifted.properties[field] = encode(value ?? null)
    // An org without our property is matched by e-mail alone: every lead would fail if the property were insisted on.
    else if (write.required.includes(field) && field !== contactIdProperty) sifted.refused.push({ field, reason })
    else sifted.dropped.push({ field, reason })
  }
  return sifted
}

function whyNot(field: string, { fields, contactIdRefused }: Org, contactIdProperty: string): string | null {
  if (fields === null) {
    const isRefused = contactIdRefused && field === contactIdProperty
    return isRefused
      ? 'HubSpot has no such contact property with unique values. Create it as connectors/hubspot/readme.md says.'
      : null
  }
  const known = fields.get(field)
  if (!known) return 'HubSpot has no such contact property. Create it, or take it out of the mapping.'
  return known.writable ? null : 'HubSpot keeps this property read-only. Take it out of the mapping.'
}
