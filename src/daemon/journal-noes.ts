import { isDoNotContact } from '../core/index.ts'
import { Queues } from '../queue/queues.ts'
import { queueJournal } from './queue-journal.ts'
import type { SaidAgainOptions } from './said-again.ts'

/**
 * Every "do not contact" that the journal here has, once more, where a Redis without any data was accepted: those since the last export are nowhere
 * else. Whoever took theirs back since stays on the safe side until the next lead. Rejects when it can't be read.
 */
export async function sayNoesOfJournal({ config, secret, scripts, log }: SaidAgainOptions): Promise<void> {
  const crms = config.crms.map(({ name }) => name)
  const queues = new Queues(scripts.redis, crms, log)
  const range = { dirs: [config.leadsync.journal.dir], from: null, to: null }
  try {
    const source = { config, secret, scripts, queues, log, ...range }
    await queueJournal(source, (arrival) => arrival.kind === 'accepted' && isDoNotContact(arrival.lead))
  } finally {
    await queues.close()
  }
}
