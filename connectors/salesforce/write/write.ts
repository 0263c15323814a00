import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import { type Effort, judgeRows } from '../../kit/bisect.ts'
import type { Suspicion } from '../../kit/doubt.ts'
import { protocolError, sentence } from '../errors.ts'
import { doubtOf } from '../requests/doubt.ts'
import { type ClosedSettings, refuseClosed } from './closed.ts'
import { type CreateContext, createRows } from './create.ts'
import { type PlanContext, type PlannedRequest, planWrites, type Row } from './plan.ts'
import { type SendContext, type SentRows, sendInRounds } from './rounds.ts'

export interface WriteContext
  extends Omit<SendContext, 'strikes' | 'tries'>,
    Omit<PlanContext, 'settings'>,
    Omit<CreateContext, 'settings' | 'strikes' | 'tries'> {
  readonly settings: PlanContext['settings'] & ClosedSettings
  readonly effort: Effort
  readonly suspicion: Suspicion
}

/** Writes each record, or says why not. Updates by id and upserts may be made twice; a plain create is looked for before and after. */
export async function writePeople(writes: readonly RecordWrite[], context: WriteContext): Promise<Judged<WriteOutcome>[]> {
  const { settled, requests } = planWrites(writes, context)
  const judged = new Map(settled)
  const sending = { ...context, strikes: { aloneInARow: 0 } }
  for (const request of requests) {
    const batches = {
      send: (part: readonly Row[], tries: 'again' | 'once') => sendRows(request, part, { ...sending, tries }),
      doubt: doubtOf<Row>(request, context),
      names: ({ record }: Row, fields: readonly string[]) => fields.some((field) => field in record),
      exhausted: () => tooManyRefused(context.crm),
    }
    const outcomes = await judgeRows<Row, WriteOutcome>(request.rows, batches, context.effort)
    for (const [row, outcome] of outcomes) judged.set(row.index, outcome)
  }
  return writes.map((_, index) => judged.get(index) ?? protocolError(context.crm, 'a record was not judged. Please report it.'))
}

async function sendRows(request: PlannedRequest, rows: readonly Row[], context: WriteContext & SendContext): Promise<SentRows> {
  if (request.way === 'create') return createRows(request, rows, context)
  const sent = await sendInRounds(request, rows, context)
  if (request.way !== 'upsert' || sent.kind === 'refused') return sent
  const outcomes = new Map(sent.judged)
  await refuseClosed(outcomes, context)
  return { ...sent, judged: outcomes }
}

function tooManyRefused(crm: string): DeliveryError {
  return new DeliveryError('unavailable', sentence(crm, 'it refused too many records of one batch. The rest is sent later.'))
}
