import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import { isOrgWide } from '../../kit/passing.ts'
import { protocolError } from '../errors.ts'
import { judgeDoubles } from './doubles.ts'
import { operationOf, planWrites, type Row } from './plan.ts'
import { judgeColumns } from './refused-columns.ts'
import { type Answered, type Outcomes, type RowAnswer, rowAnswerOf, type WriteContext } from './row-answer.ts'
import { judgeThere } from './there-already.ts'

// Once as it is, then lighter by what was refused, which Dataverse says of one column after the other.
const Rounds = 6

/** Writes each record, or says why not. Every request may be made twice: new records have ids of ours, and others are changed by id. */
export async function writePeople(writes: readonly RecordWrite[], context: WriteContext): Promise<Judged<WriteOutcome>[]> {
  const { settled, turns } = planWrites(writes, context)
  const outcomes: Outcomes = new Map(settled)
  let stopped: DeliveryError | null = null
  for (const rows of turns) {
    if (stopped === null) await sendTurn(rows, outcomes, context)
    else for (const { index } of rows) outcomes.set(index, stopped)
    stopped ??= whatStops(rows, outcomes)
  }
  return writes.map((_, index) => outcomes.get(index) ?? protocolError(context.crm, 'a record was not judged. Please report it.'))
}

/** A no that met every record of a turn will meet the next ones too. */
function whatStops(rows: readonly Row[], outcomes: Outcomes): DeliveryError | null {
  const all = rows.map(({ index }) => outcomes.get(index))
  const [first] = all
  return first instanceof DeliveryError && all.every((one) => one instanceof DeliveryError && isOrgWide(one)) ? first : null
}

async function sendTurn(rows: readonly Row[], outcomes: Outcomes, context: WriteContext): Promise<void> {
  const raced = new Set<number>()
  let waiting = rows
  for (let left = Rounds; left > 0 && waiting.length > 0; left--) waiting = await sendRows(waiting, raced, outcomes, context)
}

/** Answers the rows that are worth sending once more now; `raced` holds those that lost a race once, for which that is enough. */
async function sendRows(rows: readonly Row[], raced: Set<number>, outcomes: Outcomes, context: WriteContext): Promise<Row[]> {
  const { api, signal } = context
  const replies = await api.all(
    rows.map((row) => operationOf(row, context)),
    signal,
  )
  const answers = rows.map((row, place) => ({ row, answer: rowAnswerOf(row, replies[place], context) }))
  const again: Row[] = []
  for (const { row, answer } of answers) {
    // Should nothing better be learned of it, this is what is said.
    outcomes.set(row.index, answer.kind === 'judged' ? answer.judged : answer.error)
    if (answer.kind === 'lighter') again.push(answer.row)
  }
  for (const row of await judgeThere(answers.filter(isA('there')), outcomes, context)) {
    if (!raced.has(row.index)) again.push(row)
    raced.add(row.index)
  }
  await judgeDoubles(answers.filter(isA('double')), outcomes, context)
  await judgeColumns(answers.filter(isA('unnamed')), outcomes, context)
  return again
}

function isA<K extends RowAnswer['kind']>(kind: K) {
  return (one: { readonly row: Row; readonly answer: RowAnswer }): one is Answered<K> => one.answer.kind === kind
}
