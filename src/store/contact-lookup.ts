import { crmSuppression, numberForms, type RecordRef, readEmail, type SuppressionEntry } from '../core/index.ts'
import { emailAlias, numberHalf } from './aliases.ts'
import { readLink } from './ledger.ts'
import { type PossibleDuplicate, possibleDuplicatesOf } from './possible-duplicates.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { readSuppression } from './suppression-list.ts'
import type { TimelineLine } from './timeline.ts'

/** What the store holds of a contact; nothing in it names a person. */
export interface ContactEntry {
  readonly id: string
  /** Contacts that were joined into this one. */
  readonly joined: readonly string[]
  /** CRM → its record there, and when the newest lead that was written to it happened. */
  readonly records: Readonly<Record<string, { readonly record: RecordRef | null; readonly lastLeadAt: string | null }>>
  readonly suppression: readonly SuppressionEntry[]
  /** What the CRMs' own opt-outs said when its records there were last read. */
  readonly crmSuppression: readonly SuppressionEntry[]
  /** Its leads, as many as are kept as long as the history. */
  readonly touches: number
  readonly possibleDuplicates: readonly PossibleDuplicate[]
  /** In the order of their times. */
  readonly timeline: readonly TimelineLine[]
}

/** More joins in a row than a store of ours ever has. */
const MostJoins = 20

/** Under the id of a contact that was joined into another one, that other one. Null when there is none. */
export async function findContact(scripts: Scripts, id: string): Promise<ContactEntry | null> {
  const survivor = await survivorOf(scripts, id)
  const stored = await scripts.redis.hgetall(`${KeyPrefix}contact:${survivor}`)
  if (Object.keys(stored).length === 0) return null
  const [suppression, lines, touches, possibleDuplicates] = await Promise.all([
    scripts.run('suppression', survivor) as Promise<string[]>,
    scripts.redis.lrange(`${KeyPrefix}timeline:${survivor}`, 0, -1),
    scripts.redis.zcard(`${KeyPrefix}touches:${survivor}`),
    possibleDuplicatesOf(scripts, survivor),
  ])
  const links = linksOf(stored)
  const timeline = lines.map((line) => JSON.parse(line) as TimelineLine)
  return {
    id: survivor,
    joined: stored.joined?.split(' ') ?? [],
    records: Object.fromEntries(
      links.map(([crm, { record, known }]) => [crm, { record, lastLeadAt: known?.lastLeadAt ?? null }]),
    ),
    suppression: readSuppression(suppression),
    crmSuppression: [...links, ...lostLinksOf(stored)].flatMap(([crm, { optOuts }]) => crmSuppression(crm, optOuts)),
    touches,
    possibleDuplicates,
    // Those of a contact that was joined into this one stand at the end.
    timeline: timeline.toSorted((a, b) => a.at.localeCompare(b.at)),
  }
}

/** Whom an e-mail address or a phone number belongs to: usually one contact, but a number may be several people's. */
export async function contactsKnownBy(scripts: Scripts, text: string, secret: string): Promise<readonly string[]> {
  const aliases = await knownAliases(scripts, text, secret)
  if (aliases.length === 0) return []
  const found = await scripts.redis.mget(aliases.map((alias) => `${KeyPrefix}alias:${alias}`))
  const contacts = await Promise.all(found.filter((id) => id !== null).map((id) => survivorOf(scripts, id)))
  return [...new Set(contacts)]
}

/** The aliases that contacts with this e-mail address or phone number have: a number's are one for each last name it was seen with. */
export async function knownAliases(scripts: Scripts, text: string, secret: string): Promise<readonly string[]> {
  const { email } = readEmail(text)
  return email === null ? await aliasesOfNumber(scripts, text, secret) : [emailAlias(email, secret)]
}

async function aliasesOfNumber(scripts: Scripts, text: string, secret: string): Promise<readonly string[]> {
  const aliases: string[] = []
  for (const form of numberForms(text)) {
    const number = numberHalf(form, secret)
    const lastNames = await scripts.redis.smembers(`${KeyPrefix}phone:${number}`)
    aliases.push(...lastNames.map((lastName) => `${number}.${lastName}`))
  }
  return aliases
}

async function survivorOf(scripts: Scripts, id: string): Promise<string> {
  let current = id
  for (let join = 0; join < MostJoins; join += 1) {
    const into = await scripts.redis.hget(`${KeyPrefix}contact:${current}`, 'into')
    if (into === null) return current
    current = into
  }
  return current
}

/** Of records that are the contact's no longer, since it was joined with the one that has another. */
function lostLinksOf(stored: Readonly<Record<string, string>>) {
  return Object.entries(stored).flatMap(([field, value]) => {
    const crm = /^lost:([^:]+):/.exec(field)?.[1]
    return crm === undefined ? [] : [[`${crm} (another record)`, readLink(value)] as const]
  })
}

function linksOf(stored: Readonly<Record<string, string>>) {
  return Object.entries(stored).flatMap(([field, value]) => {
    if (!field.startsWith('link:')) return []
    return [[field.slice('link:'.length), readLink(value)] as const]
  })
}
