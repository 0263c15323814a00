import type { MarkersModel } from './contact-model.ts'

/** Of a whole contact, or about one offer. */
export const AnyOffer = '*'

/** What leads and admins said, in the order of its coming. Times are in ms of the epoch. */
export interface Said {
  readonly by: 'marketplace' | 'admin'
  readonly channel: 'any' | 'email' | 'phone'
  readonly offer: string
  readonly since: number
  readonly liftedAt: number | null
}

export interface Signal {
  readonly at: number
  readonly action: string
  readonly offer: string | null
}

/**
 * The marketplace's own, from all the leads of a contact: of each scope the latest no, and whether a "contact me" about it came after it.
 * One about an offer takes back the no to that offer and the no to everything. An admin may take back any: `takenBack` holds when, by offer.
 */
export function saidByLeads(leads: readonly Signal[], takenBack: ReadonlyMap<string, number>): Said[] {
  const scopes = new Set(leads.filter(({ action }) => action === 'DNC').map(({ offer }) => offer ?? AnyOffer))
  return [...scopes].map((scope) => {
    const noes = leads.filter(({ action, offer }) => action === 'DNC' && (offer ?? AnyOffer) === scope)
    const lifts = leads.filter(({ action, offer }) => action === 'PLT' && (scope === AnyOffer || offer === scope))
    const ends = [...lifts.map(({ at }) => at), ...(takenBack.has(scope) ? [takenBack.get(scope) ?? 0] : [])]
    const liftedAt = ends.length > 0 ? Math.max(...ends) : null
    return { by: 'marketplace', channel: 'any', offer: scope, since: Math.max(...noes.map(({ at }) => at)), liftedAt }
  })
}

/** Where two times can't be ordered, the no wins. */
export function standsModel({ since, liftedAt }: Said): boolean {
  return liftedAt === null || liftedAt <= since
}

/** What the markers must show: since when somebody must not be contacted, else since when it was and when that ended. */
export function markersModel(said: readonly Said[]): MarkersModel | null {
  if (said.length === 0) return null
  const standing = said.filter(standsModel)
  const at = toTheSecond(Math.max(...(standing.length > 0 ? standing : said).map(({ since }) => since)))
  if (standing.length > 0) return { at, liftedAt: null }
  return { at, liftedAt: toTheSecond(Math.max(...said.map(({ liftedAt }) => liftedAt ?? 0))) }
}

/** No follow-up is covered by a standing no of its channel about its offer; who does not say about which offer may mean any. */
export function mayFollowUp(said: readonly Said[], { action, offer }: Signal, channel: 'email' | 'phone'): boolean {
  if (action === 'DNC') return false
  return !said.some(
    (one) =>
      standsModel(one) &&
      (one.channel === 'any' || one.channel === channel) &&
      (one.offer === AnyOffer || offer === null || one.offer === offer),
  )
}

/** The same no is not noted twice while it stands. */
export function withNo(said: readonly Said[], no: Said): readonly Said[] {
  const isThere = said.some(({ channel, offer, liftedAt }) => channel === no.channel && offer === no.offer && liftedAt === null)
  return isThere ? said : [...said, no]
}

/** A lift comes after what it lifts, whatever the clock shows. */
export function lifted(said: readonly Said[], at: number): readonly Said[] {
  return said.map((one) => (one.liftedAt === null ? { ...one, liftedAt: Math.max(at, one.since + 1) } : one))
}

export function toTheSecond(ms: number): number {
  return Math.floor(ms / 1_000)
}
