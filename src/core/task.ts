import type { DroppedField, RecordRef } from './record.ts'

/** A follow-up for a salesperson, about one record. Never mail to the customer. */
export interface TaskWrite {
  /** Ours and deterministic: the same id is the same task, however often it is asked for. */
  readonly id: string
  readonly record: RecordRef
  readonly subject: string
  /** Plain text; the connector turns it into what the CRM shows. */
  readonly body: string
  /** ISO 8601 in UTC. */
  readonly dueAt: string
  /** IANA, in which date-only fields are computed: the owner's zone. */
  readonly timeZone: string
  readonly type: 'call' | 'email' | 'todo'
  readonly priority: 'low' | 'medium' | 'high'
  /** The CRM's own id of a user, a user's e-mail or user name; null leaves the task to nobody. */
  readonly owner: string | null
}

/** By what a task is found again. */
export type TaskKey = Pick<TaskWrite, 'id' | 'record'>

/** The task's own place in the CRM. */
export interface TaskOutcome extends RecordRef {
  /** `unchanged`: it was there already. */
  readonly result: 'created' | 'unchanged'
  readonly dropped: readonly DroppedField[]
}

export interface TaskState {
  /** `withdrawn`: put aside, by us or by a person. `gone`: the CRM does not have it any more. */
  readonly status: 'open' | 'completed' | 'withdrawn' | 'gone'
  /** It does not stand as Leadsync made it. What can't be told counts as touched, so that no work of a person is undone. */
  readonly touched: boolean
}
