import type { Queue } from '../queue/queues.ts'
import { type CrmCounters, type LeadCounters, readCounters } from '../store/counters.ts'
import { type DueSoon, type FollowUpCounters, readDueSoon, readFollowUps } from '../store/follow-up-lookup.ts'
import type { Scripts } from '../store/redis.ts'
import { type CrmStatus, type CrmStatusDependencies, readCrmStatus } from './crm-status.ts'
import { lastTestLead, type TestLead } from './test-lead.ts'

export const QueueStates = ['waiting', 'prioritized', 'active', 'delayed', 'failed', 'completed'] as const
export type QueueLengths = Readonly<Record<(typeof QueueStates)[number], number>>

/** How one CRM stands, and what it was given. */
export interface CrmOverview extends CrmStatus, CrmCounters {
  readonly followUps: FollowUpCounters
}

export interface Status extends LeadCounters {
  readonly crms: Readonly<Record<string, CrmOverview>>
  /** Promises that are about to be broken or were, at most 1,000 of each, the soonest first. */
  readonly followUpsDueSoon: readonly DueSoon[]
  readonly queues: Readonly<Record<string, QueueLengths>>
  readonly lastTestLead: TestLead | null
}

export interface StatusDependencies extends CrmStatusDependencies {
  readonly scripts: Scripts
  /** How long before its end a promise is about to be late, in ms. */
  readonly warnMs: number
  /** Milliseconds since the epoch. */
  now(): number
}

/** Whoever has more of them than this has no use for a longer list. */
const MostDueSoon = 1_000

/** How the installation stands, from Redis alone, so that any process can say it. Rejects when Redis can't be read. */
export async function readStatus(dependencies: StatusDependencies): Promise<Status> {
  const { queues, scripts, crms, warnMs, now } = dependencies
  const names = crms.map((crm) => crm.name)
  const [{ crms: counters, ...leads }, followUps, dueSoon, states, lengths, testLead] = await Promise.all([
    readCounters(scripts, names),
    readFollowUps(scripts, names),
    readDueSoon(scripts, { now: now(), withinMs: warnMs, most: MostDueSoon }),
    readCrmStatus(dependencies),
    Promise.all(queues.all().map(async (queue) => [queue.name, await lengthsOf(queue)] as const)),
    lastTestLead(scripts),
  ])
  const perCrm: Record<string, CrmOverview> = {}
  for (const [name, state] of Object.entries(states)) {
    const [counted, followed] = [counters[name], followUps[name]]
    if (counted && followed) perCrm[name] = { ...state, ...counted, followUps: followed }
  }
  const queueLengths = Object.fromEntries(lengths)
  return { ...leads, crms: perCrm, followUpsDueSoon: dueSoon, queues: queueLengths, lastTestLead: testLead }
}

async function lengthsOf(queue: Queue): Promise<QueueLengths> {
  const counts = await queue.getJobCounts(...QueueStates)
  return Object.fromEntries(QueueStates.map((state) => [state, counts[state] ?? 0])) as Record<
    (typeof QueueStates)[number],
    number
  >
}
