import type { JobsOptions } from 'bullmq'
import type { DeliveryErrorCode } from '../core/index.ts'
import type { Tried } from '../delivery/ports.ts'

export const LeadsQueue = 'leads'
export const QuarantineQueue = 'quarantine'
/** Steps of follow-ups that wait for their time. */
export const FollowUpsQueue = 'follow-ups'

/** What an operator is to be told by the webhook. */
export const AlertsQueue = 'alerts'

/** Every CRM has its own queue, so that one that stands still never stops another. */
export function deliveryQueue(crm: string): string {
  return `deliver-${crm}`
}

/** The name of the CRM whose queue it is. */
export function crmOfQueue(queue: string): string {
  return queue.replace(/^deliver-/, '')
}

/** One Cluster slot per queue: all keys of a queue share its tag, and queues spread. */
export function queuePrefix(queue: string): string {
  return `leadsync:{${queue}}`
}

/** Every job's data says in which version it is written: see `job-version.ts`. Absent until it is added. */
interface VersionedJob {
  readonly v?: number
}

/** A delivery job carries the ledger's key of its lead; the lead itself is stored once. */
export interface DeliveryJob extends VersionedJob {
  readonly lead: string
}

/** A mark is about a contact: its records are to show who must not be contacted. So is a repair: what was written of it is looked at once more. */
export interface MarkJob extends VersionedJob {
  readonly contact: string
  /** Since when the CRM has been unavailable to it, ms; no ledger holds that for it. */
  readonly downSince?: number
}

/** What a follow-up's step is to be done with: in `follow-ups` when its time has come, in a CRM's queue there. */
export interface FollowUpJob extends VersionedJob {
  /** `LEADKEY.RULE.STEP` */
  readonly step: string
  /** Whose lock is needed, and whose jobs go when somebody is forgotten. */
  readonly contact: string
  /** As in a mark. */
  readonly downSince?: number
  /** Of the error with which it was parked: no ledger holds that for it either. */
  readonly code?: DeliveryErrorCode
  /** The same. */
  readonly tried?: Tried
}

/**
 * Every job that we add, in one place. `removeOnFail: false` for every lead: the failed set is the dead-letter store. Only completed jobs age
 * out; the ledger knows of them for longer. Attempts count conflicts and bugs only: waiting for a CRM spends none.
 */
export const JobCatalogue = {
  /** A lead to route. Its outcome is in the ledger, so a completed job is worth nothing. */
  lead: { attempts: 1_000, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  deliver: {
    attempts: 8,
    backoff: { type: 'custom' },
    // Long enough to be looked at in Bull Board, few enough to cost no memory.
    removeOnComplete: { age: 24 * 3_600, count: 1_000 },
    removeOnFail: false,
  },
  /** Nobody's lead: one that fails is no dead letter, and one that was done is worth nothing. */
  mark: { attempts: 8, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true },
  /** As a mark; after it, deliveries that are in the ledger. */
  repair: { attempts: 1_000, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  /** Its state is in the store, so one that was done is worth nothing; none is ever given up. */
  fire: { attempts: 1_000, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  look: { attempts: 1_000, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  /** One that fails is a task that nobody made: a person's to replay or discard. None is kept that is done: a step may come back to it. */
  task: { attempts: 8, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  withdraw: { attempts: 8, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: false },
  /** It is asked again when it is due again. */
  ask: { attempts: 3, backoff: { type: 'custom' }, removeOnComplete: true, removeOnFail: true },
  /** A failed one was given up; it stays to be seen for some days. */
  alert: {
    attempts: 10,
    backoff: { type: 'custom' },
    removeOnComplete: true,
    removeOnFail: { age: 7 * 24 * 3_600, count: 1_000 },
  },
  /** Understood, but waiting for a person: test leads. */
  held: { removeOnComplete: true, removeOnFail: false },
  /** Kept verbatim: it could not be understood. */
  quarantined: { removeOnComplete: true, removeOnFail: false },
} satisfies Record<string, JobsOptions>

export type JobName = keyof typeof JobCatalogue

const FirstBackoffMs = 1_000
const LongestBackoffMs = 5 * 60_000

/** Full jitter (a delay anywhere up to a doubling bound), or what the error itself asked for. In ms. */
export function backoffMs(attempts: number, asked: number | undefined, random: () => number = Math.random): number {
  if (asked !== undefined) return asked
  const bound = Math.min(LongestBackoffMs, FirstBackoffMs * 2 ** Math.min(attempts - 1, 20))
  return Math.ceil(random() * bound)
}
