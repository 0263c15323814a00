import type { FollowUpPlan, StepState } from '../../core/index.ts'
import type { FollowUps } from './ports.ts'

export interface Cancelled {
  readonly plan: FollowUpPlan
  readonly id: string
  /** A sentence for the contact's history. */
  readonly reason: string
  /** What else of the plan waits, too. */
  readonly all?: boolean | undefined
  readonly from: readonly StepState[]
  /** What the history says, where the reason alone is not all. */
  readonly say?: string
}

/** Ends a step before there is a task. The step itself last: after a crash in between its job decides the same again. */
export async function cancelSteps(followUps: Pick<FollowUps, 'move'>, cancelled: Cancelled): Promise<void> {
  const { plan, id, reason, all, from, say = `Cancelled: ${reason}` } = cancelled
  const change = { reason }
  const others = all ? plan.steps.filter((step) => step.id !== id) : []
  for (const other of others)
    await followUps.move({ id: other.id, from: ['waiting', 'due'], to: 'cancelled', change, say: `Cancelled: ${reason}` })
  await followUps.move({ id, from, to: 'cancelled', change: { reason, recall: null }, say })
}
