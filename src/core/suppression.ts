import type { ContactChannel } from './record.ts'

/** Who said no, where to, since when. Times are ISO 8601 in UTC and come from the leads themselves. */
export interface SuppressionEntry {
  /** `marketplace` is weak: a later lead may lift it. What an admin said, or an opt-out list, is strong: only an admin lifts it. */
  readonly source: 'marketplace' | 'admin' | 'import'
  readonly channel: 'any' | ContactChannel
  /** `publisherId.offerId` (or the title) that it covers; null covers the whole contact. */
  readonly offer: string | null
  readonly since: string
  /** Set when a later lead whose action is in `doNotContact.release` lifted a weak one, or an admin a strong one. */
  readonly liftedAt: string | null
  /** In the words of whoever made a strong one. */
  readonly reason?: string | null
  /** In the words of whoever lifted a strong one. */
  readonly liftReason?: string | null
}

/** An entry stands unless it was lifted after it was made: where two times can't be ordered, the no wins. */
export function stands(entry: SuppressionEntry): boolean {
  return entry.liftedAt === null || Date.parse(entry.liftedAt) <= Date.parse(entry.since)
}

export interface DoNotContactRules {
  /** What a DNC covers: the offer it names (default), or everything of the contact. No readable offer → contact. */
  readonly scope: 'offer' | 'contact'
  /** Actions by which the customer asks to be contacted again. */
  readonly release: readonly string[]
}
