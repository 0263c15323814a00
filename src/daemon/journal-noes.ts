import { isDoNotContact } from '../core/index.ts'
import { createInterpreter } from '../intake/interpret.ts'
import { journalBatches } from '../intake/journal-replay.ts'
import { LeadIntake } from '../queue/lead-intake.ts'
import { Queues } from '../queue/queues.ts'
import { RedisLeadRegister } from '../store/lead-register.ts'
import { RedisQuarantineRoom } from '../store/quarantine-room.ts'
import type { SaidAgainOptions } from './said-again.ts'

const Together = 200

/**
 * Every "do not contact" that the journal here has, once more, where a Redis without any data was accepted: those since the last export are nowhere
 * else. Whoever took theirs back since stays on the safe side until the next lead. Returns how many there are; rejects when it can't be read.
 */
export async function sayNoesOfJournal({ config, secret, scripts, log, now }: SaidAgainOptions): Promise<number> {
  const { stages, intake, ownDomains, doNotContact, retention, journal, quarantine } = config.leadsync
  const crms = config.crms.map(({ name }) => name)
  const { interpret } = createInterpreter({ secret, stages, testLeads: intake.testLeads, ownDomains }, log)
  const register = new RedisLeadRegister(scripts, { secret, doNotContact, retention, crms })
  const room = new RedisQuarantineRoom(scripts, quarantine.maxBytes, now)
  const queues = new Queues(scripts.redis, crms, log)
  const sink = new LeadIntake(scripts.redis, register, queues, () => true, room)
  let noes = 0
  try {
    for await (const batch of journalBatches({ dirs: [journal.dir], from: null, to: null }, Together)) {
      const said = batch.map(interpret).filter((arrival) => arrival.kind === 'accepted' && isDoNotContact(arrival.lead))
      await sink.accept(said)
      noes += said.length
    }
  } finally {
    await queues.close()
  }
  return noes
}
