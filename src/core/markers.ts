import { cut } from './cut.ts'
import { instant } from './instant.ts'
import { type SuppressionEntry, stands } from './suppression.ts'

/** The CRM fields of Leadsync's own that show a do-not-contact; null where the CRM has none. */
export interface MarkerFields {
  readonly at: string | null
  readonly liftedAt: string | null
  readonly reason: string | null
}

export type MarkerValues = Readonly<Record<keyof MarkerFields, string | null>>

/** HubSpot and Salesforce give a plain text field at least this much. */
const ReasonLength = 250

/**
 * What the markers must say for this suppression: since when somebody must not be contacted, or, when nothing stands any more, since when
 * it was and when that ended. Null when there never was anything: then they are left alone.
 */
export function markerValues(entries: readonly SuppressionEntry[]): MarkerValues | null {
  if (entries.length === 0) return null
  const standing = entries.filter(stands)
  if (standing.length > 0) return { at: latest(standing.map((entry) => entry.since)), liftedAt: null, reason: reason(standing) }
  return {
    at: latest(entries.map((entry) => entry.since)),
    liftedAt: latest(entries.flatMap((entry) => entry.liftedAt ?? [])),
    reason: cut(`${lift(entries)} Before: ${reason(entries)}`, ReasonLength),
  }
}

function latest(times: readonly string[]): string | null {
  const known = times.map(instant).filter((ms) => ms !== undefined)
  return known.length === 0 ? null : new Date(Math.max(...known)).toISOString()
}

function lift(entries: readonly SuppressionEntry[]): string {
  const byLead = ({ source, liftedBy }: SuppressionEntry) => source === 'marketplace' && liftedBy !== 'admin'
  const customer = entries.some(byLead)
  const admin = entries.some((entry) => !byLead(entry))
  const who = [...(customer ? ['the customer asked to be contacted again'] : []), ...(admin ? ['an admin took it back'] : [])]
  return `Lifted: ${who.join(', ')}.`
}

const Sources = { admin: 'An admin', import: 'An opt-out list', marketplace: 'Microsoft marketplace', crm: 'The CRM' } as const
const Refused = { any: 'do not contact', email: 'do not e-mail', phone: 'do not phone' } as const

/** The same entries in any order give the same text, or every delivery would write it anew. What a person said comes first. */
function reason(entries: readonly SuppressionEntry[]): string {
  const texts = Object.keys(Sources).flatMap((source) =>
    Object.keys(Refused).map((channel) => said(entries.filter((one) => one.source === source && one.channel === channel))),
  )
  return cut(texts.filter((text) => text !== null).join('; '), ReasonLength)
}

/** What entries of one source and channel say together; null when there are none. */
function said(entries: readonly SuppressionEntry[]): string | null {
  const [first] = entries
  if (!first) return null
  const offers = entries.map((entry) => entry.offer)
  const covered = offers.includes(null) ? 'any offer' : [...new Set(offers)].sort().join(', ')
  const words = [...new Set(entries.map((entry) => entry.reason ?? ''))].filter((one) => one !== '').sort()
  const why = first.source === 'marketplace' ? ' (DNC)' : words.length > 0 ? ` (${words.join(', ')})` : ''
  return `${Sources[first.source]}: ${Refused[first.channel]} about ${covered}${why}`
}
