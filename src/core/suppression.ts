/** Who said no, where to, since when. Times are ISO 8601 in UTC and come from the leads themselves. */
export interface SuppressionEntry {
  readonly source: 'marketplace'
  readonly channel: 'any'
  /** `publisherId.offerId` (or the title) that it covers; null covers the whole contact. */
  readonly offer: string | null
  readonly since: string
  /** Set when a later lead whose action is in `doNotContact.release` lifted it. */
  readonly liftedAt: string | null
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
