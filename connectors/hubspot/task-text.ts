import type { TaskState, TaskWrite } from '../../src/core/index.ts'
import { htmlOf, textOf } from '../kit/html-text.ts'
import { markerOf, sealOf, unsealed } from '../kit/marks.ts'
import type { Properties } from './activity-lookup.ts'
import { OwnerProperty } from './owners.ts'
import { decode } from './wire.ts'

/** What is read of a task to say how it stands. */
export const TaskProperties = [
  'hs_task_body',
  'hs_task_subject',
  'hs_task_status',
  'hs_task_type',
  'hs_task_priority',
  'hs_timestamp',
  OwnerProperty,
]

/** In every state but these two somebody has begun, or ended, the work. */
const Untouched = ['NOT_STARTED', 'DEFERRED']

/**
 * A task as HubSpot takes it. Its body ends with the marker, and with a seal over everything else that was written: HubSpot does not say
 * whether a person changed a task or one of its own workflows looked at it, so what was sent is compared with what is there.
 */
export function taskProperties(task: TaskWrite, ownerId: string | null): Record<string, string> {
  const properties: Record<string, string> = {
    hs_timestamp: task.dueAt,
    hs_task_subject: task.subject.replaceAll(/\s+/g, ' ').trim(),
    hs_task_status: 'NOT_STARTED',
    hs_task_priority: task.priority.toUpperCase(),
    hs_task_type: task.type.toUpperCase(),
    ...(ownerId === null ? {} : { [OwnerProperty]: ownerId }),
  }
  const body = htmlOf(task.body)
  const seal = sealOver(textOf(body), properties)
  return { ...properties, hs_task_body: `${body}<br><br>[${markerOf('tasks', task.id)}.${seal}]` }
}

/** How a task stands that was read with `TaskProperties`; null is one that is not there. */
export function stateOf(properties: Properties | null): TaskState {
  if (properties === null) return { status: 'gone', touched: false }
  const status = decode(properties.hs_task_status) ?? ''
  return { status: statusOf(status), touched: !Untouched.includes(status) || !isSealed(properties) }
}

function statusOf(status: string): TaskState['status'] {
  if (status === 'COMPLETED') return 'completed'
  return status === 'DEFERRED' ? 'withdrawn' : 'open'
}

function isSealed(properties: Properties): boolean {
  const marked = unsealed(textOf(decode(properties.hs_task_body) ?? ''))
  return marked?.seal === sealOver(marked?.body ?? '', properties)
}

function sealOver(body: string, properties: Properties): string {
  const due = Date.parse(decode(properties.hs_timestamp) ?? '')
  const rest = ['hs_task_subject', 'hs_task_priority', 'hs_task_type', OwnerProperty].map((name) => decode(properties[name]))
  return sealOf([body, due, ...rest])
}
