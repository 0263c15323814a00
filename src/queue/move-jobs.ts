import type { Job, Queue } from 'bullmq'
import type { DeliveryJob, JobName, MarkJob } from './catalogue.ts'
import { broughtUp } from './job-version.ts'
import type { Queues } from './queues.ts'

/** Completed ones are for looking at; everything else is still somebody's to do. */
const Open = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const
const PageSize = 500

export interface OpenJobs {
  /** Those that wait, for whatever. */
  readonly waiting: number
  /** The dead letters. */
  readonly parked: number
}

/** How many workers are connected that may write to one of these CRMs, or route leads to them. Where the server tells nobody, one. */
export async function workersOf(queues: Queues): Promise<number> {
  const each = await Promise.all([queues.leads, ...queues.deliveries.values()].map((queue) => queue.getWorkersCount()))
  return each.reduce((sum, count) => sum + count, 0)
}

export async function openJobs(queue: Queue): Promise<OpenJobs> {
  const { failed = 0, ...others } = await queue.getJobCounts(...Open)
  return { waiting: Object.values(others).reduce((sum, count) => sum + count, 0), parked: failed }
}

/**
 * Moves what is still to be done from one CRM's queue to another one's, under the ids that it would have there, and removes the queue. Nobody
 * may work either of them. Queues are in slots of their own, so it is added first and removed when all is there: after a crash in between it
 * is added again, which changes nothing, or is found to be settled. A job runs at once in its new queue; a parked one is tried once more, as
 * nobody can add a job that has failed, and parks again when its reason still stands. Returns how many were moved.
 */
export async function moveJobs(queues: Queues, from: string, to: string): Promise<number> {
  const [old, target] = [queues.delivery(from), queues.delivery(to)]
  let moved = 0
  for (const state of Open) {
    const count = await old.getJobCountByTypes(state)
    for (let at = 0; at < count; at += PageSize) {
      const jobs: Job<DeliveryJob | MarkJob>[] = await old.getJobs([state], at, at + PageSize - 1, true)
      await Promise.all(
        jobs.map(({ id, name, data }) =>
          queues.add(target, {
            name: name as JobName,
            id: name === 'deliver' ? idIn(to, from, id) : (id ?? ''),
            data: broughtUp(data),
          }),
        ),
      )
      moved += jobs.length
    }
  }
  await old.obliterate({ force: true })
  return moved
}

/** A delivery's id begins with its CRM's name; those of other jobs have nothing to do with it. */
function idIn(to: string, from: string, id = ''): string {
  return id.startsWith(`${from}.`) ? `${to}${id.slice(from.length)}` : id
}
