import type { Refusal } from '../errors.ts'

/** What is known of the org's own triggers within one call. */
export interface Strikes {
  /** Records that were refused although they were sent alone, since the last one that was taken. */
  aloneInARow: number
}

const Codes = new Set(['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'CANNOT_EXECUTE_FLOW_TRIGGER', 'APEX_ERROR', 'LIMIT_EXCEEDED'])

// By then the triggers refuse whatever comes, and to ask for each record would only use up the day's requests.
const MostAlone = 3

/** Whether one of the org's own triggers or flows refused a record. */
export function isTriggers({ statusCode }: Pick<Refusal, 'statusCode'>): boolean {
  return statusCode !== null && Codes.has(statusCode)
}

/**
 * Which of the rows that triggers refused are worth sending again, fewer at a time. Triggers run once for all records of a kind in a request:
 * where none of them was taken, one may be to blame, or that they were so many.
 * https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_gov_limits.htm
 */
export function worthFewer<R>(
  struck: ReadonlySet<R>,
  { sent, taken }: { readonly sent: number; readonly taken: number },
  strikes: Strikes,
): R[] {
  if (taken > 0) strikes.aloneInARow = 0
  if (taken > 0 || struck.size === 0) return []
  return maySpareOthers(sent, strikes) && struck.size > 1 ? [...struck] : []
}

/** After a refusal of so many together: whether others may still fare better by themselves. */
export function maySpareOthers(sent: number, strikes: Strikes): boolean {
  if (sent === 1) strikes.aloneInARow += 1
  return strikes.aloneInARow < MostAlone
}
