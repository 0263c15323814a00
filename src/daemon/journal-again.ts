import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import type { JournalEntry } from '../intake/journal-entry.ts'
import { noteRebuild, seenRebuild } from '../intake/journal-rebuilt.ts'
import { journalBatches } from '../intake/journal-replay.ts'
import type { Arrival, LeadSink } from '../intake/lead-sink.ts'
import { RebuiltKey } from '../store/store-binding.ts'

export interface JournalAgainOptions {
  readonly redis: Redis
  /** The journal's folder. */
  readonly dir: string
  readonly sink: Pick<LeadSink, 'accept' | 'ready'>
  interpret(entry: JournalEntry): Arrival
  readonly log: Log
}

const EveryMs = 2_000
/** The sink gives Redis two seconds. */
const Together = 50

/**
 * After `leadsync rebuild` on another machine, which has not this journal, its leads are queued once more: those that the ledger knows are
 * repetitions. Which rebuild was the last one seen stands beside the journal. Returns how to stop.
 */
export function startJournalAgain(options: JournalAgainOptions): () => void {
  const { redis, dir, sink, log } = options
  let isBusy = false
  let isStopped = false

  async function look(): Promise<void> {
    if (isBusy || !sink.ready()) return
    isBusy = true
    try {
      const rebuilt = await redis.get(RebuiltKey)
      if (rebuilt !== null && rebuilt !== (await seenRebuild(dir))) await queueAll(rebuilt)
    } catch (error) {
      if (!isStopped) log.warn({ error }, 'the journal could not be queued again after a rebuild; tried again in a moment')
    }
    isBusy = false
  }

  async function queueAll(rebuilt: string): Promise<void> {
    let entries = 0
    for await (const batch of journalBatches({ dirs: [dir], from: null, to: null }, Together)) {
      if (isStopped) return
      await sink.accept(batch.map(options.interpret))
      entries += batch.length
    }
    await noteRebuild(dir, rebuilt)
    log.info({ entries }, 'Redis was rebuilt: what the journal has was queued again')
  }

  void look()
  const timer = setInterval(look, EveryMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}
