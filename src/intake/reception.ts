import type { Log } from '../core/index.ts'
import { createBacklog } from './backlog.ts'
import { CannotKeep } from './cannot-keep.ts'
import type { Journal } from './journal.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Position } from './journal-reader.ts'
import { createLane, withoutQueue } from './lane.ts'
import type { Admission, Arrival, LeadSink } from './lead-sink.ts'

export interface ReceptionOptions {
  readonly journal: Journal
  readonly sink: LeadSink
  /** What a journal entry means. Asked again for every entry that had to wait, so it must not depend on the time. */
  interpret(entry: JournalEntry): Arrival
  readonly log: Log
  /** First pause after the sink failed, in ms; doubles up to 5 s. Default 250. */
  readonly retryMs?: number
}

/** An entry and what it means. */
export interface Received {
  readonly entry: JournalEntry
  readonly arrival: Arrival
}

interface ReceptionState {
  readonly journalWritable: boolean
  /** Bytes of the journal that are not queued yet. */
  readonly backlog: number
  readonly lastTestLead: { readonly at: string; readonly token: string } | null
  /** Answers given since the start, by status. */
  readonly answered: Readonly<Record<Admission['status'], number>>
}

/** Keeps what arrives and answers what became of it. */
export interface Reception {
  /**
   * Same length and order. Resolves when every one is durable: in the journal, or in the queue when the journal can't be written.
   * Rejects with `CannotKeep` when neither can take it; some may have been taken then, and giving them again is harmless.
   */
  receive(items: readonly Received[]): Promise<readonly Admission[]>
  /** What an earlier request with this key was answered; null when there was none or nobody can say now. */
  recall: LeadSink['recall']
  state(): ReceptionState
  /** Takes nothing more and waits for what is in hand. The journal is the caller's to stop, after this. */
  stop(): Promise<void>
}

/**
 * Journal first, queue second. While the queue can't be reached, leads are answered by what is known without it and wait in the journal;
 * as long as any waits there, new ones go behind it, so that they are queued in the order in which they came.
 */
export function createReception(options: ReceptionOptions): Reception {
  const { journal, sink } = options
  const answered = { accepted: 0, duplicate: 0, quarantined: 0, held: 0 }
  const inHand = new Set<Promise<unknown>>()
  let lastTestLead: ReceptionState['lastTestLead'] = null
  let stopping = false

  const backlog = createBacklog({ ...options, seen: noteTest })
  const lane = createLane({ journal, sink, log: options.log, fellBehind: backlog.start })
  backlog.start()

  function noteTest(entry: JournalEntry, arrival: Arrival): void {
    if (arrival.kind !== 'quarantined' && arrival.lead.test) lastTestLead = { at: entry.receivedAt, token: entry.token }
  }

  async function keep(items: readonly Received[]): Promise<readonly Admission[]> {
    for (const { entry, arrival } of items) noteTest(entry, arrival)
    const positions = await journal.append(items.map((item) => item.entry)).catch(() => null)
    const admissions = await queue(items, positions)
    for (const { status } of admissions) answered[status] += 1
    return admissions
  }

  async function queue(items: readonly Received[], positions: readonly Position[] | null): Promise<readonly Admission[]> {
    const arrivals = items.map((item) => item.arrival)
    if (positions !== null && backlog.waits()) return arrivals.map(withoutQueue)
    if (positions === null && !sink.ready()) throw new CannotKeep()
    return await Promise.all(arrivals.map((arrival, index) => lane.give(arrival, positions?.[index] ?? null)))
  }

  return {
    receive: async (items) => {
      if (stopping) throw new CannotKeep()
      const work = keep(items)
      inHand.add(work)
      try {
        return await work
      } finally {
        inHand.delete(work)
      }
    },
    recall: async (key) => {
      if (!sink.ready()) return null
      return await sink.recall(key).catch(() => null)
    },
    state: () => ({
      journalWritable: journal.writable(),
      backlog: journal.waitingBytes(),
      lastTestLead,
      answered: { ...answered },
    }),
    stop: async () => {
      stopping = true
      await Promise.allSettled(inHand)
      await backlog.stop()
    },
  }
}
