import { numberForms, readEmail, type SuppressionEntry } from '../core/index.ts'
import { digitsAlias, emailAlias } from './aliases.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** As it is stored and exported: times in ms, the offer `*` for any, no reason as an empty text. */
export interface StoredEntry {
  readonly source: 'admin' | 'import'
  readonly channel: SuppressionEntry['channel']
  readonly offer: string
  readonly since: number
  readonly reason: string
  readonly liftedAt?: number | undefined
  readonly liftReason?: string | undefined
}

export interface Suppressed {
  readonly alias: string
  readonly entries: readonly StoredEntry[]
}

export interface Lift {
  /** Null: entries of every channel, of every offer. */
  readonly channel: SuppressionEntry['channel'] | null
  readonly offer: string | null
  readonly at: number
  readonly reason: string
}

const AnyOffer = '*'
const ScanCount = 1_000

/**
 * What an admin or an opt-out list says of one e-mail address or phone number, whether or not anybody is known by it. It has no time to live,
 * and the Redis that we ship evicts nothing. Every method may be called twice.
 */
export class StrongSuppressions {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  /** False when the same stands already. */
  async add(alias: string, entry: StoredEntry): Promise<boolean> {
    return (await this.#run({ alias, add: entry })) > 0
  }

  /** How many entries were lifted; they are kept, with time and reason. */
  lift(alias: string, { channel, offer, ...lift }: Lift): Promise<number> {
    return this.#run({ alias, lift: { ...lift, channel: channel ?? undefined, offer: offer ?? undefined } })
  }

  /** Adds what an export holds and the store does not. How many entries that changed. */
  restore({ alias, entries }: Suppressed): Promise<number> {
    return this.#run({ alias, restore: entries })
  }

  /** Lifted ones, too. */
  async of(alias: string): Promise<readonly StoredEntry[]> {
    return parseEntries((await this.#scripts.redis.hget(Key, alias)) ?? '[]')
  }

  /** Each alias once; those that are added meanwhile may be missed. */
  async all(): Promise<readonly Suppressed[]> {
    const found = new Map<string, Suppressed>()
    let cursor = '0'
    do {
      const [next, fields] = await this.#scripts.redis.hscan(Key, cursor, 'COUNT', ScanCount)
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const alias = String(fields[at])
        found.set(alias, { alias, entries: parseEntries(String(fields[at + 1])) })
      }
      cursor = next
    } while (cursor !== '0')
    return [...found.values()]
  }

  async #run(change: object): Promise<number> {
    return Number(await this.#scripts.run('strong', JSON.stringify(change)))
  }
}

const Key = `${KeyPrefix}dnc`

/** Under what a no for this e-mail address or phone number is kept; null when it is neither. */
export function strongAlias(text: string, secret: string): string | null {
  const { email, unread } = readEmail(text)
  if (email !== null) return unread === null ? emailAlias(email, secret) : null
  const [number] = numberForms(text)
  return number === undefined ? null : digitsAlias(number, secret)
}

/** What is stored under one alias, as the rest of Leadsync knows suppressions. Throws when it is damaged: then nothing may be delivered. */
export function readStrong(text: string): readonly SuppressionEntry[] {
  return parseEntries(text).map(toEntry)
}

export function toEntry({ since, liftedAt, offer, reason, liftReason, ...rest }: StoredEntry): SuppressionEntry {
  return {
    ...rest,
    offer: offer === AnyOffer ? null : offer,
    since: new Date(since).toISOString(),
    liftedAt: liftedAt === undefined ? null : new Date(liftedAt).toISOString(),
    reason: reason || null,
    liftReason: liftReason || null,
  }
}

function parseEntries(text: string): readonly StoredEntry[] {
  return JSON.parse(text) as StoredEntry[]
}
