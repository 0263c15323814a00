import { numberForms, readEmail, type SuppressionEntry } from '../core/index.ts'
import { digitsAlias, emailAlias } from './aliases.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'
import { saidLine, type TimelineLine, takenBackLine } from './timeline.ts'

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

/** What a change did, and whose it is to know. */
export interface Changed {
  /** Entries of admins and lists that were made or lifted. */
  readonly entries: number
  /** Of what the marketplace said: how much was lifted, and how much of it stands. */
  readonly marketplace: { readonly lifted: number; readonly standing: number }
  /** Contacts that are known by the alias now, whether or not anything changed. */
  readonly contacts: readonly string[]
}

export type TimelineKeep = Pick<Retention, 'timelineTouches' | 'timelineDays'>

const AnyOffer = '*'

/**
 * What an admin or an opt-out list says of one e-mail address or phone number, whether or not anybody is known by it. It has no time to live,
 * and the Redis that we ship evicts nothing. Every method may be called twice. `known` are the aliases under which contacts are known by it:
 * the alias itself for an e-mail address, `knownAliases` for a number. Each change is told in the history of those contacts.
 */
export class StrongSuppressions {
  readonly #scripts: Scripts
  readonly #keep: TimelineKeep

  constructor(scripts: Scripts, keep: TimelineKeep) {
    this.#scripts = scripts
    this.#keep = keep
  }

  /** No entry is made when the same stands already. */
  add(alias: string, entry: StoredEntry, known: readonly string[] = [alias]): Promise<Changed> {
    return this.#run({ alias, known, add: entry, line: JSON.stringify(saidLine(entry)) })
  }

  /** Entries that are lifted are kept, with time and reason. What the marketplace said of the contacts is lifted with them. */
  lift(alias: string, { channel, offer, ...lift }: Lift, known: readonly string[] = [alias]): Promise<Changed> {
    const told = { ...lift, source: 'admin' as const, channel: channel ?? 'any', offer: offer ?? AnyOffer }
    const line = JSON.stringify(takenBackLine(told))
    return this.#run({ alias, known, lift: { ...lift, channel: channel ?? undefined, offer: offer ?? undefined }, line })
  }

  /** Adds what an export holds and the store does not. */
  restore({ alias, entries }: Suppressed): Promise<Changed> {
    return this.#run({ alias, restore: entries.map((entry) => ({ entry, line: JSON.stringify(entryLine(entry)) })) })
  }

  async #run(change: object): Promise<Changed> {
    const { timelineTouches: touches, timelineDays } = this.#keep
    const argument = JSON.stringify({ ...change, touches, timelineSeconds: seconds(timelineDays) })
    const [entries, lifted, standing, ...contacts] = (await this.#scripts.run('strong', argument)) as [
      number,
      number,
      number,
      ...string[],
    ]
    return { entries, marketplace: { lifted, standing }, contacts }
  }
}

function entryLine(entry: StoredEntry): TimelineLine {
  if (entry.liftedAt === undefined) return saidLine(entry)
  return takenBackLine({ ...entry, at: entry.liftedAt, reason: entry.liftReason ?? '' })
}

/** The hash of them all: alias → entries. */
export const StrongKey = `${KeyPrefix}dnc`

/** Lifted ones, too. */
export async function strongEntries(scripts: Scripts, alias: string): Promise<readonly StoredEntry[]> {
  return parseStrong((await scripts.redis.hget(StrongKey, alias)) ?? '[]')
}

/** Under what a no for this e-mail address or phone number is kept; null when it is neither. */
export function strongAlias(text: string, secret: string): string | null {
  const { email, unread } = readEmail(text)
  if (email !== null) return unread === null ? emailAlias(email, secret) : null
  // Without its country code a number may be read as some other country's: the no would be noted, and stop nobody.
  if (!/^\s*\(?(?:\+|00)/.test(text.normalize('NFKC'))) return null
  const [number, digits] = numberForms(text)
  return number === undefined || digits === undefined ? null : digitsAlias(number, secret)
}

/** What is stored under one alias, as the rest of Leadsync knows suppressions. Throws when it is damaged: then nothing may be delivered. */
export function readStrong(text: string): readonly SuppressionEntry[] {
  return parseStrong(text).map(toEntry)
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

/** Throws when it is damaged. */
export function parseStrong(text: string): readonly StoredEntry[] {
  return JSON.parse(text) as StoredEntry[]
}
