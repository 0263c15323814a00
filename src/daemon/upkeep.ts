import { mendJobs } from '../admin/audit.ts'
import type { Log } from '../core/index.ts'
import { workName } from '../delivery/open-work.ts'
import { createFollowUpJobs } from '../queue/follow-up-jobs.ts'
import type { Queues } from '../queue/queues.ts'
import { WorkJobs } from '../queue/work-jobs.ts'
import type { Scripts } from '../store/redis.ts'

export interface JobUpkeepOptions {
  readonly scripts: Scripts
  readonly queues: Queues
  /** False while Redis holds somebody else's data, or is almost full. */
  mayRun(): boolean
  readonly log: Log
  now(): number
}

/** What a crash left in hand has come back to its queue by then. */
const FirstAfterMs = 60_000
const EveryMs = 60 * 60_000

/** Adds the jobs of deliveries and follow-up steps that have lost theirs, as `status --audit --mend` does. Returns how to stop. */
export function startJobUpkeep({ scripts, queues, mayRun, log, now }: JobUpkeepOptions): () => void {
  const jobs = new WorkJobs(queues, createFollowUpJobs(queues, now))
  const first = setTimeout(mend, FirstAfterMs)
  const timer = setInterval(mend, EveryMs)
  for (const one of [first, timer]) one.unref()

  function mend(): void {
    if (!mayRun()) return
    mendJobs({ scripts, jobs })
      .then((mended) => {
        for (const work of mended)
          log.error({ work: workName(work), kind: work.kind }, 'work had lost its job: it was added again')
      })
      .catch((error: unknown) => log.warn({ error }, 'whether all work has its job could not be checked; it is again in an hour'))
  }

  return () => {
    clearTimeout(first)
    clearInterval(timer)
  }
}
