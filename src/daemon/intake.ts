import { buildIntake } from '../intake/http.ts'
import { createInterpreter } from '../intake/interpret.ts'
import { openJournal } from '../intake/journal.ts'
import { createReception, type Reception } from '../intake/reception.ts'
import { LeadIntake } from '../queue/lead-intake.ts'
import { Queues } from '../queue/queues.ts'
import type { StoreGuard } from '../store/store-guard.ts'
import { startJournalAgain } from './journal-again.ts'
import { listen, type Parts, quarantineRoom, register } from './parts.ts'

/** The way in: the journal, and the listener that may face the internet. */
export async function startIntake(parts: Parts): Promise<{ url: string; reception: Reception }> {
  const { config, installation, redis, log, now, closers } = parts
  const { intake, journal: kept, stages, ownDomains } = config.leadsync
  const scripts = redis.connect('intake', 'hasty')
  const queues = new Queues(scripts.redis, [], log)
  const { secret } = installation
  const interpreter = createInterpreter({ secret, stages, testLeads: intake.testLeads, ownDomains }, log)
  const journal = await openJournal({ dir: kept.dir, keepDays: kept.keepDays, now, log })
  // A lead that no journal keeps goes to a Redis that is nearly full all the same: the room that is left there is for it.
  const hasRoom = () => !(parts.memory.state().journalOnly && journal.writable())
  const mayTake = () => isUsable(parts.guard) && hasRoom()
  const sink = new LeadIntake(scripts.redis, register(parts, scripts), queues, mayTake, quarantineRoom(parts, scripts))
  const reception = createReception({ journal, sink, interpret: interpreter.interpret, log })
  const stopAgain = startJournalAgain({ redis: scripts.redis, dir: kept.dir, sink, interpret: interpreter.interpret, log })
  const app = buildIntake(intake, { reception, interpreter, secret, now, log })
  closers.push(async () => {
    stopAgain()
    await app.close()
    await reception.stop()
    await journal.stop()
    await queues.close()
  })
  return { url: await listen(app, intake), reception }
}

/** Before it was asked nobody knows: then the scripts say so. */
function isUsable(guard: StoreGuard): boolean {
  const holding = guard.holding()
  return holding === null || holding === 'ours'
}
