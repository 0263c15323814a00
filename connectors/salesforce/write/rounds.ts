import { DeliveryError, type Judged, type WriteOutcome } from '../../../src/core/index.ts'
import type { Reach, Refused, Sent } from '../../kit/bisect.ts'
import { isOrgWide } from '../../kit/passing.ts'
import type { Api } from '../api.ts'
import { protocolError, type Refusal, sentence } from '../errors.ts'
import { CollectionAnswer } from '../wire.ts'
import { bodyOf, type PlannedRequest, type Row } from './plan.ts'
import { type AnswerContext, noteFields, rowAnswerOf } from './row-answer.ts'
import { untilUnlocked } from './row-locks.ts'
import { maySpareOthers, type Strikes, worthFewer } from './triggers.ts'

export type SentRows = Sent<Row, WriteOutcome>
export type Outcomes = Map<Row, Judged<WriteOutcome>>

export interface SendContext extends AnswerContext {
  readonly api: Api
  readonly signal: AbortSignal
  readonly strikes: Strikes
  /** `once`: of a batch that is being taken apart. */
  readonly tries: 'again' | 'once'
}

/** Sends rows, and in the same call those again whose record was locked, that had an owner who can't be one, or of which the answer said nothing. */
export async function sendInRounds(request: PlannedRequest, rows: readonly Row[], context: SendContext): Promise<SentRows> {
  const outcomes: Outcomes = new Map()
  /** As the rows are sent by now. */
  const current = new Map(rows.map((row) => [row, row]))
  const askedAgain = new Set<Row>()
  const struck = new Set<Row>()
  let whole: Refused | null = null

  async function send(part: readonly Row[]): Promise<readonly Row[]> {
    const sent = part.map((row) => current.get(row) ?? row)
    const answers = await sendOnce(request, sent, context)
    if (!Array.isArray(answers)) {
      if (outcomes.size === 0) whole = answers
      for (const row of part) outcomes.set(row, answers.error)
      return []
    }
    return part.filter((row, place) => !isSettled(row, sent[place] ?? row, answers[place]))
  }

  function isSettled(row: Row, sent: Row, given: CollectionAnswer[number] | undefined): boolean {
    const answer = rowAnswerOf(sent, given, context)
    struck.delete(row)
    if (answer.kind === 'judged' || answer.kind === 'struck') {
      if (answer.kind === 'struck') struck.add(row)
      outcomes.set(row, answer.judged)
      return true
    }
    // Should there be no further round, this is what is said of it.
    outcomes.set(row, answer.kind === 'locked' ? locked(context) : unanswered(context))
    if (answer.kind === 'lighter') current.set(row, answer.row)
    if (answer.kind !== 'silent') return false
    const isKnown = request.way === 'create' || askedAgain.has(row)
    askedAgain.add(row)
    return isKnown
  }

  await untilUnlocked(rows, context.signal, send)
  const undecided = undecidedOf(struck, outcomes, context.strikes)
  for (const row of undecided) outcomes.delete(row)
  return whole ?? { kind: 'answered', judged: outcomes, undecided }
}

/** Of each kind by itself: they may share a request, but not their triggers. */
function undecidedOf(struck: ReadonlySet<Row>, outcomes: Outcomes, strikes: Strikes): Row[] {
  return (['lead', 'contact'] as const).flatMap((kind) => {
    const mine = [...outcomes].filter(([row]) => row.kind === kind)
    const taken = mine.filter(([, outcome]) => !(outcome instanceof DeliveryError)).length
    const ofKind = new Set([...struck].filter((row) => row.kind === kind))
    return mine.length === 0 ? [] : worthFewer(ofKind, { sent: mine.length, taken }, strikes)
  })
}

async function sendOnce(
  { way, method, path, headers }: PlannedRequest,
  rows: readonly Row[],
  context: SendContext,
): Promise<CollectionAnswer | Refused> {
  const { api, crm, signal, tries } = context
  const reply = await (way === 'create' || tries === 'once'
    ? api.create(method, path, bodyOf(rows), signal, headers)
    : api.send(method, path, bodyOf(rows), signal, headers))
  if (reply.kind === 'refused') return refusedWhole(reply, way, rows.length, context)
  const answer = CollectionAnswer.safeParse(reply.body).data
  if (answer?.length === rows.length) return answer
  const say = 'its answer to a write could not be read, or speaks of more or fewer records than were sent. Please report it.'
  return refused(protocolError(crm, say, reply.status), 'request')
}

function refusedWhole(refusal: Refusal, way: PlannedRequest['way'], sent: number, context: SendContext): Refused {
  const { error, statusCode, fields, isBare = false } = refusal
  const isChanged = noteFields(refusal, context)
  // The address of an upsert names no record: what is not found is the external id field, or the user may not see it.
  if (way === 'upsert' && statusCode === 'NOT_FOUND') {
    context.org.doubt(context.now())
    return refused(conflict(context, 'it does not know the contact id field any more. The org is looked at again.'), 'request')
  }
  // Without a name nothing can be left out; once the fields were read anew, what is not there is not sent.
  if (isChanged && fields.length === 0) {
    return refused(conflict(context, 'a field is not there any more, or hidden. The org is looked at again.'), 'row')
  }
  // Salesforce breaks over single records too. Taken for an outage, such a one would keep back everybody who is sent with it.
  if (statusCode === 'UNKNOWN_EXCEPTION' && maySpareOthers(sent, context.strikes)) return refused(error, 'row')
  return { ...refused(error, isChanged ? 'field' : reachOf(error)), isBare }
}

export function reachOf(error: DeliveryError): Reach {
  if (isOrgWide(error)) return 'org'
  return error.code === 'conflict' ? 'request' : 'row'
}

export function refused(error: DeliveryError, reach: Reach): Refused {
  return { kind: 'refused', error, reach }
}

export function conflict({ crm }: { readonly crm: string }, say: string): DeliveryError {
  return new DeliveryError('conflict', sentence(crm, say))
}

function locked(context: SendContext): DeliveryError {
  return conflict(context, 'somebody else is writing the record, or its Account. It is tried again.')
}

function unanswered({ crm }: SendContext): DeliveryError {
  return protocolError(crm, 'it said yes to a batch but did not say what became of this record. Please report it.', 200)
}
