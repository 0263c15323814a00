import type { Match, MatchedRecord, RecordRef } from '../record.ts'
import { hasBegun } from './decide-step.ts'
import type { FollowUpPlan } from './plan.ts'

export type RecordDecision =
  /** Which record the task is about. */
  | { readonly kind: 'on'; readonly record: MatchedRecord }
  /** `reason` is a sentence for the contact's history. */
  | { readonly kind: 'cancel'; readonly reason: string }
  | { readonly kind: 'several'; readonly count: number }

/** Whether the CRM's record is still one to follow up, and which it is now. Pure. */
export function decideRecord(match: Match, plan: FollowUpPlan): RecordDecision {
  if (match.kind === 'none') return { kind: 'cancel', reason: 'The record was deleted in the CRM.' }
  if (match.kind === 'many') {
    const known = match.records.find(({ object, id }) => object === plan.record.object && id === plan.record.id)
    return known ? onto(known, plan) : { kind: 'several', count: match.records.length }
  }
  return onto(match.record, plan)
}

function onto(record: MatchedRecord, plan: FollowUpPlan): RecordDecision {
  if (record.closed && !plan.ontoClosed) return { kind: 'cancel', reason: 'Sales closed the record in the CRM.' }
  // Who makes a Contact of a Lead works on it. But a flow may do that by itself, at once: then nobody has been asked to begin.
  const { object } = begunOn(plan)
  if (record.object !== object && hasBegun(plan)) {
    return { kind: 'cancel', reason: `Sales made a ${record.object} of the ${object} since.` }
  }
  return { kind: 'on', record }
}

/** What the last task was about, which may have been made when the flow had run. */
function begunOn({ steps, record }: FollowUpPlan): RecordRef {
  return steps.findLast(({ madeAt, on }) => madeAt !== null && on !== undefined)?.on ?? record
}
