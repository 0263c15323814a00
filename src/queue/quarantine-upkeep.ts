import type { Queue } from 'bullmq'
import type { Log } from '../core/index.ts'

const EveryMs = 60 * 60_000
const MsPerDay = 24 * 60 * 60_000
const AtOnce = 10_000

export interface QuarantineUpkeepOptions {
  readonly quarantine: Queue
  readonly keep: { readonly quarantineDays: number }
  readonly room: { tidy(jobKey: (jobId: string) => string): Promise<void> }
  /** False while Redis holds somebody else's data. */
  mayRun(): boolean
  readonly log: Log
}

/** What nobody replayed ages out of the quarantine, and what is gone takes no room. Returns how to stop. */
export function startQuarantineUpkeep({ quarantine, keep, room, mayRun, log }: QuarantineUpkeepOptions): () => void {
  const timer = setInterval(() => {
    if (!mayRun()) return
    quarantine
      .clean(keep.quarantineDays * MsPerDay, AtOnce, 'wait')
      .then((gone) => gone.length > 0 && log.info({ count: gone.length }, 'quarantined leads aged out'))
      .then(() => room.tidy((jobId) => quarantine.toKey(jobId)))
      .catch((error: unknown) => log.warn({ error }, 'the quarantine could not be cleaned'))
  }, EveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
