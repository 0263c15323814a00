import type { ContactChannel } from './record.ts'

/** Who said no, where to, since when. Times are ISO 8601 in UTC and come from the leads themselves. */
export interface SuppressionEntry {
  /**
   * `marketplace` is weak: a later lead may lift it. What an admin said, or an opt-out list, is strong: only an admin lifts it. `crm` is a
   * reading of the CRM's own opt-outs: never stored as an entry, and over when the CRM no longer says so.
   */
  readonly source: 'marketplace' | 'admin' | 'import' | 'crm'
  /** Which CRM says so, for `crm`. */
  readonly crm?: string
  readonly channel: 'any' | ContactChannel
  /** `publisherId.offerId` (or the title) that it covers; null covers the whole contact. */
  readonly offer: string | null
  readonly since: string
  /** Set when a later lead whose action is in `doNotContact.release` lifted a weak one, or an admin either. */
  readonly liftedAt: string | null
  /** Who lifted a weak one: a later lead when it is not told. */
  readonly liftedBy?: 'lead' | 'admin'
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
