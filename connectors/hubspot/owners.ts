import { DeliveryError, type FieldValue } from '../../src/core/index.ts'
import type { Api } from './api.ts'
import { protocolError } from './errors.ts'
import { OwnersAnswer, WireOwner } from './wire.ts'

/** The property that holds who is responsible, on contacts and tasks alike: an owner's id, which is not the user's id. */
export const OwnerProperty = 'hubspot_owner_id'
export const NoSuchOwner =
  'HubSpot has no active user with this e-mail or owner id who can own records. Correct it, or invite the user.'

const FreshMs = 10 * 60_000
const Most = 1_000
const PageSize = '100'

/** Which owner an e-mail means: admins write down people, HubSpot wants numbers. */
export interface Owners {
  /** The id of an active owner, named by e-mail or id; undefined when there is none. Nobody has asked yet: an id is taken as it is. */
  of(owner: string): string | undefined
  /** Asks HubSpot for those that are not known. Rejects when it can't say; a token that may not read owners makes no e-mail known. */
  learn(owners: readonly string[], signal: AbortSignal): Promise<void>
  /** What HubSpot knows now. Null: nobody has this e-mail. */
  find(email: string, signal: AbortSignal): Promise<{ readonly id: string; readonly active: boolean } | null>
}

export function isOwnerEmail(value: FieldValue): value is string {
  return typeof value === 'string' && value.includes('@')
}

/** Keeps what it learned for ten minutes. */
export function createOwners(api: Api, crm: string, now: () => number): Owners {
  const learned = new Map<string, { readonly id: string | undefined; readonly until: number }>()

  async function page(query: URLSearchParams, signal: AbortSignal): Promise<OwnersAnswer> {
    const reply = await api.get(`${api.paths.owners}?${query}`, signal)
    if (reply.kind === 'refused') throw reply.error
    const answer = OwnersAnswer.safeParse(reply.body).data
    if (!answer) throw unreadable(reply.status)
    return answer
  }

  async function byEmail(email: string, archived: boolean, signal: AbortSignal): Promise<string | null> {
    const query = new URLSearchParams({ email, limit: PageSize, archived: String(archived) })
    const { results } = await page(query, signal)
    const wanted = keyOf(email)
    return results.find((owner) => keyOf(owner.email ?? '') === wanted && owner.archived === archived)?.id ?? null
  }

  async function byId(id: string, signal: AbortSignal): Promise<string | null> {
    const query = new URLSearchParams({ idProperty: 'id', archived: 'false' })
    const reply = await api.get(`${api.paths.owners}/${id}?${query}`, signal)
    // Somebody who left too. HubSpot documents no body for it; were the address itself wrong, no other call would get through either.
    if (reply.kind === 'refused' && reply.error.status === 404) return null
    if (reply.kind === 'refused') throw reply.error
    const owner = WireOwner.safeParse(reply.body).data
    if (!owner) throw unreadable(reply.status)
    return owner.archived ? null : owner.id
  }

  /** Everybody who is active, on this many pages at most. */
  async function everybody(pages: number, signal: AbortSignal): Promise<{ owners: WireOwner[]; isAll: boolean }> {
    const owners: WireOwner[] = []
    let after: string | null = null
    for (let count = 0; count < pages; count += 1) {
      const query = new URLSearchParams({ limit: PageSize, archived: 'false', ...(after === null ? {} : { after }) })
      const { results, paging } = await page(query, signal)
      owners.push(...results.filter(({ archived }) => !archived))
      after = paging?.next.after ?? null
      if (after === null) return { owners, isAll: true }
    }
    return { owners, isAll: false }
  }

  /** Of several, the list of all tells in a request or two; it is left where asking for each one is less work. */
  async function activeOf(names: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
    const { owners, isAll } = names.length > 1 ? await everybody(names.length, signal) : { owners: [], isAll: false }
    const active = new Map(owners.flatMap(({ id, email }) => [[id, id] as const, [keyOf(email ?? ''), id] as const]))
    for (const name of names) {
      if (isAll || active.has(name)) continue
      const id = isOwnerId(name) ? await byId(name, signal) : await byEmail(name, false, signal)
      if (id !== null) active.set(name, id)
    }
    return active
  }

  async function ask(names: readonly string[], signal: AbortSignal): Promise<(name: string) => string | undefined> {
    try {
      const active = await activeOf(names, signal)
      return (name) => active.get(name)
    } catch (error) {
      // Without the scope a lead is delivered without its owner, and `verify` says why. Anything else is worth waiting for.
      if (error instanceof DeliveryError && error.status === 403) return (name) => (isOwnerId(name) ? name : undefined)
      throw error
    }
  }

  function unreadable(status: number): DeliveryError {
    return protocolError(crm, 'its list of owners could not be read. Please report it.', status)
  }

  return {
    of(owner) {
      const name = keyOf(owner)
      const known = learned.get(name)
      if (known) return known.id
      return isOwnerId(name) ? name : undefined
    },
    async learn(owners, signal) {
      const wanted = new Set(owners.map(keyOf).filter((name) => isOwnerEmail(name) || isOwnerId(name)))
      const unknown = [...wanted].filter((name) => (learned.get(name)?.until ?? 0) <= now())
      if (unknown.length === 0) return
      const idOf = await ask(unknown, signal)
      if (learned.size + unknown.length > Most) for (const name of learned.keys()) if (!wanted.has(name)) learned.delete(name)
      for (const name of unknown) learned.set(name, { id: idOf(name), until: now() + FreshMs })
    },
    async find(email, signal) {
      const active = await byEmail(email, false, signal)
      if (active !== null) return { id: active, active: true }
      const left = await byEmail(email, true, signal)
      return left === null ? null : { id: left, active: false }
    },
  }
}

function isOwnerId(owner: string): boolean {
  return /^\d{1,20}$/.test(owner)
}

function keyOf(owner: string): string {
  return owner.trim().toLowerCase()
}
