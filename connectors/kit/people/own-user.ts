import { DeliveryError, type Judged, type Match, type MatchedRecord } from '../../../src/core/index.ts'
import { isPassing } from '../passing.ts'

/**
 * The matches, without the owners who are `own`: where each record must have an owner, those that nobody was given are Leadsync's own user's.
 * Rejects when it can't be told now who that is; `own` is asked only where a record has an owner.
 */
export async function ownedByOthers(
  matches: readonly Judged<Match>[],
  own: () => Promise<string>,
): Promise<readonly Judged<Match>[]> {
  if (!matches.some(isOwned)) return matches
  const us = await nullIfNeverTold(own)
  return us === null ? matches : matches.map((match) => withoutOwner(match, us))
}

function isOwned(match: Judged<Match>): boolean {
  if (match instanceof DeliveryError || match.kind === 'none') return false
  return match.kind === 'one' ? match.record.owner !== null : match.records.some(({ owner }) => owner !== null)
}

/** A credential that does not say whose it is must not hold up deliveries. */
async function nullIfNeverTold(own: () => Promise<string>): Promise<string | null> {
  try {
    return await own()
  } catch (error) {
    if (error instanceof DeliveryError && !isPassing(error)) return null
    throw error
  }
}

function withoutOwner(match: Judged<Match>, us: string): Judged<Match> {
  if (match instanceof DeliveryError || match.kind === 'none') return match
  const freed = (record: MatchedRecord) => (record.owner === us ? { ...record, owner: null } : record)
  return match.kind === 'one' ? { kind: 'one', record: freed(match.record) } : { kind: 'many', records: match.records.map(freed) }
}
