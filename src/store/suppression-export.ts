import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'
import { parseStrong, StrongKey, type Suppressed, strongEntries } from './strong-suppression.ts'

/** As `sup:<contact>` holds them: `d:`, `r:` or `l:` and the scope → ms. */
export type Times = Readonly<Record<string, number>>

/** What the marketplace said of one contact, and by what that contact is known. */
export interface ContactNo {
  readonly contact: string
  readonly aliases: readonly string[]
  readonly sup: Times
}

/** The same of somebody who was forgotten: there is no contact any more. */
export interface KeptNo {
  readonly kept: string
  readonly sup: Times
}

/** Older leads with this alias are not taken any more. `at` in ms. */
export interface Forgotten {
  readonly forgotten: string
  readonly at: number
}

/** One line of an export. All that names anybody is a pseudonym. */
export type ExportLine = Suppressed | ContactNo | KeptNo | Forgotten

const ScanCount = 1_000
const Kinds = { sup: `${KeyPrefix}sup:`, kept: `${KeyPrefix}kept:`, forgotten: `${KeyPrefix}forgotten:` } as const

/**
 * All that stands or stood against anybody, in steps that keep Redis for a moment each; what changes meanwhile may be missed. Throws when
 * something of it is damaged.
 */
export async function* exportedLines(scripts: Scripts): AsyncGenerator<readonly ExportLine[]> {
  yield* strongLines(scripts)
  const seen = new Set<string>()
  // One way through all keys, for a pattern saves no work in Redis.
  for await (const keys of scanKeys(scripts, '[skf]*')) {
    // A scan may tell a key twice.
    const news = keys.filter((key) => !seen.has(key))
    const found = await Promise.all(news.map(async (key) => ({ key, line: await lineOf(scripts, key) })))
    const lines = found.flatMap(({ key, line }) => (line === null ? [] : [{ key, line }]))
    for (const { key } of lines) seen.add(key)
    yield lines.map(({ line }) => line)
  }
}

/** What stands or stood under these aliases, whoever said it, and against these contacts. */
export async function linesAbout(
  scripts: Scripts,
  { aliases, contacts }: { readonly aliases: readonly string[]; readonly contacts: readonly string[] },
): Promise<readonly ExportLine[]> {
  const { sup, kept, forgotten } = Kinds
  const keys = [...contacts.map((id) => sup + id), ...aliases.flatMap((alias) => [kept + alias, forgotten + alias])]
  const said = await Promise.all(aliases.map(async (alias) => ({ alias, entries: await strongEntries(scripts, alias) })))
  const told = await Promise.all(keys.map((key) => lineOf(scripts, key)))
  return [...said.filter(({ entries }) => entries.length > 0), ...told.filter((line) => line !== null)]
}

/** What admins and opt-out lists said, each alias once. */
export async function* strongLines(scripts: Scripts): AsyncGenerator<readonly Suppressed[]> {
  const seen = new Set<string>()
  let cursor = '0'
  do {
    const [next, fields] = await scripts.redis.hscan(StrongKey, cursor, 'COUNT', ScanCount)
    const lines: Suppressed[] = []
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const alias = String(fields[at])
      if (!seen.has(alias)) lines.push({ alias, entries: parseStrong(String(fields[at + 1])) })
      seen.add(alias)
    }
    yield lines
    cursor = next
  } while (cursor !== '0')
}

async function lineOf(scripts: Scripts, key: string): Promise<ContactNo | KeptNo | Forgotten | null> {
  const { redis } = scripts
  const { sup: ofContact, kept: ofForgotten, forgotten: tombstone } = Kinds
  if (key.startsWith(ofContact)) {
    const sup = await readTimes(scripts, key)
    const contact = key.slice(ofContact.length)
    return sup && { contact, aliases: await redis.smembers(`${KeyPrefix}aliases:${contact}`), sup }
  }
  if (key.startsWith(ofForgotten)) {
    const sup = await readTimes(scripts, key)
    return sup && { kept: key.slice(ofForgotten.length), sup }
  }
  if (!key.startsWith(tombstone)) return null
  const at = await redis.get(key)
  return at === null ? null : { forgotten: key.slice(tombstone.length), at: readMs(at, key) }
}

/**
 * Null for a contact against whom nothing was ever said. Every "contact me" leaves its time, which is most contacts; without it an older no
 * that comes after a restore stands, and that is the safe side.
 */
async function readTimes(scripts: Scripts, key: string): Promise<Times | null> {
  const stored = Object.entries(await scripts.redis.hgetall(key))
  if (!stored.some(([field]) => field.startsWith('d:'))) return null
  return Object.fromEntries(stored.map(([field, ms]) => [field, readMs(ms, key)]))
}

function readMs(text: string, key: string): number {
  const ms = Number(text)
  if (text === '' || !Number.isSafeInteger(ms)) throw new Error(`What Redis holds under ${key} is damaged.`)
  return ms
}
