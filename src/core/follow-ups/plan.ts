import type { Offer } from '../lead.ts'
import type { RecordRef } from '../record.ts'

/**
 * How far a step is. `waiting` for its time; `due`: handed over to the CRM's queue; `making`: the CRM may have it; `made`; `worked`: somebody
 * completed it or has begun; `withdrawing`: to be put aside; `withdrawn`; `kept`: it was to be withdrawn, but a person works on it, or has
 * ended it; `cancelled` before it was made; `failed`: a person is needed.
 */
export const StepStates = [
  'waiting',
  'due',
  'making',
  'made',
  'worked',
  'withdrawing',
  'withdrawn',
  'kept',
  'cancelled',
  'failed',
] as const
export type StepState = (typeof StepStates)[number]

/** One step of one lead's follow-up. `id` is `LEADKEY.RULE.STEP`: the task's and the jobs' as well. Times are ms since the epoch. */
export interface PlannedStep {
  readonly id: string
  readonly rule: string
  readonly step: string
  readonly type: 'call' | 'email' | 'todo'
  readonly state: StepState
  /** When it is to be made. */
  readonly fireAt: number
  /** Set while it waits for the gap between two tasks about its contact: then it is asked again. */
  readonly heldUntil?: number | null
  /** Until when somebody is to have begun with it, and never before it is due; null where no such promise is about this step. */
  readonly slaAt: number | null
  /** What its task is about, from when the CRM was first asked to make it until that is known to have made none. */
  readonly on?: RecordRef | null
  /** In the CRM, once it was made. */
  readonly task: RecordRef | null
  readonly madeAt: number | null
  readonly dueAt: number | null
  readonly owner: string | null
  /** Why it ended or is to end, a sentence for a person. */
  readonly reason: string | null
  /** Set while it is `making`, when it is to be withdrawn as soon as it is there. */
  readonly recall: string | null
}

/** When a step that waits is tried next, in ms since the epoch. */
export function nextTry({ fireAt, heldUntil }: Pick<PlannedStep, 'fireAt' | 'heldUntil'>): number {
  return heldUntil ?? fireAt
}

/** The ledger's key of the lead that a step is of, by the step's id. */
export function leadOfStep(step: string): string {
  return step.split('.', 1)[0] ?? step
}

/** How one lead is followed up, in one CRM. Nothing in it names a person. Times are ms since the epoch. */
export interface FollowUpPlan {
  /** The ledger's key of the lead. */
  readonly lead: string
  readonly crm: string
  /** Of the survivor. */
  readonly contactId: string
  readonly occurredAt: number
  readonly plannedAt: number
  readonly action: string | null
  readonly offer: Offer
  /** What the lead was written to. */
  readonly record: RecordRef
  /** Sales had closed that record before the lead was written to it (`onClosed: task`). */
  readonly ontoClosed: boolean
  /** In the order in which they are made. */
  readonly steps: readonly PlannedStep[]
}
