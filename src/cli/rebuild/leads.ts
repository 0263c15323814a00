import type { Config } from '../../config/load.ts'
import { createInterpreter } from '../../intake/interpret.ts'
import { type JournalRange, journalBatches } from '../../intake/journal-replay.ts'
import type { Admission } from '../../intake/lead-sink.ts'
import { LeadIntake } from '../../queue/lead-intake.ts'
import { RedisLeadRegister } from '../../store/lead-register.ts'
import { RedisQuarantineRoom } from '../../store/quarantine-room.ts'
import { createLog } from '../log.ts'
import type { OpenStore } from '../open-store.ts'
import { withProgress } from '../progress.ts'

export interface LeadSource extends JournalRange {
  readonly config: Config
  /** The installation's. */
  readonly secret: string
  readonly store: OpenStore
}

export type QueuedLeads = Readonly<Record<Admission['status'], number>>

const Together = 200

/** Queues what a journal has, as intake would, under the ids that it had: what the ledger knows already is not delivered again. */
export async function queueFromJournal({ config, secret, store, ...range }: LeadSource): Promise<QueuedLeads> {
  const { stages, intake, ownDomains, doNotContact, retention } = config.leadsync
  const { interpret } = createInterpreter({ secret, stages, testLeads: intake.testLeads, ownDomains }, createLog('warn'))
  const crms = config.crms.map(({ name }) => name)
  const register = new RedisLeadRegister(store.scripts, { secret, doNotContact, retention, crms })
  const room = new RedisQuarantineRoom(store.scripts, config.leadsync.quarantine.maxBytes, Date.now)
  const sink = new LeadIntake(store.scripts.redis, register, store.queues, () => true, room)
  const counts = { accepted: 0, duplicate: 0, held: 0, quarantined: 0 }
  let entries = 0

  await withProgress('entries of the journal queued', async (progress) => {
    for await (const batch of journalBatches(range, Together)) {
      for (const { status } of await sink.accept(batch.map(interpret))) counts[status] += 1
      entries += batch.length
      progress(entries)
    }
  })
  return counts
}
