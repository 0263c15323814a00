import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../src/core/index.ts'
import { type Effort, judgeRows, type Sent } from '../kit/bisect.ts'
import type { Suspicion } from '../kit/doubt.ts'
import type { Holders } from '../kit/holders.ts'
import type { Api } from './api.ts'
import { doubtOf } from './doubt.ts'
import { type Circumstances, protocolError, type Refusal, rowRefusalOf, sentence } from './errors.ts'
import type { Org } from './org.ts'
import { bodyOf, type PlanContext, planWrites, type Row } from './plan.ts'
import { BatchAnswer, type ContactRow } from './wire.ts'

export interface WriteContext extends PlanContext {
  readonly api: Api
  readonly org: Org
  readonly holders: Holders<string>
  readonly circumstances: () => Circumstances
  readonly signal: AbortSignal
  readonly effort: Effort
  readonly suspicion: Suspicion
}

type SentRows = Sent<Row, WriteOutcome>

interface SendContext extends WriteContext {
  /** Rows that a whole answer said nothing of: they are sent once more before that is called a defect. */
  readonly askedAgain: Set<Row>
}

/** Writes each record, or says why not. Every request may be made twice: updates by id, upserts by a unique property. */
export async function writeContacts(writes: readonly RecordWrite[], context: WriteContext): Promise<Judged<WriteOutcome>[]> {
  const plan = planWrites(writes, context)
  const judged = new Map(plan.settled)
  const askedAgain = new Set<Row>()
  for (const { path, rows } of plan.requests) {
    const batches = {
      send: (part: readonly Row[], tries: 'again' | 'once') => sendRows(path, part, tries, { ...context, askedAgain }),
      doubt: doubtOf<Row>(path, context),
      names: ({ input }: Row, fields: readonly string[]) => fields.some((field) => field in input.properties),
      exhausted: () =>
        new DeliveryError(
          'unavailable',
          sentence(context.crm, 'it refused too many records of one batch. The rest is sent later.'),
        ),
    }
    for (const [row, outcome] of await judgeRows<Row, WriteOutcome>(rows, batches, context.effort)) judged.set(row.index, outcome)
  }
  return writes.map((_, index) => judged.get(index) ?? protocolError(context.crm, 'a record was not judged. Please report it.'))
}

async function sendRows(path: string, rows: readonly Row[], tries: 'again' | 'once', context: SendContext): Promise<SentRows> {
  const { api, signal } = context
  const reply = await (tries === 'again' ? api.post(path, bodyOf(rows), signal) : api.create(path, bodyOf(rows), signal))
  if (reply.kind === 'refused') {
    takeNote(reply, rows, context)
    return reply
  }
  const answer = BatchAnswer.safeParse(reply.body).data
  if (!answer)
    return {
      kind: 'refused',
      error: protocolError(context.crm, 'its answer to a write could not be read.', reply.status),
      reach: 'request',
    }
  return settleRows(rows, answer, reply.status, context)
}

function settleRows(rows: readonly Row[], answer: BatchAnswer, status: number, context: SendContext): SentRows {
  const judged = new Map<Row, Judged<WriteOutcome>>()
  const unnamed: Refusal[] = []
  for (const error of answer.errors) {
    const refusal = rowRefusalOf(error, context.circumstances())
    const traces = error.context.objectWriteTraceId ?? []
    const ids = (error.context.ids ?? []).map((id) => id.toLowerCase())
    const named = rows.filter(({ input }) => traces.includes(input.objectWriteTraceId) || ids.includes(input.id.toLowerCase()))
    takeNote(refusal, named, context)
    for (const row of named) judged.set(row, refusal.error)
    if (named.length === 0) unnamed.push(refusal)
  }
  const isDone = answer.status === undefined || answer.status === 'COMPLETE'
  const strays: ContactRow[] = []
  for (const result of isDone ? answer.results : []) {
    const row = rowOf(result, rows)
    // A row that is among the errors too is not done: sending it again costs less than believing it.
    if (row && !judged.has(row)) judged.set(row, outcomeOf(row, result))
    if (!row && result.objectWriteTraceId === undefined) strays.push(result)
  }
  const rest = rows.filter((row) => !judged.has(row))
  // A merged record answers under the survivor's id. Alone in a batch it is plain whose error, or whose answer, the nameless one is.
  if (rows.length > 1 && (unnamed.length > 0 || strays.length > 0)) return { kind: 'answered', judged, undecided: rest }
  const undecided: Row[] = []
  for (const row of rest) {
    const sole = soleAnswer(row, unnamed[0], strays[0])
    if (sole === null && isDone && !context.askedAgain.has(row)) undecided.push(row)
    else judged.set(row, sole ?? unanswered(isDone, status, context.crm))
    context.askedAgain.add(row)
  }
  return { kind: 'answered', judged, undecided }
}

function soleAnswer(row: Row, refusal: Refusal | undefined, result: ContactRow | undefined): Judged<WriteOutcome> | null {
  if (refusal) return refusal.error
  return result ? outcomeOf(row, result) : null
}

// Results come in any order and their e-mails in lower case, so only the trace id tells; an update may be told by its record id as well.
function rowOf(result: ContactRow, rows: readonly Row[]): Row | undefined {
  if (result.objectWriteTraceId !== undefined)
    return rows.find(({ input }) => input.objectWriteTraceId === result.objectWriteTraceId)
  return rows.find(({ input }) => input.idProperty === undefined && input.id === result.id)
}

function outcomeOf({ input, dropped }: Row, result: ContactRow): WriteOutcome {
  const isNew = input.idProperty !== undefined && result.new === true
  return { object: 'contact', id: result.id, result: isNew ? 'created' : 'updated', dropped }
}

// HubSpot answered 200 COMPLETE to bodies it did nothing with (https://github.com/rudderlabs/rudder-transformer/pull/5147).
function unanswered(isDone: boolean, status: number, crm: string): DeliveryError {
  if (isDone)
    return protocolError(crm, 'it said yes to a batch but did not say what became of this record. Please report it.', status)
  return new DeliveryError('unavailable', sentence(crm, 'it has not finished the batch. It is sent again.'), { status })
}

/** What a refusal teaches for the next call: that the properties have changed, or who holds an e-mail. */
function takeNote({ reach, existingId }: Refusal, rows: readonly Row[], { org, holders }: WriteContext): void {
  if (reach === 'field') org.staleAt = 0
  const [row] = rows
  const email = row?.input.properties.email
  if (rows.length === 1 && email && existingId) holders.learn(email, existingId)
}
