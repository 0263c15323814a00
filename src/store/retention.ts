/** How long the parts of a lead are kept, in days, counted from its last delivery's end. */
export interface Retention {
  readonly bodyDays: number
  readonly ledgerDays: number
  readonly timelineDays: number
  readonly timelineTouches: number
  readonly quarantineDays: number
  /** Markers that find duplicates live as long as the journal, so that a replay finds them. */
  readonly journalDays: number
}

const SecondsPerDay = 86_400

export function seconds(days: number): number {
  return Math.ceil(days * SecondsPerDay)
}
