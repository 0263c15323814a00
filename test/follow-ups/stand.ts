import { setImmediate as turn } from 'node:timers/promises'
import {
  type Connector,
  DeliveryError,
  deliveryJobId,
  type FollowUpPlan,
  type FollowUpRules,
  type Judged,
  type Lead,
  leadKey,
  type PlannedStep,
  type TaskOutcome,
  type TaskWrite,
} from '../../src/core/index.ts'
import { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { FollowUpReview } from '../../src/delivery/follow-ups/review.ts'
import { StepFiring } from '../../src/delivery/follow-ups/step-firing.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { BlockedProbe } from '../../src/queue/blocked-probe.ts'
import { Circuit } from '../../src/queue/circuit.ts'
import { DeliveryWorker } from '../../src/queue/delivery-worker.ts'
import { createFollowUpJobs } from '../../src/queue/follow-up-jobs.ts'
import { startFollowUpWorker } from '../../src/queue/follow-up-worker.ts'
import { Queues } from '../../src/queue/queues.ts'
import { Repairs } from '../../src/queue/repairs.ts'
import { RedisCircuits } from '../../src/store/circuits.ts'
import { planOf, reviewsLeft } from '../../src/store/follow-up-lookup.ts'
import type { StoredRecord } from '../kit/crm-stand.ts'
import { NoAlerts, openFollowUps } from '../kit/follow-up-parts.ts'
import { Noon } from '../kit/made-lead.ts'
import { type LogLine, recordedLog } from '../kit/recorded-log.ts'
import { arriving, LockMs, openStore, type StoreParts } from '../kit/store-parts.ts'
import { shippedRules, type ThreeCrm } from '../kit/three-crms.ts'
import { until } from '../kit/until.ts'

/** A task that is made without anybody noting it, as when the process ends in between: what then happens before the step is taken up again. */
export type LostAnswers = Map<string, () => Promise<void>>

/** One CRM with its real connector, and before it everything that a daemon runs for follow-ups: store, queues and workers. */
export interface FollowUpStand {
  readonly crm: ThreeCrm
  readonly url: string
  readonly store: StoreParts
  readonly queues: Queues
  readonly probe: BlockedProbe
  readonly lost: LostAnswers
  readonly lines: readonly LogLine[]
  /** By the CRM's own ids. */
  readonly sellers: ReadonlyMap<string, string>
  /** What the connector and the deliveries take for now, ms. */
  readonly clock: { ms: number }
  /** Takes the lead in and adds its delivery. */
  enter(lead: Lead): Promise<void>
  deliverAgain(lead: Lead): Promise<void>
  plan(lead: Lead): Promise<FollowUpPlan | null>
  /** The time of a waiting step has come; nothing where it has no job. */
  fire(step: PlannedStep): Promise<void>
  /** Whatever was asked for to make the step or take it back, once more. */
  askAllAgain(plan: FollowUpPlan, step: PlannedStep): Promise<void>
  /** The ids of all jobs about these steps, in whichever queue and state. */
  jobsOf(steps: readonly string[]): Promise<readonly string[]>
  /** Nothing is left to be done now. */
  settle(): Promise<void>
  records(): Promise<readonly StoredRecord[]>
  /** How many requests the CRM has had, and when it had the last one, by its own clock. */
  requests(): Promise<{ readonly count: number; readonly lastAt: number }>
  arm(...faults: readonly object[]): Promise<void>
  stop(): Promise<void>
}

const HourMs = 3_600_000
const Limits = { lockMs: 5_000, stalledMs: 1_000 }

export async function openStand(crm: ThreeCrm, redisUrl: string, rules: FollowUpRules): Promise<FollowUpStand> {
  const store = openStore(redisUrl)
  const sandbox = await crm.harness.start()
  const { log, lines } = recordedLog()
  const queues = new Queues(store.redis, [crm.name], log)
  const { signal } = new AbortController()
  const clock = { ms: Date.parse(Noon) }
  const now = () => clock.ms
  const connector = crm.harness.connect({
    baseUrl: sandbox.url,
    timeoutMs: null,
    dependencies: { crm: crm.name, fetch: globalThis.fetch, now, log },
  })
  await connector.catalog(signal)
  const lost: LostAnswers = new Map()
  const jobs = createFollowUpJobs(queues, now)
  const followUps = openFollowUps(store, { rules, jobs, now })
  // Sales closes records after their leads here, so that this says only what is done about those that were closed before.
  const shipped = shippedRules(crm.name, connector)
  const decide = { ...shipped, policies: { ...shipped.policies, onClosed: 'task' as const } }
  const org = new OrgBinding({ crm: crm.name, sharedOrg: false, connector, orgs: store.orgs, signal, now })
  const { ledger, lock, contacts, suppression, states, redis, scripts } = store
  const delivery = new CrmDelivery({
    crm: crm.name,
    connector: losing(connector, lost),
    org,
    rules: decide,
    accept: {},
    ledger,
    lock,
    contacts,
    suppression,
    followUps,
    lockMs: LockMs,
    signal,
    now,
  })
  const queue = queues.delivery(crm.name)
  const circuit = new Circuit({
    crm: crm.name,
    circuits: new RedisCircuits(scripts),
    concurrency: 50,
    turnMs: LockMs,
    log,
    now: Date.now,
  })
  const { worker } = new DeliveryWorker({
    circuit,
    crm: crm.name,
    repairs: new Repairs(queues, crm.name),
    redis,
    queue,
    delivery,
    alike: async () => [],
    ledger,
    followUps: followUps.store,
    alerts: NoAlerts,
    configVersion: 'a1b2c3',
    states,
    limits: Limits,
    concurrency: 50,
    giveUpAfterMs: HourMs,
    signal,
    log,
    // BullMQ's delays are in real time.
    now: Date.now,
  })
  const { qualification } = decide
  const stopFollowUps = startFollowUpWorker({
    redis,
    firing: new StepFiring({ rules, qualification, crms: [crm.name], followUps: followUps.store, jobs, sla: followUps.sla, now }),
    review: new FollowUpReview({ followUps: followUps.store, jobs }),
    limits: Limits,
    concurrency: 50,
    graceMs: 2_000,
    log,
    now: Date.now,
  })

  async function addDelivery(lead: Lead): Promise<void> {
    await queues.add(queue, { name: 'deliver', id: deliveryJobId(crm.name, lead.id), data: { lead: leadKey(lead.id) } })
  }

  async function isIdle(): Promise<boolean> {
    const counts = [
      await queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'),
      await queues.followUps.getJobCountByTypes('wait', 'active', 'prioritized'),
      await reviewsLeft(scripts),
      await queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'),
    ]
    return counts.every((count) => count === 0)
  }

  return {
    crm,
    url: sandbox.url,
    store,
    queues,
    probe: new BlockedProbe({ crm: crm.name, queue, connector, org, states, log }),
    lost,
    lines,
    sellers: await sellersOf(crm, sandbox.url),
    clock,
    async enter(lead) {
      await store.register.admit(arriving(lead, { route: [{ name: crm.name, wants: 'yes' }], followUpCrm: crm.name }))
      await addDelivery(lead)
    },
    async deliverAgain(lead) {
      await queue.remove(deliveryJobId(crm.name, lead.id))
      await addDelivery(lead)
    },
    plan: (lead) => planOf(scripts, leadKey(lead.id)),
    async fire({ id }) {
      const waiting = await queues.followUps.getDelayed()
      await waiting.find(({ name, data }) => name === 'fire' && data.step === id)?.promote()
    },
    async askAllAgain(plan, { id, fireAt }) {
      for (const name of ['task', 'withdraw']) await queue.remove(`${name}.${id}`)
      await Promise.all([jobs.fire(plan, id, fireAt), jobs.make(plan, id), jobs.withdraw(plan, id)])
    },
    async jobsOf(steps) {
      const types = ['wait', 'active', 'delayed', 'prioritized', 'failed', 'completed'] as const
      const jobs = await Promise.all([queue, queues.followUps].map((one) => one.getJobs([...types])))
      return jobs.flat().flatMap(({ id = '', data }) => (steps.includes(data.step) ? [id] : []))
    },
    async settle() {
      let idle = 0
      await until('all is done', async () => {
        idle = (await isIdle()) ? idle + 1 : 0
        await turn()
        return idle === 2
      })
    },
    async records() {
      const { records } = (await (await fetch(`${sandbox.url}/_sandbox/records`)).json()) as { records: StoredRecord[] }
      return records
    },
    async requests() {
      const { requests } = (await (await fetch(`${sandbox.url}/_sandbox/requests`)).json()) as { requests: { at: string }[] }
      return { count: requests.length, lastAt: Date.parse(String(requests.at(-1)?.at)) }
    },
    async arm(...faults) {
      await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) })
    },
    async stop() {
      await worker.close(true)
      await stopFollowUps()
      circuit.stop()
      delivery.stop()
      await connector.stop()
      await sandbox.stop()
      await queues.close()
      await store.close()
    },
  }
}

async function sellersOf({ harness }: ThreeCrm, url: string): Promise<ReadonlyMap<string, string>> {
  const [sam, kim] = await Promise.all(harness.facts.sellers.active.map((email) => harness.sales.userId(url, email)))
  return new Map([
    [String(sam), 'Sam'],
    [String(kim), 'Kim'],
  ])
}

/** The CRM makes the task, and nobody hears of it. */
function losing(connector: Connector, lost: LostAnswers): Connector {
  async function createTasks(tasks: readonly TaskWrite[], signal: AbortSignal): Promise<readonly Judged<TaskOutcome>[]> {
    const made = await connector.createTasks(tasks, signal)
    return await Promise.all(made.map((one, index) => afterLoss(one, tasks[index]?.id ?? '')))
  }

  async function afterLoss(made: Judged<TaskOutcome>, id: string): Promise<Judged<TaskOutcome>> {
    const happens = lost.get(id)
    if (!happens) return made
    lost.delete(id)
    await happens()
    return new DeliveryError('conflict', 'The process ended before it heard of it.', { retryAfterMs: 0 })
  }

  return { ...connector, createTasks }
}
