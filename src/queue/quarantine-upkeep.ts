import type { Queue } from 'bullmq'
import type { Log } from '../core/index.ts'

const EveryMs = 60 * 60_000
const MsPerDay = 24 * 60 * 60_000
const AtOnce = 10_000

/** What nobody replayed ages out of the quarantine. Returns how to stop. */
export function startQuarantineUpkeep(quarantine: Queue, keep: { readonly quarantineDays: number }, log: Log): () => void {
  const timer = setInterval(() => {
    quarantine
      .clean(keep.quarantineDays * MsPerDay, AtOnce, 'wait')
      .then((gone) => gone.length > 0 && log.info({ count: gone.length }, 'quarantined leads aged out'))
      .catch((error: unknown) => log.warn({ error }, 'the quarantine could not be cleaned'))
  }, EveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
