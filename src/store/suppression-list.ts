import type { SuppressionEntry } from '../core/index.ts'
import type { SuppressionList } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** The suppressions of each contact, as the leads' own times say. An unreadable list rejects: then nothing is delivered. */
export class RedisSuppressionList implements SuppressionList {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  async of(contactId: string): Promise<readonly SuppressionEntry[]> {
    return readSuppression(await this.#scripts.redis.hgetall(`${KeyPrefix}sup:${contactId}`))
  }
}

/** `d:<scope>` holds when the latest do-not-contact came, `r:<scope>` the latest release, in ms; the scope `*` is the whole contact. */
export function readSuppression(stored: Readonly<Record<string, string>>): readonly SuppressionEntry[] {
  const entries: SuppressionEntry[] = []
  for (const [field, ms] of Object.entries(stored)) {
    if (!field.startsWith('d:')) continue
    const scope = field.slice(2)
    const lifted = stored[`r:${scope}`]
    entries.push({
      source: 'marketplace',
      channel: 'any',
      offer: scope === '*' ? null : scope,
      since: new Date(Number(ms)).toISOString(),
      liftedAt: lifted === undefined ? null : new Date(Number(lifted)).toISOString(),
    })
  }
  return entries
}
