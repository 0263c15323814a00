import { OutcomeCounts } from './counters.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'

/** What is held under the name of a CRM. */
export interface Held {
  /** Ledger entries of leads, whatever became of them. */
  readonly leads: number
  /** Contacts whose record there is known. */
  readonly contacts: number
  /** Leads that were ever accepted for it: the ledger may have forgotten some. */
  readonly accepted: number
  readonly org: string | null
}

/** A rename that began and may not have ended. */
export interface BegunRename {
  readonly to: string
  /** The old queue was paused when it began; a person's pause or ours goes over with the rest. */
  readonly paused: boolean
}

/**
 * Moves what the store holds of a CRM from one name to another. Each step may be repeated, and what was moved half-way is moved to its end by
 * the same steps; nobody may write to either CRM meanwhile.
 */
export class CrmRename {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  /** Null when none of this CRM is under way. */
  async begun(old: string): Promise<BegunRename | null> {
    const [to, paused] = await this.#scripts.redis.hmget(renameKey(old), 'to', 'paused')
    return to ? { to, paused: paused === '1' } : null
  }

  async begin(old: string, { to, paused }: BegunRename): Promise<void> {
    await this.#scripts.redis.hset(renameKey(old), 'to', to, 'paused', paused ? '1' : '0')
  }

  async end(old: string): Promise<void> {
    await this.#scripts.redis.del(renameKey(old))
  }

  async held(crm: string): Promise<Held> {
    const { redis } = this.#scripts
    const counters = ['accepted', ...OutcomeCounts].map((name) => `crm:${crm}:${name}`)
    const [org, counts, leads, contacts] = await Promise.all([
      redis.hget(`${KeyPrefix}crm:${crm}`, 'org'),
      redis.hmget(`${KeyPrefix}counters`, ...counters),
      this.#count('lead:*', `crm:${crm}`),
      this.#count('contact:*', `link:${crm}`),
    ])
    return { leads, contacts, accepted: Math.max(0, ...counts.map(Number)), org }
  }

  /** Counters, org, and what else is noted of the CRM itself. */
  async moveCrm(old: string, to: string): Promise<void> {
    await this.#scripts.run('rename-crm', 'crm', old, to)
  }

  /** Ledger entries and the follow-ups of their leads. How many of the former were moved. */
  async moveLeads(old: string, to: string): Promise<number> {
    await this.#each('plan:*', (keys) => this.#scripts.run('rename-crm', 'plans', old, to, ...keys))
    return await this.#each('lead:*', (keys) => this.#scripts.run('rename-crm', 'leads', old, to, ...keys))
  }

  /** How many contacts have their record under the new name now. */
  moveContacts(old: string, to: string): Promise<number> {
    return this.#each('contact:*', (keys) => this.#scripts.run('rename-crm', 'contacts', old, to, ...keys))
  }

  #count(pattern: string, field: string): Promise<number> {
    const { redis } = this.#scripts
    return this.#each(pattern, async (keys) => {
      const there = await Promise.all(keys.map((key) => redis.hexists(key, field)))
      return there.reduce((sum, one) => sum + one, 0)
    })
  }

  /** A key that is met twice is moved once. */
  async #each(pattern: string, act: (keys: readonly string[]) => Promise<unknown>): Promise<number> {
    let sum = 0
    for await (const keys of scanKeys(this.#scripts, pattern)) sum += Number(await act(keys))
    return sum
  }
}

function renameKey(crm: string): string {
  return `${KeyPrefix}renaming:${crm}`
}
