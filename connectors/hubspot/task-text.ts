import { createHash } from 'node:crypto'
import type { TaskState, TaskWrite } from '../../src/core/index.ts'
import { markerOf, type Properties } from './activity-lookup.ts'
import { htmlOf, textOf } from './activity-text.ts'
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
  const seal = sealOf(textOf(body), properties)
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
  const text = textOf(decode(properties.hs_task_body) ?? '')
  const sealed = /^(?<body>.*?) ?\[leadsync:[0-9a-f]{24}\.(?<seal>[0-9a-f]{16})\]$/.exec(text)?.groups
  return sealed?.seal === sealOf(sealed?.body ?? '', properties)
}

function sealOf(body: string, properties: Properties): string {
  const due = Date.parse(decode(properties.hs_timestamp) ?? '')
  const rest = ['hs_task_subject', 'hs_task_priority', 'hs_task_type', OwnerProperty].map((name) => decode(properties[name]))
  return createHash('sha256')
    .update(JSON.stringify([body, due, ...rest]))
    .digest('hex')
    .slice(0, 16)
}
