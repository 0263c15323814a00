import { type FollowUpPlan, type PlanInput, type PlannedLead, planLead, type RecordRef } from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'

export type Finder = Pick<BatchedConnector, 'findTask' | 'match' | 'withdrawTask'>

interface FoundTask {
  readonly on: RecordRef
  readonly task: RecordRef
}

/**
 * The plan of a lead that came before our data was lost. Its tasks are in the CRM or not, and nobody else remembers: those that are there count
 * as made, or a no would cancel the step and leave the task. Planned as of then, since a lead that is too old by now may have open tasks.
 * `contactIds`: the contact's, and those of contacts that were joined into it.
 */
export async function lostPlan(input: PlanInput, contactIds: readonly string[], connector: Finder): Promise<PlannedLead> {
  const now = planLead(input)
  const then = planLead({ ...input, now: Date.parse(input.lead.receivedAt) })
  if (then.kind === 'none') return now
  const found = await tasksOf(then.plan, contactIds, connector)
  if (found.size === 0) return now
  const waiting = new Map(now.kind === 'plan' ? now.plan.steps.map((step) => [step.id, step]) : [])
  const steps = then.plan.steps.map((step) => {
    const made = found.get(step.id)
    // A promise that is over was told of when it was.
    const slaAt = step.slaAt !== null && step.slaAt > input.now ? step.slaAt : null
    if (made) return { ...step, ...made, slaAt, state: 'made' as const, madeAt: input.now }
    const gone = { ...step, slaAt: null, state: 'cancelled' as const, reason: now.kind === 'none' ? now.reason : null }
    return waiting.get(step.id) ?? gone
  })
  const say = `Redis lost what it knew of its follow-up; of its tasks ${found.size} of ${steps.length} ${found.size === 1 ? 'is' : 'are'} in the CRM.`
  return { kind: 'plan', plan: { ...then.plan, plannedAt: input.now, steps }, say }
}

/**
 * Puts aside the tasks of a lead that came before our data was lost, where another CRM has its follow-ups since: nobody else would take them back
 * after a no, and that one gets its own. What sales have worked on stays.
 */
export async function putLostAside(input: PlanInput, contactIds: readonly string[], connector: Finder): Promise<void> {
  const then = planLead({ ...input, now: Date.parse(input.lead.receivedAt) })
  if (then.kind === 'none') return
  const found = await tasksOf(then.plan, contactIds, connector)
  await Promise.all([...found.values()].map(({ task }) => connector.withdrawTask(task)))
}

async function tasksOf(
  { record, steps }: FollowUpPlan,
  contactIds: readonly string[],
  connector: Finder,
): Promise<ReadonlyMap<string, FoundTask>> {
  const found = new Map<string, FoundTask>()
  for (const on of await recordsOf(record, contactIds, connector)) {
    const missing = steps.filter(({ id }) => !found.has(id))
    // One record after the other: asked about several at once a CRM does not say which of them has it.
    const tasks = await Promise.all(missing.map(({ id }) => connector.findTask({ id, record: on })))
    for (const [index, { id }] of missing.entries()) {
      const task = tasks[index]
      if (task) found.set(id, { on, task })
    }
  }
  return found
}

/** Somebody who was known by number and by e-mail apart has a record for each, and the task is about the one that was theirs then. */
async function recordsOf(record: RecordRef, contactIds: readonly string[], connector: Finder): Promise<readonly RecordRef[]> {
  if (contactIds.length === 1) return [record]
  const matches = await Promise.all(
    contactIds.map((id) => connector.match({ contactIds: [id], email: null, record: null, fields: {} })),
  )
  const others = matches.flatMap((match) => (match.kind === 'none' ? [] : match.kind === 'one' ? [match.record] : match.records))
  return [record, ...others.filter(({ object, id }) => object !== record.object || id !== record.id)]
}
