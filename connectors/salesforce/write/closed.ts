import { DeliveryError } from '../../../src/core/index.ts'
import { type QueryContext, query } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { Settings } from '../settings.ts'
import type { WireRecord } from '../wire.ts'
import type { Row } from './plan.ts'
import { conflict, type Outcomes } from './rounds.ts'

export type ClosedSettings = Pick<Settings, 'closedStatuses'>

/**
 * An upsert takes whatever holds the key. A Lead that somebody closed or converted since the match got a few fields too many, which can't be
 * helped; but the customer's lead must not be lost in it: matched again, it gets what a newer lead of a closed record gets.
 */
export async function refuseClosed(
  outcomes: Outcomes,
  context: QueryContext & { readonly settings: ClosedSettings },
): Promise<void> {
  const met = new Map<Row, string>()
  for (const [row, outcome] of outcomes) {
    if (row.kind === 'lead' && !(outcome instanceof DeliveryError) && outcome.result === 'updated') met.set(row, outcome.id)
  }
  if (met.size === 0) return
  const soql = `SELECT Id, IsConverted, Status FROM Lead WHERE ${inList('Id', [...met.values()])}`
  const [records = []] = await query([{ soql }], context)
  const done =
    records instanceof DeliveryError
      ? records
      : new Set(records.filter((one) => isDone(one, context.settings)).map(({ Id }) => Id))
  for (const [row, id] of met) {
    if (done instanceof DeliveryError) outcomes.set(row, done)
    else if (done.has(id))
      outcomes.set(row, conflict(context, 'the Lead was closed or converted meanwhile. It is looked up again.'))
  }
}

/** Whether a Lead, as it was read, is nobody's work any more. */
export function isDone({ IsConverted, Status }: WireRecord, { closedStatuses }: ClosedSettings): boolean {
  if (IsConverted === true) return true
  return typeof Status === 'string' && closedStatuses.some((status) => status.toLowerCase() === Status.toLowerCase())
}
