import { DeliveryError, type FieldValue } from '../../src/core/index.ts'
import type { Api } from './api.ts'
import { protocolError } from './errors.ts'
import { OwnersAnswer } from './wire.ts'

/** The property that holds who is responsible, on contacts and tasks alike: an owner's id, which is not the user's id. */
export const OwnerProperty = 'hubspot_owner_id'
export const NoSuchOwner =
  'HubSpot has no active user with this e-mail who can own records. Correct the e-mail, or invite the user.'

const FreshMs = 10 * 60_000
const Most = 1_000

/** Which owner an e-mail means: admins write down people, HubSpot wants numbers. */
export interface Owners {
  /** The id of an active owner; undefined when there is none, or nobody has asked HubSpot yet. */
  of(email: string): string | undefined
  /** Asks HubSpot for those that are not known. Rejects when it can't say; a token that may not read owners makes nobody known. */
  learn(emails: readonly string[], signal: AbortSignal): Promise<void>
  /** What HubSpot knows now. Null: nobody has this e-mail. */
  find(email: string, signal: AbortSignal): Promise<{ readonly id: string; readonly active: boolean } | null>
}

export function isOwnerEmail(value: FieldValue): value is string {
  return typeof value === 'string' && value.includes('@')
}

/** Keeps what it learned for ten minutes. */
export function createOwners(api: Api, crm: string, now: () => number): Owners {
  const learned = new Map<string, { readonly id: string | undefined; readonly until: number }>()

  async function list(email: string, archived: boolean, signal: AbortSignal): Promise<string | null> {
    const query = new URLSearchParams({ email, limit: '100', archived: String(archived) })
    const reply = await api.get(`${api.paths.owners}?${query}`, signal)
    if (reply.kind === 'refused') throw reply.error
    const answer = OwnersAnswer.safeParse(reply.body).data
    if (!answer) throw protocolError(crm, 'its list of owners could not be read. Please report it.', reply.status)
    const wanted = email.toLowerCase()
    return answer.results.find((owner) => owner.email?.toLowerCase() === wanted && owner.archived === archived)?.id ?? null
  }

  async function activeId(email: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await list(email, false, signal)) ?? undefined
    } catch (error) {
      // Without the scope a lead is delivered without its owner, and `verify` says why. Anything else is worth waiting for.
      if (error instanceof DeliveryError && error.status === 403) return undefined
      throw error
    }
  }

  return {
    of: (email) => learned.get(email.trim().toLowerCase())?.id,
    async learn(emails, signal) {
      for (const email of new Set(emails.map((one) => one.trim().toLowerCase()))) {
        if ((learned.get(email)?.until ?? 0) > now()) continue
        if (learned.size >= Most) learned.clear()
        learned.set(email, { id: await activeId(email, signal), until: now() + FreshMs })
      }
    },
    async find(email, signal) {
      const active = await list(email, false, signal)
      if (active !== null) return { id: active, active: true }
      const left = await list(email, true, signal)
      return left === null ? null : { id: left, active: false }
    },
  }
}
