import type { Decision } from './decision.ts'
import { DeliveryError } from './errors.ts'
import type { Folded, FoldedDelivery } from './fold.ts'
import type { Known } from './lead-order.ts'
import type { DroppedField, Judged, RecordRef, RecordWrite, WriteOutcome } from './record.ts'
import type { Rule } from './rule.ts'

/** How one lead of a fold ended. `failed`: nothing was written; `alone`: deliver it again by itself. */
export type SettledDelivery<D> =
  | {
      readonly kind: 'done'
      readonly delivery: D
      readonly outcome: 'delivered' | 'suppressed'
      readonly result: WriteOutcome['result']
      readonly record: RecordRef | null
      readonly dropped: readonly DroppedField[]
      readonly rule: Rule
      /** Why nothing was written for it; null when something was. */
      readonly reason: string | null
    }
  | { readonly kind: 'park'; readonly delivery: D; readonly code: 'multiple_matches' | 'invalid'; readonly reason: string }
  | { readonly kind: 'failed'; readonly delivery: D; readonly error: DeliveryError }
  | { readonly kind: 'alone'; readonly delivery: D }

export interface SettledFold<D> {
  /** In the fold's order. */
  readonly deliveries: readonly SettledDelivery<D>[]
  /** What the ledger is to hold now. */
  readonly known: Known | null
}

/**
 * Gives each lead its own outcome from what the one write came to; `outcome` is null when the fold had nothing to write.
 * When the CRM refuses the values of several leads, each goes alone: one lead's bad value must not park the others.
 */
export function settleFold<D>(folded: Folded<D>, outcome: Judged<WriteOutcome> | null): SettledFold<D> {
  const apart = folded.apart.map((delivery) => ({ kind: 'alone', delivery }) as const)
  if (outcome === null || outcome instanceof DeliveryError) {
    const ends = folded.deliveries.map((one) => notWritten(folded, one, outcome))
    return { deliveries: [...ends, ...apart], known: folded.known.notDone }
  }
  let first = true
  const deliveries: SettledDelivery<D>[] = []
  for (const one of folded.deliveries) {
    deliveries.push(settled(one, outcome, first, folded.write))
    if (one.decision.kind === 'write') first = false
  }
  return { deliveries: [...deliveries, ...apart], known: withoutDropped(folded.known, outcome.dropped) }
}

function notWritten<D>(folded: Folded<D>, one: FoldedDelivery<D>, error: DeliveryError | null): SettledDelivery<D> {
  if (error === null || !one.afterWrite) return ended(one.delivery, one.decision, recordOf(one.decision))
  const several = folded.deliveries.filter(({ afterWrite }) => afterWrite).length > 1
  return several && error.code === 'invalid'
    ? { kind: 'alone', delivery: one.delivery }
    : { kind: 'failed', delivery: one.delivery, error }
}

function settled<D>(
  { delivery, decision }: FoldedDelivery<D>,
  outcome: WriteOutcome,
  first: boolean,
  whole: RecordWrite | null,
): SettledDelivery<D> {
  const written: RecordRef = { object: outcome.object, id: outcome.id }
  if (decision.kind !== 'write') return ended(delivery, decision, recordOf(decision) && written)
  // What stands beside the record (a note, an opt-out, an account) is named by no lead's fields: then every lead is told.
  const refused = outcome.dropped.filter(
    ({ field }) => Object.hasOwn(decision.write.fields, field) || !Object.hasOwn(whole?.fields ?? {}, field),
  )
  const result = first || outcome.result === 'unchanged' ? outcome.result : 'updated'
  return {
    kind: 'done',
    delivery,
    outcome: decision.outcome,
    result,
    record: written,
    dropped: [...decision.dropped, ...refused],
    rule: decision.rule,
    reason: null,
  }
}

function ended<D>(delivery: D, decision: Decision, record: RecordRef | null): SettledDelivery<D> {
  if (decision.kind === 'park') return { kind: 'park', delivery, code: decision.code, reason: decision.reason }
  const reason = decision.kind === 'skip' ? decision.reason : null
  const { outcome, rule, dropped } = decision
  return { kind: 'done', delivery, outcome, result: 'unchanged', record, dropped, rule, reason }
}

function recordOf(decision: Decision): RecordRef | null {
  return decision.kind === 'skip' ? decision.record : null
}

/** What the CRM left out was not written: there the ledger goes on holding what it held. */
function withoutDropped({ done, before }: Folded<unknown>['known'], dropped: readonly DroppedField[]): Known | null {
  if (done === null || dropped.length === 0) return done
  const wrote = new Map(Object.entries(done.wrote))
  for (const { field } of dropped) {
    const earlier = before?.wrote[field]
    if (earlier === undefined) wrote.delete(field)
    else wrote.set(field, earlier)
  }
  return { ...done, wrote: Object.fromEntries(wrote) }
}
