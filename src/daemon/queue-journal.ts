import type { Config } from '../config/load.ts'
import type { Log } from '../core/index.ts'
import { createInterpreter } from '../intake/interpret.ts'
import { type JournalRange, journalBatches } from '../intake/journal-replay.ts'
import type { Admission, Arrival } from '../intake/lead-sink.ts'
import { LeadIntake } from '../queue/lead-intake.ts'
import type { Queues } from '../queue/queues.ts'
import { RedisLeadRegister } from '../store/lead-register.ts'
import { RedisQuarantineRoom } from '../store/quarantine-room.ts'
import type { Scripts } from '../store/redis.ts'

export interface JournalSource extends JournalRange {
  readonly config: Config
  /** The installation's. */
  readonly secret: string
  readonly scripts: Scripts
  readonly queues: Queues
  readonly log: Log
}

export type QueuedLeads = Readonly<Record<Admission['status'], number>>

const Together = 200

/**
 * Queues what a journal has, as intake would, under the ids that it had: what the ledger knows already is not delivered again. `takes`: only these;
 * `progress` is told after each batch how many entries were read so far. Rejects when journal or Redis can't be read.
 */
export async function queueJournal(
  { config, secret, scripts, queues, log, ...range }: JournalSource,
  takes: (arrival: Arrival) => boolean = () => true,
  progress: (entries: number) => void = () => undefined,
): Promise<QueuedLeads> {
  const { stages, intake, ownDomains, doNotContact, retention, quarantine } = config.leadsync
  const { interpret } = createInterpreter({ secret, stages, testLeads: intake.testLeads, ownDomains }, log)
  const crms = config.crms.map(({ name }) => name)
  const register = new RedisLeadRegister(scripts, { secret, doNotContact, retention, crms })
  const room = new RedisQuarantineRoom(scripts, quarantine.maxBytes, Date.now)
  const sink = new LeadIntake(scripts.redis, register, queues, () => true, room)
  const counts = { accepted: 0, duplicate: 0, held: 0, quarantined: 0 }
  let entries = 0
  for await (const batch of journalBatches(range, Together)) {
    for (const { status } of await sink.accept(batch.map(interpret).filter(takes))) counts[status] += 1
    entries += batch.length
    progress(entries)
  }
  return counts
}
