import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../core/index.ts'
import type { Journal } from './journal.ts'
import type { JournalEntry } from './journal-entry.ts'
import { errorCode, hasCode } from './journal-files.ts'
import type { Stretch } from './journal-progress.ts'
import type { Position } from './journal-reader.ts'
import { BatchBytes, BatchItems } from './lane.ts'
import type { Arrival, LeadSink } from './lead-sink.ts'

export interface BacklogOptions {
  readonly journal: Journal
  readonly sink: LeadSink
  interpret(entry: JournalEntry): Arrival
  /** Told of every entry that is queued late. */
  seen(entry: JournalEntry, arrival: Arrival): void
  readonly log: Log
  readonly retryMs?: number
}

/** What waits in the journal, queued in order and read from the files in batches: it may be far larger than memory. */
export interface Backlog {
  /** Queues everything behind the cursors, for as long as it takes. Does nothing while it is already at it. */
  start(): void
  /** Whether new entries have to go behind others. */
  waits(): boolean
  stop(): Promise<void>
}

interface Batch {
  readonly arrivals: readonly Arrival[]
  /** Every line up to the end of the batch, also those that are no entries. */
  readonly passed: readonly Position[]
  readonly torn: Position | null
}

const LongestPauseMs = 5_000

export function createBacklog(options: BacklogOptions): Backlog {
  const { journal, sink, interpret, log, retryMs = 250 } = options
  const stopped = new AbortController()
  let draining: Promise<void> = Promise.resolve()
  let waits = false
  let mostItems = BatchItems

  async function drain(): Promise<void> {
    let queued = 0
    let failures = 0
    for (let stretch = journal.firstWaiting(); stretch !== null && !stopped.signal.aborted; stretch = journal.firstWaiting()) {
      if (!sink.ready()) {
        await pause(retryMs)
        continue
      }
      const count = await drainBatch(stretch)
      failures = count === null ? failures + 1 : 0
      queued += count ?? 0
      if (count === null) await pause(retryMs * 2 ** Math.min(failures - 1, 10))
    }
    // In the same turn as the look at the journal: an entry that is kept after it goes the direct way, one kept before it was queued here.
    waits = false
    if (queued > 0) log.info({ entries: queued }, 'Queued the leads that waited in the journal.')
  }

  /** How many entries were queued, or null when it has to be tried again later. */
  async function drainBatch(stretch: Stretch): Promise<number | null> {
    try {
      const batch = await readBatch(stretch)
      if (batch.arrivals.length > 0) await sink.accept(batch.arrivals)
      for (const position of batch.passed) journal.advance(position)
      if (batch.torn !== null) journal.skipTorn(batch.torn)
      mostItems = Math.min(BatchItems, mostItems * 2)
      return batch.arrivals.length
    } catch (error) {
      // A batch that can't be done within the sink's time-out would never get through: smaller ones do.
      mostItems = Math.max(1, Math.floor(mostItems / 2))
      noteFailure(stretch, error)
      return null
    }
  }

  async function readBatch(stretch: Stretch): Promise<Batch> {
    const arrivals: Arrival[] = []
    const passed: Position[] = []
    for await (const { entry, position, condition } of journal.read(stretch)) {
      if (condition === 'torn') return { arrivals, passed, torn: position }
      passed.push(position)
      if (entry === null) continue
      const arrival = interpret(entry)
      options.seen(entry, arrival)
      arrivals.push(arrival)
      if (arrivals.length >= mostItems || position.end - stretch.from > BatchBytes) break
    }
    return { arrivals, passed, torn: null }
  }

  function noteFailure(stretch: Stretch, error: unknown): void {
    const { file, from } = stretch
    if (hasCode(error, 'ENOENT')) {
      log.error({ file, offset: from }, 'A journal file with leads that waited to be queued is gone: somebody deleted it.')
      journal.forget(file)
      return
    }
    log.warn({ file, offset: from, code: errorCode(error) }, 'Leads that wait in the journal could not be queued: trying again.')
  }

  async function pause(ms: number): Promise<void> {
    await wait(Math.min(ms, LongestPauseMs), undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
  }

  return {
    start: () => {
      if (waits || stopped.signal.aborted || journal.firstWaiting() === null) return
      waits = true
      draining = drain()
    },
    waits: () => waits,
    stop: async () => {
      stopped.abort()
      await draining
    },
  }
}
