import {
  DeliveryError,
  isTimeZone,
  type Judged,
  type RecordRef,
  type TaskKey,
  type TaskOutcome,
  type TaskWrite,
} from '../../../src/core/index.ts'
import { markerOf } from '../../kit/marks.ts'
import { orOwnerless } from '../../kit/tasks.ts'
import { protocolError, sentence } from '../errors.ts'
import { isId } from '../org/ids.ts'
import { isOwnerName, NoSuchOwner, OwnerField, type Owners } from '../write/owners.ts'
import { createActivities } from './activities.ts'
import { type ActivityContext, findActivities } from './activity-lookup.ts'
import { type StyleContext, styleOf } from './task-style.ts'
import { type TaskStyle, taskFields } from './task-text.ts'

export interface TaskContext extends StyleContext {
  readonly owners: Owners
}

const Prefixes: Readonly<Record<string, string>> = { lead: '00Q', contact: '003' }

/** Makes each task once, without its owner where Salesforce does not take that: then it is the integration user's. */
export async function createTasks(tasks: readonly TaskWrite[], context: TaskContext): Promise<Judged<TaskOutcome>[]> {
  const style = await styleOf(context)
  if (style instanceof DeliveryError) return tasks.map(() => style)
  // Ids are not asked for: Salesforce itself refuses an owner who left.
  const names = tasks.flatMap(({ owner }) => (owner !== null && isOwnerName(owner) ? [owner] : []))
  await context.owners.learn(names, context.signal)
  return orOwnerless(tasks, OwnerField, (some, way) =>
    make(some, (task) => (way === 'owned' ? ownerOf(task, context) : undefined), style, context),
  )
}

async function make(
  tasks: readonly TaskWrite[],
  owner: (task: TaskWrite) => string | null | undefined,
  style: TaskStyle,
  context: TaskContext,
): Promise<Judged<TaskOutcome>[]> {
  const written = tasks.map((task) => (isPossible(task) ? taskFields(task, owner(task) ?? null, style) : null))
  const activities = tasks.flatMap(({ record }, index) => {
    const one = written[index]
    return one ? [{ whoId: record.id, marker: one.marker, fields: one.fields, isFirst: false }] : []
  })
  const made = await createActivities(activities, context)
  const madeOf = new Map(activities.map(({ marker }, index) => [marker, made[index]]))
  return tasks.map((task, index) => {
    const one = written[index]
    if (!one)
      return protocolError(
        context.crm,
        'a task must be about a Lead or Contact and due at a time in a time zone. Please report it.',
      )
    const judged = madeOf.get(one.marker) ?? notAsked(context)
    if (judged instanceof DeliveryError) return judged
    if (!judged.isNew) return { object: 'task', id: judged.id, result: 'unchanged', dropped: [] }
    const ownerless = owner(task) === undefined ? [{ field: OwnerField, reason: NoSuchOwner }] : []
    return { object: 'task', id: judged.id, result: 'created', dropped: [...one.dropped, ...ownerless] }
  })
}

/** Where each task is that was made about this Lead or Contact, open or completed. */
export async function findTasks(tasks: readonly TaskKey[], context: ActivityContext): Promise<Judged<RecordRef | null>[]> {
  const good = tasks.filter(({ record }) => isPerson(record))
  const found = await findActivities(
    good.map(({ id, record }) => ({ whoId: record.id, marker: markerOf('tasks', id) })),
    context,
  )
  return tasks.map(({ id, record }) => {
    if (!isPerson(record)) return protocolError(context.crm, 'a task must be about a Lead or Contact. Please report it.')
    if (found instanceof DeliveryError) return found
    const there = found.get(markerOf('tasks', id))
    return there === undefined ? null : { object: 'task', id: there }
  })
}

/** In a zone that is none no day can be told. */
function isPossible({ record, dueAt, timeZone }: TaskWrite): boolean {
  return isPerson(record) && Number.isFinite(Date.parse(dueAt)) && isTimeZone(timeZone)
}

/** One bad row might make Salesforce refuse the whole look-up. */
function isPerson({ object, id }: RecordRef): boolean {
  const prefix = Prefixes[object]
  return prefix !== undefined && isId(id, prefix)
}

/** Null is nobody; undefined somebody whom Salesforce does not know. */
function ownerOf({ owner }: TaskWrite, { owners }: TaskContext): string | null | undefined {
  return owner === null ? null : owners.of(owner, 'task')
}

function notAsked({ crm }: TaskContext): DeliveryError {
  return new DeliveryError('unavailable', sentence(crm, 'it did not say what became of a task. It is asked again.'))
}
