import { decide } from './decide.ts'
import type { DecideRules, Decision } from './decision.ts'
import type { Lead } from './lead.ts'
import { compareLeads, type Known } from './lead-order.ts'
import type { FieldValue, Match, MatchedRecord, RecordWrite } from './record.ts'
import type { SuppressionEntry } from './suppression.ts'

/** Where leads of one contact that wait together begin: the rules, and what CRM and ledger hold before the first of them. */
export interface FoldInput extends DecideRules {
  readonly contactId: string
  readonly first: Match
  readonly suppression: readonly SuppressionEntry[]
  readonly known: Known | null
}

export interface FoldedDelivery<D> {
  readonly delivery: D
  readonly decision: Decision
  /** It writes, or was decided on what an earlier one of these writes: when the write fails, nothing is known of it. */
  readonly afterWrite: boolean
}

export interface Folded<D> {
  /** In the order in which the leads happened. */
  readonly deliveries: readonly FoldedDelivery<D>[]
  /** Those after them that would write to another record (the first was closed): each is delivered by itself when this write is done. */
  readonly apart: readonly D[]
  /** All that is to be written, at once; null when nothing is. */
  readonly write: RecordWrite | null
  /** What the ledger held before, is to hold when the write was done, and when it was not. */
  readonly known: { readonly before: Known | null; readonly done: Known | null; readonly notDone: Known | null }
}

/** The id of a record that the fold itself is about to create. */
const Pending = ''

/**
 * Several leads of one contact as one write that leaves the CRM as delivering them one after the other would, in the order in which they
 * happened. A lead that must be parked does not stop the others. Pure and total.
 */
export function fold<D extends { readonly lead: Lead; readonly again?: boolean }>(
  input: FoldInput,
  deliveries: readonly D[],
): Folded<D> {
  const { first, ...rest } = input
  const folded: FoldedDelivery<D>[] = []
  let match = first
  let write: RecordWrite | null = null
  let known = input.known
  let notDone = input.known
  const ordered = deliveries.toSorted((a, b) => compareLeads(a.lead, b.lead))
  for (const delivery of ordered) {
    const decision = decide({ ...rest, lead: delivery.lead, match, known, again: delivery.again ?? false })
    if (decision.kind === 'write' && write !== null && !isSameTarget(write, decision.write)) break
    if (decision.kind !== 'park') known = decision.known
    if (decision.kind === 'write') {
      match = written(match, decision.write)
      write = write === null ? decision.write : merged(write, decision.write)
    }
    if (write === null) notDone = known
    folded.push({ delivery, decision, afterWrite: write !== null })
  }
  const apart = ordered.slice(folded.length)
  return { deliveries: folded, apart, write, known: { before: input.known, done: known, notDone } }
}

function isSameTarget(earlier: RecordWrite, later: RecordWrite): boolean {
  return earlier.object === later.object && (earlier.recordId ?? Pending) === later.recordId
}

/** What the CRM would answer to the next `match`. */
function written(match: Match, write: RecordWrite): Match {
  const record = write.recordId === null ? newRecord(write) : targetOf(match, write)
  const optOuts = [...new Set([...record.optOuts, ...(write.optOut ?? [])])]
  const after = { ...record, optOuts, fields: { ...record.fields, ...write.fields } }
  if (match.kind !== 'many' || write.recordId === null) return { kind: 'one', record: after }
  return { kind: 'many', records: match.records.map((one) => (one === record ? after : one)) }
}

function targetOf(match: Match, write: RecordWrite): MatchedRecord {
  const records = match.kind === 'one' ? [match.record] : match.kind === 'many' ? match.records : []
  return records.find((record) => record.object === write.object && record.id === write.recordId) ?? newRecord(write)
}

function newRecord({ object }: RecordWrite): MatchedRecord {
  return { object, id: Pending, fields: {}, optOuts: [], owner: null, closed: false, mergedFrom: null, ours: true }
}

/** The later value of each field wins, as it would have in the CRM. */
function merged(earlier: RecordWrite, later: RecordWrite): RecordWrite {
  const all: [string, FieldValue][] = Object.entries({ ...earlier.fields, ...later.fields })
  const kept = earlier.recordId === null ? all.filter(([, value]) => value !== null) : all
  const fields = Object.fromEntries(kept)
  const touches = [...(earlier.touches ?? []), ...(later.touches ?? [])]
  const optOut = [...new Set([...(earlier.optOut ?? []), ...(later.optOut ?? [])])]
  return {
    ...earlier,
    ...(touches.length > 0 ? { touches } : {}),
    ...(optOut.length > 0 ? { optOut } : {}),
    email: earlier.email ?? later.email,
    company: earlier.company ?? later.company ?? null,
    fields,
    required: [...new Set([...earlier.required, ...later.required])].filter((name) => Object.hasOwn(fields, name)),
  }
}
