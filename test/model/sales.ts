import { createHash } from 'node:crypto'
import type { ModelCrm, RunningCrm, ShownRecord } from './crms.ts'

/** What salespeople may do with a task. */
export const TaskDeeds = ['complete', 'edit', 'remove'] as const
export type TaskDeed = (typeof TaskDeeds)[number]

/** How the record of a contact may end. */
export const RecordEnds = ['close', 'convert', 'remove'] as const
export type RecordEnd = (typeof RecordEnds)[number]

export interface ShownTask {
  readonly id: string
  /** What tells whose step it is. */
  readonly marker: string
  readonly status: 'open' | 'completed' | 'withdrawn'
  /** Of the record that it is about; null where the CRM shows it beside the task only. */
  readonly about: string | null
}

/** By which a step's task is found. */
export function markerOf(step: string): string {
  return createHash('sha256').update(`tasks\0${step}`).digest('hex').slice(0, 24)
}

export async function tasksIn({ name }: ModelCrm, url: RunningCrm['url']): Promise<readonly ShownTask[]> {
  const response = await fetch(`${url}/_sandbox/records`)
  const { records } = (await response.json()) as { records: readonly ShownRecord[] }
  return records.filter(({ object, fields }) => object === 'task' && fields.IsDeleted !== true).map(taskShown)

  function taskShown({ id, fields }: ShownRecord): ShownTask {
    const text = String(fields.hs_task_body ?? fields.Description ?? fields.description)
    const marker = /\[leadsync:([0-9a-f]{24})/.exec(text)?.[1] ?? 'none'
    const about = fields.WhoId ?? fields._regardingobjectid_value ?? null
    const state = String({ hubspot: fields.hs_task_status, salesforce: fields.Status, dynamics: fields.statecode }[name])
    return { id, marker, status: statusOf(state), about: about === null ? null : String(about) }
  }
}

function statusOf(state: string): ShownTask['status'] {
  if (['COMPLETED', 'Completed', '1'].includes(state)) return 'completed'
  return ['DEFERRED', 'Deferred', '2'].includes(state) ? 'withdrawn' : 'open'
}
