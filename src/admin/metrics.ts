import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { StepStates } from '../core/index.ts'
import type { FollowUpCounters } from '../store/follow-up-lookup.ts'
import type { MemoryState } from '../store/memory-watch.ts'
import type { CrmQuotaStatus } from './crm-quota.ts'
import type { IntakeState } from './readiness.ts'
import { readStatus, type Status, type StatusDependencies } from './status.ts'
import { timely } from './timely.ts'

export interface MetricsDependencies extends StatusDependencies {
  /** Absent: nobody watches how full Redis is. */
  memory?(): MemoryState
  intakeState(): IntakeState | null
  redisUp(): boolean
  /** How long Redis may take, in ms. */
  readonly withinMs: number
}

export interface Metrics {
  readonly contentType: string
  /** The Prometheus text. While Redis is away it says so and leaves out what stands there. */
  read(): Promise<string>
  stop(): void
}

type Meters = ReturnType<typeof createMeters>

/**
 * Metrics filled at each scrape from the counters in Redis, which move with the ledger: they survive a restart, and every process that shows
 * them shows the same. So sum over `crm` and `status`, never over instances.
 */
export function createMetrics(dependencies: MetricsDependencies): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const meters = createMeters(registry)
  const readRedis = timely(() => readStatus(dependencies), dependencies.withinMs)

  return {
    contentType: registry.contentType,
    read: async () => {
      const status = dependencies.redisUp() ? await readRedis() : null
      // All at once and before anything is awaited: a scrape beside this one sees the old values or the new ones.
      for (const meter of Object.values(meters)) meter.reset()
      meters.redisUp.set(status === null ? 0 : 1)
      fillFromIntake(meters, dependencies.intakeState(), status)
      fillMemory(meters, dependencies.memory?.())
      if (status) fillFromRedis(meters, status)
      return await registry.metrics()
    },
    stop: () => registry.clear(),
  }
}

function createMeters(registry: Registry) {
  const registers = [registry]
  function counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `leadsync_${name}`, help, labelNames, registers })
  }
  function gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `leadsync_${name}`, help, labelNames, registers })
  }
  return {
    redisUp: new Gauge({ name: 'leadsync_redis_up', help: '1 while Redis answers.', registers }),
    leads: counter('leads_total', 'Leads by what became of them; received = accepted + duplicate + quarantined + held.', [
      'status',
    ]),
    possibleDuplicates: counter('possible_duplicates_total', 'Pairs of contacts that may be one person.', []),
    deliveries: counter('deliveries_total', 'Deliveries that are settled, by outcome.', ['crm', 'outcome']),
    records: counter('deliveries_delivered_total', 'Deliveries with outcome delivered, by what happened to the record.', [
      'crm',
      'result',
    ]),
    waiting: gauge('deliveries_waiting', 'Deliveries that are not settled yet.', ['crm']),
    parked: gauge('deliveries_parked', 'Deliveries that wait for a person.', ['crm']),
    steps: gauge('follow_up_steps', 'Steps of follow-ups, by how far they are.', ['crm', 'state']),
    tasks: counter('follow_up_tasks_total', 'Tasks of follow-ups that were made.', ['crm']),
    made: counter('follow_up_made_total', 'First tasks that were made, by whether the promised time was not over.', [
      'crm',
      'in_time',
    ]),
    worked: counter('follow_up_worked_total', 'First tasks that somebody worked on, by whether that was in the promised time.', [
      'crm',
      'in_time',
    ]),
    missed: counter('follow_up_missed_total', 'First tasks on which nobody had worked when the promised time was over.', ['crm']),
    dueSoon: gauge(
      'follow_ups_about_to_be_late',
      'First tasks whose promised time ends within warnHours and that nobody worked on yet; at most 1,000.',
      ['crm'],
    ),
    jobs: gauge('queue_jobs', 'Jobs by queue and state.', ['queue', 'state']),
    crmUp: gauge('crm_up', '1 while deliveries to the CRM go on; 0: blocked, held, paused or its file is invalid.', ['crm']),
    crmHeld: gauge('crm_held', '1 while its queue is held, or new deliveries wait for the requests of its org.', ['crm']),
    requests: counter('crm_requests_total', 'Requests that were sent, by class of endpoint.', ['crm', 'class']),
    quotaRemaining: gauge('crm_quota_remaining', "What is left of the org's daily requests, as its last answer said.", ['crm']),
    quotaLimit: gauge('crm_quota_limit', "The org's daily requests, as its last answer said.", ['crm']),
    backlog: gauge('journal_backlog', 'Bytes of the journal of this process that are not queued yet.', []),
    memory: gauge('redis_memory_ratio', 'How full Redis is: 1 is all that it may use.', []),
    journalOnly: gauge('intake_journal_only', '1 while leads wait in the journal because Redis is nearly full.', []),
    lastTestLead: gauge('last_test_lead_timestamp_seconds', 'When the last test lead came.', []),
  }
}

function fillFromIntake(meters: Meters, intake: IntakeState | null, status: Status | null): void {
  // Without a value prom-client writes 0 for meters without labels: a backlog, a test lead in 1970 that nobody saw, a count that fell.
  meters.backlog.remove()
  meters.lastTestLead.remove()
  meters.possibleDuplicates.remove()
  if (intake) meters.backlog.set(intake.backlog)
  const seen = [intake?.lastTestLead, status?.lastTestLead].flatMap((lead) => (lead ? [Date.parse(lead.at)] : []))
  if (seen.length > 0) meters.lastTestLead.set(Math.max(...seen) / 1_000)
}

function fillMemory(meters: Meters, memory: MemoryState | undefined): void {
  meters.memory.remove()
  meters.journalOnly.remove()
  if (memory === undefined || memory.ratio === null) return
  meters.memory.set(memory.ratio)
  meters.journalOnly.set(memory.journalOnly ? 1 : 0)
}

function fillFromRedis(meters: Meters, status: Status): void {
  const { received, accepted, duplicates, quarantined, held, unrouted } = status
  const leads = { received, accepted, duplicate: duplicates, quarantined, held, unrouted }
  for (const [name, count] of Object.entries(leads)) meters.leads.inc({ status: name }, atLeastZero(count))
  meters.possibleDuplicates.inc(atLeastZero(status.possibleDuplicates))
  for (const [crm, { state, quota, followUps, ...counts }] of Object.entries(status.crms)) {
    fillFollowUps(meters, crm, followUps)
    meters.dueSoon.set({ crm }, status.followUpsDueSoon.filter((one) => one.crm === crm && !one.missed).length)
    const { delivered, suppressed, notWanted, discarded, forgotten, created, updated, unchanged } = counts
    const outcomes = { delivered, suppressed, notWanted, discarded, forgotten }
    for (const [outcome, count] of Object.entries(outcomes)) meters.deliveries.inc({ crm, outcome }, atLeastZero(count))
    for (const [result, count] of Object.entries({ created, updated, unchanged }))
      meters.records.inc({ crm, result }, atLeastZero(count))
    meters.waiting.set({ crm }, counts.waiting)
    meters.parked.set({ crm }, counts.parked)
    meters.crmUp.set({ crm }, state === 'up' ? 1 : 0)
    meters.crmHeld.set({ crm }, state === 'held' ? 1 : 0)
    if (quota) fillQuota(meters, crm, quota)
  }
  for (const [queue, lengths] of Object.entries(status.queues)) {
    for (const [state, count] of Object.entries(lengths)) meters.jobs.set({ queue, state }, count)
  }
}

function fillQuota(meters: Meters, crm: string, { requests, remaining, limit }: CrmQuotaStatus): void {
  for (const [name, count] of Object.entries(requests)) meters.requests.inc({ crm, class: name }, atLeastZero(count))
  if (remaining !== null) meters.quotaRemaining.set({ crm }, remaining)
  if (limit !== null) meters.quotaLimit.set({ crm }, limit)
}

function fillFollowUps(meters: Meters, crm: string, counted: FollowUpCounters): void {
  for (const state of StepStates) meters.steps.set({ crm, state }, counted[state])
  meters.tasks.inc({ crm }, atLeastZero(counted.tasks))
  meters.made.inc({ crm, in_time: 'yes' }, atLeastZero(counted.madeInTime))
  meters.made.inc({ crm, in_time: 'no' }, atLeastZero(counted.madeLate))
  meters.worked.inc({ crm, in_time: 'yes' }, atLeastZero(counted.workedInTime))
  meters.worked.inc({ crm, in_time: 'no' }, atLeastZero(counted.workedLate))
  meters.missed.inc({ crm }, atLeastZero(counted.missed))
}

/** A prom-client counter throws on a negative number, and a scrape must not fail for a wrong one. */
function atLeastZero(count: number): number {
  return Math.max(0, count)
}
