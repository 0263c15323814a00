import {
  DeliveryError,
  type Judged,
  type RecordRef,
  type TaskKey,
  type TaskOutcome,
  type TaskState,
  type TaskWrite,
} from '../../src/core/index.ts'
import { judgeRows, type Sent } from '../kit/bisect.ts'
import { markerOf } from '../kit/marks.ts'
import { orOwnerless, withdrawUntouched } from '../kit/tasks.ts'
import { type Activity, createActivities } from './activities.ts'
import { findMarked, type Properties, readActivities } from './activity-lookup.ts'
import { batchAnswerOf } from './batch-answer.ts'
import { protocolError, rowRefusalOf, sentence } from './errors.ts'
import { NoSuchOwner, OwnerProperty, type Owners } from './owners.ts'
import { BatchSize, type ReadContext } from './read.ts'
import { stateOf, TaskProperties, taskProperties } from './task-text.ts'

export interface TaskContext extends ReadContext {
  readonly owners: Owners
}

const Withdrawn: TaskState = { status: 'withdrawn', touched: false }

/** Makes each task once, without its owner where HubSpot does not take that. */
export async function createTasks(tasks: readonly TaskWrite[], context: TaskContext): Promise<Judged<TaskOutcome>[]> {
  const named = tasks.flatMap(({ owner }) => (owner === null ? [] : [owner]))
  await context.owners.learn(named, context.signal)
  return orOwnerless(tasks, OwnerProperty, (some, way) =>
    make(some, (task) => (way === 'owned' ? ownerOf(task, context.owners) : undefined), context),
  )
}

async function make(
  tasks: readonly TaskWrite[],
  owner: (task: TaskWrite) => string | null | undefined,
  context: TaskContext,
): Promise<Judged<TaskOutcome>[]> {
  const { crm } = context.circumstances()
  const good = tasks.filter(isPossible)
  const made = await createActivities(
    'tasks',
    good.map((task) => activityOf(task, owner(task) ?? null)),
    context,
  )
  const madeOf = new Map(good.map((task, index) => [task, made[index]]))
  return tasks.map((task) => {
    if (!isPossible(task)) return protocolError(crm, 'a task must be about a contact and due at a date. Please report it.')
    const one = madeOf.get(task) ?? notAsked(context)
    if (one instanceof DeliveryError) return one
    const dropped = owner(task) === undefined ? [{ field: OwnerProperty, reason: NoSuchOwner }] : []
    return { object: 'task', id: one.id, result: one.isNew ? 'created' : 'unchanged', dropped: one.isNew ? dropped : [] }
  })
}

function isPossible({ record, dueAt }: TaskWrite): boolean {
  return isContact(record) && Number.isFinite(Date.parse(dueAt))
}

/** One bad row would make HubSpot refuse the whole look-up. */
function isContact({ object, id }: RecordRef): boolean {
  return object === 'contact' && /^\d{1,20}$/.test(id)
}

/** Null is nobody; undefined somebody whom HubSpot does not know. */
function ownerOf({ owner }: TaskWrite, owners: Owners): string | null | undefined {
  return owner === null ? null : owners.of(owner)
}

function activityOf(task: TaskWrite, ownerId: string | null): Activity {
  return {
    contactId: task.record.id,
    marker: markerOf('tasks', task.id),
    properties: taskProperties(task, ownerId),
    // Also where our own store says that none was made yet: a Redis that failed over, or came back from a backup, has forgotten that it was, and
    // the look-up costs two requests per hundred tasks.
    isFirst: false,
  }
}

/** Where each task is that was made about this contact. */
export async function findTasks(tasks: readonly TaskKey[], context: ReadContext): Promise<Judged<RecordRef | null>[]> {
  const { crm } = context.circumstances()
  const good = tasks.filter(({ record }) => isContact(record))
  const contactIds = good.map(({ record }) => record.id)
  const markers = good.map(({ id }) => markerOf('tasks', id))
  const found = await findMarked('tasks', contactIds, markers, context)
  return tasks.map(({ id, record }) => {
    if (!isContact(record)) return protocolError(crm, 'a task must be about a contact. Please report it.')
    const there = found.get(markerOf('tasks', id))
    return there === undefined ? null : { object: 'task', id: there }
  })
}

export async function readTasks(refs: readonly RecordRef[], context: ReadContext): Promise<Judged<TaskState>[]> {
  const read = await readActivities(
    'tasks',
    refs.map(({ id }) => id),
    TaskProperties,
    context,
  )
  return refs.map(({ id }) => judged(read.get(id) ?? null))
}

function judged(properties: Judged<Properties | null>): Judged<TaskState> {
  return properties instanceof DeliveryError ? properties : stateOf(properties)
}

/**
 * Defers the open tasks that stand as they were made. HubSpot has no "only if unchanged": whoever opens a task in the second between the
 * reading and the deferring sees it deferred, and nothing is lost.
 */
export async function withdrawTasks(refs: readonly RecordRef[], context: ReadContext): Promise<Judged<TaskState>[]> {
  return withdrawUntouched(refs, await readTasks(refs, context), (ids) => deferAll(ids, context))
}

async function deferAll(ids: readonly string[], context: ReadContext): Promise<Map<string, Judged<TaskState>>> {
  const deferred = new Map<string, Judged<TaskState>>()
  const batches = {
    send: (part: readonly string[]) => defer(part, context),
    names: () => false,
    exhausted: () => notAsked(context),
  }
  for (let from = 0; from < ids.length; from += BatchSize) {
    const part = await judgeRows<string, TaskState>(ids.slice(from, from + BatchSize), batches, context.effort)
    for (const [id, state] of part) deferred.set(id, state)
  }
  return deferred
}

async function defer(ids: readonly string[], context: ReadContext): Promise<Sent<string, TaskState>> {
  const { crm } = context.circumstances()
  const inputs = ids.map((id) => ({ id, objectWriteTraceId: id, properties: { hs_task_status: 'DEFERRED' } }))
  const reply = await context.api.post(context.api.paths.activities.tasks.update, { inputs }, context.signal)
  const batch = batchAnswerOf(reply, crm, 'withdrawing tasks')
  if (batch.kind === 'refused') return batch
  const states = new Map<string, Judged<TaskState>>(batch.answer.results.map(({ id }) => [id, Withdrawn]))
  for (const error of batch.answer.errors) {
    const state = error.category === 'OBJECT_NOT_FOUND' ? stateOf(null) : rowRefusalOf(error, context.circumstances()).error
    for (const id of [...(error.context.ids ?? []), ...(error.context.objectWriteTraceId ?? [])]) states.set(id, state)
  }
  for (const id of ids) if (!states.has(id)) states.set(id, notAsked(context))
  return { kind: 'answered', judged: states, undecided: [] }
}

function notAsked(context: ReadContext): DeliveryError {
  return new DeliveryError(
    'unavailable',
    sentence(context.circumstances().crm, 'it did not say what became of a task. It is asked again.'),
  )
}
