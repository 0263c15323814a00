import type { DroppedField, TaskState, TaskWrite } from '../../../src/core/index.ts'
import { markerOf, oneLine, sealOf, unsealed } from '../../kit/marks.ts'
import { lineOf, linesOf } from '../../kit/plain-text.ts'
import type { Org } from '../org/org.ts'
import type { WireRecord } from '../wire.ts'

export interface WrittenTask {
  readonly columns: Readonly<Record<string, string | number>>
  readonly dropped: readonly DroppedField[]
}

const SubjectLength = 200
const DescriptionLength = 2_000

const Priorities = { low: 0, medium: 1, high: 2 } as const
const Categories = { call: 'Call', email: 'E-mail', todo: null } as const

const Statuses = new Map<unknown, TaskState['status']>([
  [0, 'open'],
  [1, 'completed'],
  [2, 'withdrawn'],
])
/** Not Started and Canceled: in every other status somebody has begun, put off or ended the work. */
const UntouchedStatuses = new Set<unknown>([2, 6])

/** What a withdrawn task is set to: Canceled. https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/task */
export const Withdrawal = { statecode: 2, statuscode: 6 } as const

/** What is read of a task to say how it stands. */
export const TaskColumns = [
  'statecode',
  'statuscode',
  'subject',
  'description',
  'scheduledend',
  'prioritycode',
  '_ownerid_value',
  '_createdby_value',
]

/**
 * A task as Dataverse takes it, without what binds it to records. Its text ends with a marker and a seal over what was written. No
 * statecode, which can't be said of a new one, and no statuscode: the environment's own first one is right.
 */
export function taskColumns(task: TaskWrite, ownerId: string | null, org: Org): WrittenTask {
  const table = org.table('task')
  const subject = lineOf(task.subject, table.column('subject')?.length ?? SubjectLength)
  // Dataverse keeps whole seconds.
  const due = `${new Date(task.dueAt).toISOString().slice(0, 19)}Z`
  const priority = Priorities[task.priority]
  const options = table.column('prioritycode')?.options ?? null
  const takesPriority = options === null || options.some(({ value }) => value === priority)
  const category = table.column('category')?.createable ? Categories[task.type] : null
  const length = table.column('description')?.length ?? DescriptionLength
  const seal = (body: string) =>
    sealOver(body, { subject, scheduledend: due, prioritycode: takesPriority ? priority : null, ownerId })
  const dropped = { field: 'prioritycode', reason: `Tasks have no priority ${priority} in this environment: its own stays.` }
  return {
    columns: {
      subject,
      description: sealedText(task, length, seal),
      scheduledend: due,
      ...(takesPriority ? { prioritycode: priority } : {}),
      ...(category === null ? {} : { category }),
    },
    dropped: takesPriority ? [] : [dropped],
  }
}

/** How a task stands that was read with `TaskColumns`; undefined is one that is not there. */
export function taskState(record: WireRecord | undefined): TaskState {
  if (!record) return { status: 'gone', touched: false }
  const isUntouched = UntouchedStatuses.has(record.statuscode) && isSealed(record)
  return { status: Statuses.get(record.statecode) ?? 'open', touched: !isUntouched }
}

function sealedText({ id, body }: TaskWrite, length: number, seal: (body: string) => string): string {
  const marker = (text: string) => `\n\n[${markerOf('tasks', id)}.${seal(text)}]`
  const room = length - marker('').length
  // Without room for a seal the task counts as touched, and is never withdrawn.
  if (room < 0) return linesOf(body, length)
  const text = linesOf(body, room)
  return `${text}${marker(text)}`
}

interface Sealed {
  readonly subject: unknown
  readonly scheduledend: unknown
  readonly prioritycode: unknown
  readonly ownerId: unknown
}

function sealOver(body: string, { subject, scheduledend, prioritycode, ownerId }: Sealed): string {
  const due = Date.parse(String(scheduledend))
  return sealOf([oneLine(body), oneLine(String(subject ?? '')), due, prioritycode ?? null, ownerId ?? null])
}

function isSealed({ description, subject, scheduledend, ...record }: WireRecord): boolean {
  const marked = unsealed(oneLine(String(description ?? '')))
  if (!marked) return false
  const owner = record._ownerid_value
  // What was not sent is not under the seal: a priority that the environment gave, and an owner that is whoever made the task.
  const owners = owner === record._createdby_value ? [owner, null] : [owner]
  return owners.some((ownerId) =>
    [record.prioritycode, null].some(
      (prioritycode) => sealOver(marked.body, { subject, scheduledend, prioritycode, ownerId }) === marked.seal,
    ),
  )
}
