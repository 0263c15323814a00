import { DeliveryError, type Judged, type WriteOutcome } from '../../../src/core/index.ts'
import type { Refused } from '../../kit/bisect.ts'
import { sentence } from '../errors.ts'
import { findMade, type MadeContext } from './made-before.ts'
import type { PlannedRequest, Row } from './plan.ts'
import { conflict, type Outcomes, reachOf, refused, type SendContext, type SentRows, sendInRounds } from './rounds.ts'

export type CreateContext = SendContext & MadeContext

/**
 * Creates in an org that has no field for the contact id. What is there already is for the next match to find; where no answer said what
 * became of a record, it is looked for at once, and never made a second time on a guess.
 */
export async function createRows(request: PlannedRequest, rows: readonly Row[], context: CreateContext): Promise<SentRows> {
  const before = await findMade(rows, context)
  if (before instanceof DeliveryError) return refused(before, reachOf(before))
  const outcomes: Outcomes = new Map()
  for (const row of rows) {
    const ids = before.get(row) ?? []
    if (ids.length > 0) outcomes.set(row, standsThere(row, ids, context))
  }
  const missing = rows.filter((row) => !outcomes.has(row))
  if (missing.length === 0) return { kind: 'answered', judged: outcomes, undecided: [] }
  const sent = await sendInRounds(request, missing, context)
  if (sent.kind === 'refused' && !mayHaveHappened(sent.error)) return sent
  const undecided = sent.kind === 'refused' ? [] : sent.undecided
  for (const row of missing) {
    const outcome = sent.kind === 'refused' ? sent.error : sent.judged.get(row)
    if (outcome) outcomes.set(row, outcome)
  }
  await lookAfterSilence(outcomes, context)
  if (sent.kind === 'refused' && isWorthTakingApart(sent, missing, outcomes)) return sent
  return { kind: 'answered', judged: outcomes, undecided }
}

/** A gateway that gave up waiting may still have it carried out: only where Salesforce itself broke is the rest worth another try now. */
function isWorthTakingApart({ isBare, error }: Refused, missing: readonly Row[], outcomes: Outcomes): boolean {
  return isBare === true && error.status === 500 && missing.every((row) => outcomes.get(row) === error)
}

async function lookAfterSilence(outcomes: Outcomes, context: CreateContext): Promise<void> {
  const silent = [...outcomes].flatMap(([row, outcome]) => (mayHaveHappened(outcome) ? [row] : []))
  if (silent.length === 0 || context.signal.aborted) return
  const since = await findMade(silent, context)
  if (since instanceof DeliveryError) return
  for (const row of silent) {
    const [id, ...more] = since.get(row) ?? []
    if (id !== undefined && more.length === 0)
      outcomes.set(row, { object: row.kind, id, result: 'created', dropped: row.dropped })
  }
}

function standsThere({ kind, write }: Row, ids: readonly string[], { crm, holders }: CreateContext): DeliveryError {
  const [id, ...more] = ids
  if (id !== undefined && more.length === 0) {
    // One with an e-mail is found by that; no match looks for names.
    if (write.email === null) holders.learn(write.contactId, { object: kind, id })
    return conflict({ crm }, 'the customer was entered meanwhile. The record is looked up.')
  }
  const say = `${ids.length} records have this e-mail, or this name and phone, already. Merge them, then replay.`
  return new DeliveryError('multiple_matches', sentence(crm, say))
}

function mayHaveHappened(outcome: Judged<WriteOutcome> | undefined): boolean {
  if (!(outcome instanceof DeliveryError)) return false
  return outcome.code === 'unavailable' || (outcome.code === 'protocol' && (outcome.status ?? 200) < 300)
}
