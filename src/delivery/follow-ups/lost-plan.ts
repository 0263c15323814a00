import { type FollowUpPlan, type PlanInput, type PlannedLead, planLead, type RecordRef } from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'

/**
 * The plan of a lead that came before our data was lost. Its tasks are in the CRM or not, and nobody else remembers: those that are there count
 * as made, or a no would cancel the step and leave the task. Planned as of then, since a lead that is too old by now may have open tasks.
 */
export async function lostPlan(input: PlanInput, connector: Pick<BatchedConnector, 'findTask'>): Promise<PlannedLead> {
  const now = planLead(input)
  const then = planLead({ ...input, now: Date.parse(input.lead.receivedAt) })
  if (then.kind === 'none') return now
  const found = await tasksOf(then.plan, connector)
  if (found.size === 0) return now
  const waiting = new Map(now.kind === 'plan' ? now.plan.steps.map((step) => [step.id, step]) : [])
  const steps = then.plan.steps.map((step) => {
    const task = found.get(step.id)
    // A promise that is over was told of when it was.
    const slaAt = step.slaAt !== null && step.slaAt > input.now ? step.slaAt : null
    if (task) return { ...step, slaAt, state: 'made' as const, on: then.plan.record, task, madeAt: input.now }
    const gone = { ...step, slaAt: null, state: 'cancelled' as const, reason: now.kind === 'none' ? now.reason : null }
    return waiting.get(step.id) ?? gone
  })
  const say = `Redis lost what it knew of its follow-up; of its tasks ${found.size} of ${steps.length} ${found.size === 1 ? 'is' : 'are'} in the CRM.`
  return { kind: 'plan', plan: { ...then.plan, plannedAt: input.now, steps }, say }
}

async function tasksOf(
  { record, steps }: FollowUpPlan,
  connector: Pick<BatchedConnector, 'findTask'>,
): Promise<ReadonlyMap<string, RecordRef>> {
  const found = await Promise.all(steps.map(async ({ id }) => [id, await connector.findTask({ id, record })] as const))
  return new Map(found.flatMap(([id, task]) => (task === null ? [] : [[id, task] as const])))
}
