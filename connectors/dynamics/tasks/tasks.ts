import {
  DeliveryError,
  type DroppedField,
  type Judged,
  type RecordRef,
  type TaskKey,
  type TaskOutcome,
  type TaskWrite,
} from '../../../src/core/index.ts'
import { orOwnerless } from '../../kit/tasks.ts'
import { protocolError, sentence } from '../errors.ts'
import { activityId } from '../org/ids.ts'
import { NoSuchOwner, type Owner, OwnerColumn, type Owners } from '../write/owners.ts'
import { type Activity, bindingOf, createActivities } from './activities.ts'
import { type ActivityContext, readActivities } from './activity-lookup.ts'
import { taskColumns } from './task-text.ts'

export interface TaskContext extends ActivityContext {
  readonly owners: Owners
}

/** Null is nobody; undefined somebody whom Dynamics 365 does not take. */
type OwnerOf = (task: TaskWrite) => Owner | null | undefined

interface PlannedTask {
  readonly activity: Activity
  readonly dropped: readonly DroppedField[]
}

const OwnerSets = { systemuser: 'systemusers', team: 'teams' } as const

/** Makes each task once, without its owner where Dynamics 365 does not take that: then it is the application user's. */
export async function createTasks(tasks: readonly TaskWrite[], context: TaskContext): Promise<Judged<TaskOutcome>[]> {
  const names = tasks.flatMap(({ owner }) => (owner === null ? [] : [owner]))
  await context.owners.learn(names, context.signal)
  const known: OwnerOf = ({ owner }) => (owner === null ? null : context.owners.of(owner))
  return orOwnerless(tasks, OwnerColumn, (some, way) => make(some, way === 'owned' ? known : () => undefined, context))
}

/** Where each task is. Its id is made of ours: the record is not asked. */
export async function findTasks(tasks: readonly TaskKey[], context: ActivityContext): Promise<Judged<RecordRef | null>[]> {
  const ids = tasks.map(({ id }) => activityId('task', id))
  const read = await readActivities('tasks', ids, [], context)
  return ids.map((id) => {
    const there = read.get(id)
    if (there instanceof DeliveryError) return there
    return there === undefined ? null : { object: 'task', id }
  })
}

async function make(tasks: readonly TaskWrite[], ownerOf: OwnerOf, context: TaskContext): Promise<Judged<TaskOutcome>[]> {
  const planned = tasks.map((task) => planOf(task, ownerOf(task), context))
  const activities = planned.flatMap((one) => (one instanceof DeliveryError ? [] : [one.activity]))
  const made = await createActivities('tasks', activities, context)
  const madeOf = new Map(activities.map(({ id }, index) => [id, made[index]]))
  return planned.map((one) => {
    if (one instanceof DeliveryError) return one
    const judged = madeOf.get(one.activity.id) ?? protocolError(context.crm, 'a task was not judged. Please report it.')
    if (judged instanceof DeliveryError) return judged
    if (!judged.isNew) return { object: 'task', id: judged.id, result: 'unchanged', dropped: [] }
    return { object: 'task', id: judged.id, result: 'created', dropped: one.dropped }
  })
}

function planOf(task: TaskWrite, owner: Owner | null | undefined, { org, crm }: TaskContext): Judged<PlannedTask> {
  const record = bindingOf(task.record)
  if (record === null || !Number.isFinite(Date.parse(task.dueAt))) {
    return protocolError(crm, 'a task must be about a lead or contact and due at a time. Please report it.')
  }
  const regarding = org.navigation('task', 'regardingobjectid', task.record.object)
  if (regarding === null) {
    const say = `a task can't be about a ${task.record.object} here ("regardingobjectid"). Turn activities on for the table, then replay.`
    return new DeliveryError('invalid', sentence(crm, say), { fields: ['regardingobjectid'] })
  }
  const ownerKey = owner ? org.navigation('task', OwnerColumn, owner.table) : null
  const bound = owner && ownerKey !== null ? { [`${ownerKey}@odata.bind`]: `/${OwnerSets[owner.table]}(${owner.id})` } : {}
  const { columns, dropped } = taskColumns(task, owner && ownerKey !== null ? owner.id : null, org)
  const ownerless = owner === undefined || (owner !== null && ownerKey === null)
  return {
    activity: {
      id: activityId('task', task.id),
      columns: { ...columns, [`${regarding}@odata.bind`]: record, ...bound },
      ownerKey,
    },
    dropped: ownerless ? [...dropped, { field: OwnerColumn, reason: NoSuchOwner }] : dropped,
  }
}
