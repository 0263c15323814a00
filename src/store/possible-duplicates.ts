import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'

/** What two contacts with different e-mail addresses share. */
export const NearReasons = {
  phone: 'phone number and last name',
  name: 'name and company',
} as const
export type NearReason = keyof typeof NearReasons

/** A contact that may be the same person as another one. They are never joined: a person decides that, in the CRM. */
export interface PossibleDuplicate {
  readonly contact: string
  readonly why: NearReason
  /** ISO 8601: when the lead came that showed it. */
  readonly at: string
}

export interface PossiblePair extends Omit<PossibleDuplicate, 'contact'> {
  readonly contacts: readonly [string, string]
}

/** As it stands under `near:<contact>`, beside the other contact's id. */
export interface StoredNear {
  readonly why: NearReason
  readonly at: string
  /** The lead's key. */
  readonly lead: string
}

const Near = `${KeyPrefix}near:`

/** Those of one contact, the earliest first. */
export async function possibleDuplicatesOf(scripts: Scripts, contact: string): Promise<readonly PossibleDuplicate[]> {
  const stored = await scripts.redis.hgetall(`${Near}${contact}`)
  const found = Object.entries(stored).map(([other, text]) => {
    const { why, at } = JSON.parse(text) as StoredNear
    return { contact: other, why, at }
  })
  return found.toSorted((a, b) => a.at.localeCompare(b.at))
}

/** Every pair once, the earliest first. Looks through all keys, in small steps: there is no list of them that could go stale. */
export async function possiblePairs(scripts: Scripts): Promise<readonly PossiblePair[]> {
  const pairs = new Map<string, PossiblePair>()
  for await (const keys of scanKeys(scripts, 'near:*')) {
    for (const key of keys) {
      for (const pair of await pairsOf(scripts, key.slice(Near.length))) pairs.set(pair.contacts.join(' '), pair)
    }
  }
  return [...pairs.values()].toSorted((a, b) => a.at.localeCompare(b.at))
}

async function pairsOf(scripts: Scripts, contact: string): Promise<readonly PossiblePair[]> {
  const found = await possibleDuplicatesOf(scripts, contact)
  return found.map(({ contact: other, why, at }) => ({
    contacts: contact < other ? [contact, other] : [other, contact],
    why,
    at,
  }))
}
