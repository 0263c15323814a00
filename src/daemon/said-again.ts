import type { Config } from '../config/load.ts'
import type { Log } from '../core/index.ts'
import { markContacts } from '../queue/mark-contacts.ts'
import { Queues } from '../queue/queues.ts'
import type { SuppressionKind } from '../store/daily-export.ts'
import type { Scripts } from '../store/redis.ts'
import { restoreSuppressions } from '../store/suppression-restore.ts'

export interface SaidAgainOptions {
  readonly config: Config
  /** The installation's. */
  readonly secret: string
  readonly scripts: Scripts
  readonly log: Log
  now(): number
}

/**
 * What people said since the last daily export, once more, and where a lost Redis was accepted what the exports say, too: an older copy of Redis
 * that was brought back knows nothing of it, and nothing shows its age. What Redis knows stays. Rejects when it can't be read.
 */
export async function sayAgain(
  { config, secret, scripts, log, now }: SaidAgainOptions,
  kinds: readonly SuppressionKind[],
): Promise<void> {
  const { dataDir, retention: keep } = config.leadsync
  const { lines, contacts } = await restoreSuppressions({ dataDir, secret, scripts, keep, now }, kinds)
  if (contacts.length === 0) return
  log.warn(
    { lines, contacts: contacts.length },
    'Redis did not know all that was said against contacting people: it was brought back',
  )
  const crms = config.crms.map(({ name }) => name)
  const queues = new Queues(scripts.redis, crms, log)
  try {
    await markContacts(queues, crms, contacts)
  } finally {
    await queues.close()
  }
}
