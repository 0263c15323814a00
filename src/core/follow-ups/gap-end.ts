import type { FollowUpPlan, PlannedStep } from './plan.ts'

/** What tells when a contact was asked for last. */
export interface GapInput {
  readonly plan: Pick<FollowUpPlan, 'steps'>
  readonly step: Pick<PlannedStep, 'id'>
  /** The follow-ups of the same contact's other leads. */
  readonly others: readonly Pick<FollowUpPlan, 'steps'>[]
}

/** When another task about the contact may be made, by those that were really made; ms since the epoch, long ago where there is none. */
export function gapEnd({ plan, step, others }: GapInput, minGapMs: number): number {
  const made = [plan, ...others].flatMap(({ steps }) => steps.flatMap(({ id, madeAt }) => (id === step.id ? [] : (madeAt ?? []))))
  return Math.max(...made, Number.NEGATIVE_INFINITY) + minGapMs
}
