import type { Log } from '../core/index.ts'
import { CannotKeep } from './cannot-keep.ts'
import type { Journal } from './journal.ts'
import type { Position } from './journal-reader.ts'
import type { Admission, Arrival, LeadSink } from './lead-sink.ts'

export interface LaneOptions {
  readonly journal: Journal
  readonly sink: LeadSink
  readonly log: Log
  /** Called when entries of the journal were answered without having been queued. */
  fellBehind(): void
}

/** The way into the queue while nothing waits. */
export interface Lane {
  /** `position` is null for what the journal could not take: the queue is its only keeper, so it rejects with `CannotKeep` when that fails. */
  give(arrival: Arrival, position: Position | null): Promise<Admission>
}

interface Pending {
  readonly arrival: Arrival
  readonly position: Position | null
  resolve(admission: Admission): void
  reject(error: CannotKeep): void
}

/** Most arrivals, and about how many bytes of them, that one call to the sink carries: it has to be done within the sink's own time-out. */
export const BatchItems = 200
export const BatchBytes = 1024 * 1024

/**
 * One call to the sink at a time: whatever comes while it is under way goes with the next one. Several at once would be no faster
 * and would let a later entry be queued, and its cursor pass, before an earlier one.
 */
export function createLane(options: LaneOptions): Lane {
  const { journal, sink, log } = options
  const pending: Pending[] = []
  let pumping = false

  async function pump(): Promise<void> {
    pumping = true
    // Everything that the current turn of the event loop brings goes together.
    await null
    while (pending.length > 0) {
      const batch = takeBatch()
      const admissions = await offer(batch)
      if (admissions === null) giveUp([...batch, ...pending.splice(0)])
      else settle(batch, admissions)
    }
    pumping = false
  }

  function takeBatch(): readonly Pending[] {
    let bytes = 0
    const over = pending.findIndex(({ position }, index) => {
      bytes += position === null ? 1024 : position.end - position.start
      return index === BatchItems || (index > 0 && bytes > BatchBytes)
    })
    return pending.splice(0, over === -1 ? pending.length : over)
  }

  async function offer(batch: readonly Pending[]): Promise<readonly Admission[] | null> {
    if (!sink.ready()) return null
    try {
      const admissions = await sink.accept(batch.map(asGiven))
      return admissions.length === batch.length ? admissions : null
    } catch (error) {
      log.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'The queue did not take leads: they wait in the journal.',
      )
      return null
    }
  }

  function settle(batch: readonly Pending[], admissions: readonly Admission[]): void {
    let inOrder = true
    for (const [index, item] of batch.entries()) {
      if (item.position !== null) inOrder = journal.advance(item.position) && inOrder
      item.resolve(admissions[index] ?? withoutQueue(item.arrival))
    }
    // An earlier entry was passed over. It can't be told which, so everything from the cursor on is queued again.
    if (!inOrder) options.fellBehind()
  }

  function giveUp(items: readonly Pending[]): void {
    for (const item of items) {
      if (item.position === null) item.reject(new CannotKeep())
      else item.resolve(withoutQueue(item.arrival))
    }
    options.fellBehind()
  }

  return {
    give: (arrival, position) => {
      if (position !== null && journal.isQueued(position)) return Promise.resolve(withoutQueue(arrival))
      return new Promise((resolve, reject) => {
        pending.push({ arrival, position, resolve, reject })
        if (!pumping) void pump()
      })
    },
  }
}

function asGiven({ arrival, position }: Pending): Arrival {
  return position === null && arrival.kind === 'quarantined' ? { ...arrival, onlyCopy: true } : arrival
}

/** What can be answered while nobody knows whether the lead came before. */
export function withoutQueue(arrival: Arrival): Admission {
  if (arrival.kind === 'quarantined') return { leadId: arrival.id, status: 'quarantined' }
  return { leadId: arrival.lead.id, status: arrival.kind }
}
