import type { FollowUpJobs, PlanRef } from '../delivery/follow-ups/ports.ts'
import type { FollowUpJob, JobName } from './catalogue.ts'
import type { Queues } from './queues.ts'

/** The jobs of follow-ups. Their ids are made of the step's, so that asking twice adds one; all that is known of a step is in the store. */
export function createFollowUpJobs(queues: Queues, now: () => number): FollowUpJobs {
  return {
    // One that is at work may be followed by the next one: under its own id that would be the same, and lost with it.
    fire: (plan, step, at) => wait('fire', plan, step, at, `fire.${step}.${at}`),
    look: (plan, step, at) => wait('look', plan, step, at, `look.${step}.${at}`),
    make: (plan, step) => inCrm('task', plan, step),
    withdraw: (plan, step) => inCrm('withdraw', plan, step),
    ask: (plan, step) => inCrm('ask', plan, step),
    drop: async ({ crm }, step) => (await queues.deliveryOrOpen(crm).remove(`task.${step}`)) === 1,
  }

  async function wait(name: JobName, { contactId: contact }: PlanRef, step: string, at: number, id: string): Promise<void> {
    const data: FollowUpJob = { step, contact }
    await queues.add(queues.followUps, { name, id, data, delayMs: Math.max(0, at - now()) })
  }

  async function inCrm(name: JobName, { crm, contactId: contact }: PlanRef, step: string): Promise<void> {
    const data: FollowUpJob = { step, contact }
    await queues.add(queues.deliveryOrOpen(crm), { name, id: `${name}.${step}`, data })
  }
}
