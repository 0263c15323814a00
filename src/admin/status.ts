import type { Queue } from '../queue/queues.ts'
import { type CrmCounters, type LeadCounters, readCounters } from '../store/counters.ts'
import type { Scripts } from '../store/redis.ts'
import { type CrmStatus, type CrmStatusDependencies, readCrmStatus } from './crm-status.ts'
import { lastTestLead, type TestLead } from './test-lead.ts'

export const QueueStates = ['waiting', 'prioritized', 'active', 'delayed', 'failed', 'completed'] as const
export type QueueLengths = Readonly<Record<(typeof QueueStates)[number], number>>

export interface Status extends LeadCounters {
  readonly crms: Readonly<Record<string, CrmStatus & CrmCounters>>
  readonly queues: Readonly<Record<string, QueueLengths>>
  readonly lastTestLead: TestLead | null
}

export interface StatusDependencies extends CrmStatusDependencies {
  readonly scripts: Scripts
}

/** How the installation stands, from Redis alone, so that any process can say it. Rejects when Redis can't be read. */
export async function readStatus(dependencies: StatusDependencies): Promise<Status> {
  const { queues, scripts, crms } = dependencies
  const names = crms.map((crm) => crm.name)
  const [{ crms: counters, ...leads }, states, lengths, testLead] = await Promise.all([
    readCounters(scripts, names),
    readCrmStatus(dependencies),
    Promise.all(queues.all().map(async (queue) => [queue.name, await lengthsOf(queue)] as const)),
    lastTestLead(scripts),
  ])
  const perCrm: Record<string, CrmStatus & CrmCounters> = {}
  for (const [name, state] of Object.entries(states)) {
    const counted = counters[name]
    if (counted) perCrm[name] = { ...state, ...counted }
  }
  return { ...leads, crms: perCrm, queues: Object.fromEntries(lengths), lastTestLead: testLead }
}

async function lengthsOf(queue: Queue): Promise<QueueLengths> {
  const counts = await queue.getJobCounts(...QueueStates)
  return Object.fromEntries(QueueStates.map((state) => [state, counts[state] ?? 0])) as Record<
    (typeof QueueStates)[number],
    number
  >
}
