import { DeliveryError, type Judged, type RecordRef, type TaskState } from '../../../src/core/index.ts'
import { withdrawUntouched } from '../../kit/tasks.ts'
import { type Refusal, rowRefusalOf, sentence } from '../errors.ts'
import { isId, longId } from '../org/ids.ts'
import { answersFor } from '../requests/collection-answer.ts'
import { query } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'
import { untilUnlocked } from '../write/row-locks.ts'
import { changedFields, chunksOf } from './activity-lookup.ts'
import { type StyleContext, styleOf } from './task-style.ts'
import { TaskFields, type TaskStyle, taskState, withdrawnSubject } from './task-text.ts'

const Withdrawn: TaskState = { status: 'withdrawn', touched: false }
const Gone: TaskState = { status: 'gone', touched: false }
const GoneCodes = new Set(['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY', 'NOT_FOUND'])

/** How each task stands, those in the recycle bin and archived ones included. */
export async function readTasks(refs: readonly RecordRef[], context: StyleContext): Promise<Judged<TaskState>[]> {
  const style = await styleOf(context)
  if (style instanceof DeliveryError) return refs.map(() => style)
  const read = await readRecords(refs, context)
  return refs.map((ref) => stateOf(ref, read, style))
}

/**
 * Puts aside the open tasks that stand as they were made. Salesforce has no "only if unchanged" for many at once: whoever opens a task in
 * the second between the reading and the withdrawing sees it withdrawn, and nothing is lost.
 */
export async function withdrawTasks(refs: readonly RecordRef[], context: StyleContext): Promise<Judged<TaskState>[]> {
  const style = await styleOf(context)
  if (style instanceof DeliveryError) return refs.map(() => style)
  const read = await readRecords(refs, context)
  const states = refs.map((ref) => stateOf(ref, read, style))
  return withdrawUntouched(refs, states, async (ids) => {
    const judged = new Map<string, Judged<TaskState>>()
    const status = withdrawnStatus(context)
    for (const part of chunksOf(ids)) {
      if (status instanceof DeliveryError) for (const id of part) judged.set(id, status)
      else
        await withdraw(
          part.map((id) => ({ id, Status: status, Subject: withdrawnSubject(recordOf(id, read) ?? {}, style) })),
          judged,
          context,
        )
    }
    return judged
  })
}

interface Withdrawal {
  readonly id: string
  readonly Status: string
  readonly Subject: string
}

async function withdraw(
  rows: readonly Withdrawal[],
  judged: Map<string, Judged<TaskState>>,
  context: StyleContext,
): Promise<void> {
  const { api, crm, signal } = context
  await untilUnlocked(rows, signal, async (part) => {
    const records = part.map((row) => ({ attributes: { type: 'Task' }, ...row }))
    const reply = await api.send('PATCH', api.paths.rows, { allOrNone: false, records }, signal)
    const answer = reply.kind === 'ok' ? answersFor(part, reply.body) : []
    const locked: Withdrawal[] = []
    for (const [index, row] of part.entries()) {
      const result = answer[index]
      const refusal = reply.kind === 'refused' ? reply : result?.success === false ? rowRefusalOf(result.errors, crm) : null
      if (refusal) judged.set(row.id, refusedFor(refusal, context))
      else judged.set(row.id, result ? Withdrawn : notAsked(context))
      if (refusal?.statusCode === 'UNABLE_TO_LOCK_ROW') locked.push(row)
    }
    return locked
  })
}

function refusedFor(refusal: Refusal, context: StyleContext): Judged<TaskState> {
  if (refusal.statusCode !== null && GoneCodes.has(refusal.statusCode)) return Gone
  return changedFields(refusal, context)[0] ?? refusal.error
}

/** As the org spells it. Salesforce itself would store any text: a status that is in nobody's list of open or closed tasks. */
function withdrawnStatus({ org, crm, withdrawnTaskStatus }: StyleContext): string | DeliveryError {
  const options = org.object('task')?.field('Status')?.options
  if (!options) return withdrawnTaskStatus
  const known = options.find(({ value }) => value.toLowerCase() === withdrawnTaskStatus.toLowerCase())
  if (known) return known.value
  const say = `tasks have no status "${withdrawnTaskStatus}", so the task stays open. Set withdrawnTaskStatus to one that the org has, then replay.`
  return new DeliveryError('invalid', sentence(crm, say), { fields: ['Status'] })
}

type Read = ReadonlyMap<string, Judged<WireRecord>>

/** By long id; one that is not there has no entry. */
async function readRecords(refs: readonly RecordRef[], context: StyleContext): Promise<Read> {
  const read = new Map<string, Judged<WireRecord>>()
  const chunks = chunksOf(refs.filter(({ id }) => isId(id)).map(({ id }) => longId(id)))
  const task = context.org.object('task')
  const fields = TaskFields.filter((name) => !task || task.field(name))
  const queries = chunks.map((ids) => ({
    soql: `SELECT Id, ${fields.join(', ')} FROM Task WHERE ${inList('Id', ids)}`,
    includeDeleted: true,
  }))
  const doubted = new Map<number, DeliveryError>()
  function onRefusal(index: number, refusal: Refusal): void {
    for (const error of changedFields(refusal, context)) doubted.set(index, error)
  }
  for (const [index, answer] of (await query(queries, { ...context, onRefusal })).entries()) {
    if (answer instanceof DeliveryError) for (const id of chunks[index] ?? []) read.set(id, doubted.get(index) ?? answer)
    else for (const record of answer) read.set(longId(String(record.Id)), record)
  }
  return read
}

function stateOf({ id }: RecordRef, read: Read, style: TaskStyle): Judged<TaskState> {
  const record = read.get(longId(id))
  return record instanceof DeliveryError ? record : taskState(record, style)
}

function recordOf(id: string, read: Read): WireRecord | null {
  const record = read.get(longId(id))
  return record === undefined || record instanceof DeliveryError ? null : record
}

function notAsked({ crm }: StyleContext): DeliveryError {
  return new DeliveryError('unavailable', sentence(crm, 'it did not say whether a task was withdrawn. It is asked again.'))
}
