import { DeliveryError, type Judged, type RecordRef, type TaskState } from '../../../src/core/index.ts'
import { sentence } from '../errors.ts'
import type { Reply } from '../requests/operation.ts'
import type { WireRecord } from '../wire.ts'
import { type ActivityContext, changedTable, readActivities } from './activity-lookup.ts'
import { TaskColumns, taskState, Withdrawal } from './task-text.ts'

const Withdrawn: TaskState = { status: 'withdrawn', touched: false }
const MostRounds = 3

/** How each task stands. What is not there, or not ours to see, is gone. */
export async function readTasks(refs: readonly RecordRef[], context: ActivityContext): Promise<Judged<TaskState>[]> {
  const read = await readActivities(
    'tasks',
    refs.map(({ id }) => id),
    TaskColumns,
    context,
  )
  return refs.map(({ id }) => stateOf(read.get(id.toLowerCase())))
}

/**
 * Cancels the open tasks that stand as they were made, each only in the very version that was read: whoever opens one in between keeps it,
 * and it is read again.
 */
export async function withdrawTasks(refs: readonly RecordRef[], context: ActivityContext): Promise<Judged<TaskState>[]> {
  const judged = new Map<string, Judged<TaskState>>()
  let waiting = refs.map(({ id }) => id.toLowerCase())
  for (let round = 0; round < MostRounds && waiting.length > 0; round++) waiting = await withdrawOnce(waiting, judged, context)
  return refs.map(({ id }) => judged.get(id.toLowerCase()) ?? restless(context))
}

/** Judges each, but for those that changed meanwhile: these are answered. */
async function withdrawOnce(
  ids: readonly string[],
  judged: Map<string, Judged<TaskState>>,
  context: ActivityContext,
): Promise<string[]> {
  const read = await readActivities('tasks', ids, TaskColumns, context)
  const open: { readonly id: string; readonly version: string }[] = []
  for (const id of new Set(ids)) {
    const record = read.get(id)
    const state = stateOf(record)
    if (state instanceof DeliveryError || state.status !== 'open' || state.touched) judged.set(id, state)
    else open.push({ id, version: versionOf(record) })
  }
  if (open.length === 0) return []
  const replies = await context.api.all(
    open.map(({ id, version }) => ({
      method: 'PATCH',
      path: `tasks(${id})`,
      headers: { 'If-Match': version },
      body: Withdrawal,
    })),
    context.signal,
  )
  const changed: string[] = []
  for (const [index, { id }] of open.entries()) {
    const reply = replies[index]
    if (reply?.kind === 'ok') judged.set(id, Withdrawn)
    else if (reply && isOtherwise(reply)) changed.push(id)
    else judged.set(id, reply ? (changedTable(reply, context) ?? reply.error) : restless(context))
  }
  return changed
}

/** Changed, closed or deleted since it was read: reading it again tells which. */
function isOtherwise({ error }: Extract<Reply, { kind: 'refused' }>): boolean {
  return error.code === 'conflict'
}

function stateOf(record: Judged<WireRecord> | undefined): Judged<TaskState> {
  return record instanceof DeliveryError ? record : taskState(record)
}

function versionOf(record: Judged<WireRecord> | undefined): string {
  const etag = record instanceof DeliveryError ? undefined : record?.['@odata.etag']
  return typeof etag === 'string' ? etag : '*'
}

function restless({ crm }: ActivityContext): DeliveryError {
  return new DeliveryError('conflict', sentence(crm, 'a task changes while it is being withdrawn. It is looked at again.'))
}
