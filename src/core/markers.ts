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
    reason: cut(`Lifted: the customer asked to be contacted again. Before: ${reason(entries)}`, ReasonLength),
  }
}

function latest(times: readonly string[]): string | null {
  const known = times.map(instant).filter((ms) => ms !== undefined)
  return known.length === 0 ? null : new Date(Math.max(...known)).toISOString()
}

/** The same entries in any order give the same text, or every delivery would write it anew. */
function reason(entries: readonly SuppressionEntry[]): string {
  const offers = entries.map((entry) => entry.offer)
  const covered = offers.includes(null) ? 'any offer' : [...new Set(offers)].sort().join(', ')
  return cut(`Microsoft marketplace: do not contact about ${covered} (DNC)`, ReasonLength)
}
