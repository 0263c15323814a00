import type { SuppressionEntry } from '../core/index.ts'
import type { SuppressionList } from '../delivery/ports.ts'
import type { Scripts } from './redis.ts'
import { readStrong } from './strong-suppression.ts'

/** The suppressions of each contact, as the leads' own times say. An unreadable list rejects: then nothing is delivered. */
export class RedisSuppressionList implements SuppressionList {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  async of(contactId: string): Promise<readonly SuppressionEntry[]> {
    return readSuppression((await this.#scripts.run('suppression', contactId)) as string[])
  }
}

/**
 * From fields and values in turn, as Redis answers: `d:<scope>` holds when the latest do-not-contact came, `r:<scope>` the latest release,
 * `l:<scope>` an admin's lift, in ms; the scope `*` is the whole contact. `s:<alias>` holds what was said of an alias.
 */
export function readSuppression(answer: readonly string[]): readonly SuppressionEntry[] {
  const stored = new Map<string, string>()
  for (let at = 0; at + 1 < answer.length; at += 2) stored.set(String(answer[at]), String(answer[at + 1]))
  const entries: SuppressionEntry[] = []
  for (const [field, ms] of stored) {
    if (!field.startsWith('d:')) continue
    const scope = field.slice(2)
    entries.push({
      source: 'marketplace',
      channel: 'any',
      offer: scope === '*' ? null : scope,
      since: new Date(Number(ms)).toISOString(),
      ...lift(Number(stored.get(`r:${scope}`) ?? 0), Number(stored.get(`l:${scope}`) ?? 0)),
    })
  }
  const strong = [...stored].flatMap(([field, text]) => (field.startsWith('s:') ? readStrong(text) : []))
  return [...entries, ...strong]
}

/** The later one counts, in ms; 0: there is none. */
function lift(byLead: number, byAdmin: number): Pick<SuppressionEntry, 'liftedAt' | 'liftedBy'> {
  const at = Math.max(byLead, byAdmin)
  if (at === 0) return { liftedAt: null }
  return { liftedAt: new Date(at).toISOString(), liftedBy: byAdmin > byLead ? 'admin' : 'lead' }
}
