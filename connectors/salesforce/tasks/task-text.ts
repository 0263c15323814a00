import { type DroppedField, dayIn, type TaskState, type TaskWrite, wallTimeIn } from '../../../src/core/index.ts'
import { markerOf, oneLine, sealOf, unsealed } from '../../kit/marks.ts'
import { lineOf, linesOf } from '../../kit/plain-text.ts'
import type { Org } from '../org/org.ts'
import { decode, type WireRecord } from '../wire.ts'
import type { TaskFacts } from './task-facts.ts'

export interface TaskStyle {
  readonly org: Org
  readonly facts: TaskFacts
  readonly withdrawnTaskStatus: string
  readonly withdrawnTaskPrefix: string
}

export interface WrittenTask {
  readonly marker: string
  readonly fields: Readonly<Record<string, string>>
  readonly dropped: readonly DroppedField[]
}

const SubjectLength = 255
// Salesforce takes 32,000, the marker and the due time included, and its own editor counts a line break as two.
const TextLength = 15_000

const Priorities = { low: 'Low', medium: 'Normal', high: 'High' } as const
const Subtypes = { call: 'Call', email: 'Email', todo: 'Task' } as const

/** What is read of a task to say how it stands. */
export const TaskFields = [
  'IsDeleted',
  'IsClosed',
  'Status',
  'Subject',
  'Priority',
  'ActivityDate',
  'Description',
  'OwnerId',
  'CreatedById',
]

/**
 * A task as Salesforce takes it. It has a due day, which has no zone, but no due time: both are said as the owner's clock has them, the time in
 * the first line of the text. The text ends with the marker and with a seal over what was written. No Status: the org's own first one is right.
 * No WhatId: a Lead's task may have none.
 */
export function taskFields(task: TaskWrite, ownerId: string | null, style: TaskStyle): WrittenTask {
  const marker = markerOf('tasks', task.id)
  const due = Date.parse(task.dueAt)
  const body = `Due ${wallTimeIn(due, task.timeZone)} (${task.timeZone})\n\n${descriptionOf(task.body)}`
  const priority = Priorities[task.priority]
  const takesPriority = takes(style.org, 'Priority', priority)
  const sealed = {
    ActivityDate: dayIn(due, task.timeZone),
    // Room is left for what withdrawing puts before it.
    Subject: subjectOf(task.subject, SubjectLength - style.withdrawnTaskPrefix.length),
    ...(takesPriority ? { Priority: priority } : {}),
    ...(ownerId === null ? {} : { OwnerId: ownerId }),
  }
  const subject = plainSubject(sealed.Subject, style.withdrawnTaskPrefix)
  const seal = sealOf([oneLine(body), sealed.ActivityDate, subject, sealed.Priority ?? null, shortId(ownerId)])
  const subtype = Subtypes[task.type]
  const dropped = {
    field: 'Priority',
    reason: `Salesforce has no priority "${priority}" for tasks in this org: the org's own stays.`,
  }
  return {
    marker,
    // Without a describe the subtype is left out: few orgs use it, and where it may not be written the whole task is refused.
    fields: {
      ...sealed,
      ...(style.org.object('task') && takes(style.org, 'TaskSubtype', subtype) ? { TaskSubtype: subtype } : {}),
      Description: `${body}\n\n[${marker}.${seal}]`,
    },
    dropped: takesPriority ? [] : [dropped],
  }
}

/** How a task stands that was read with `TaskFields`; undefined is one that is not there. */
export function taskState(record: WireRecord | undefined, style: TaskStyle): TaskState {
  if (!record || record.IsDeleted === true) return { status: 'gone', touched: false }
  const status = String(record.Status ?? '').toLowerCase()
  const withdrawn = style.withdrawnTaskStatus.toLowerCase()
  const isUntouched = (status === withdrawn || status === style.facts.openStatus.toLowerCase()) && isSealed(record, style)
  if (status === withdrawn) return { status: 'withdrawn', touched: !isUntouched }
  return { status: record.IsClosed === true ? 'completed' : 'open', touched: !isUntouched }
}

/** One line that fits, without control characters. */
export function subjectOf(text: string, length = SubjectLength): string {
  return lineOf(text, length)
}

/** Several lines that fit beside a marker. */
export function descriptionOf(text: string): string {
  return linesOf(text, TextLength)
}

/** The subject of a withdrawn task; once, however often it is withdrawn. */
export function withdrawnSubject(record: WireRecord, { withdrawnTaskPrefix }: TaskStyle): string {
  return subjectOf(`${withdrawnTaskPrefix}${plainSubject(record.Subject, withdrawnTaskPrefix)}`)
}

function isSealed(record: WireRecord, { withdrawnTaskPrefix }: TaskStyle): boolean {
  const marked = unsealed(oneLine(String(record.Description ?? '')))
  if (!marked) return false
  const sure = [marked.body, record.ActivityDate ?? null, plainSubject(record.Subject, withdrawnTaskPrefix)]
  // What was not sent is not under the seal: a priority that the org gave, and an owner that is whoever made the task.
  const owner = shortId(decode(record.OwnerId))
  const owners = owner === shortId(decode(record.CreatedById)) ? [owner, null] : [owner]
  return owners.some((one) =>
    [decode(record.Priority), null].some((priority) => sealOf([...sure, priority, one]) === marked.seal),
  )
}

function plainSubject(given: unknown, prefix: string): string {
  const subject = oneLine(String(given ?? ''))
  const start = oneLine(prefix)
  return start !== '' && subject.startsWith(start) ? subject.slice(start.length).trim() : subject
}

function takes(org: Org, name: string, value: string): boolean {
  const task = org.object('task')
  if (!task) return true
  const field = task.field(name)
  return field?.createable === true && field.options?.some((option) => option.value === value) === true
}

/** An id has two spellings, and both begin with these 15 characters. */
function shortId(id: unknown): string | null {
  return typeof id === 'string' ? id.slice(0, 15) : null
}
