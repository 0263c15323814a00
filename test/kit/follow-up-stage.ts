import type { Job } from 'bullmq'
import {
  type DecideRules,
  DeliveryError,
  disposition,
  type FollowUpPlan,
  type FollowUpRules,
  type Lead,
  leadKey,
  type PlannedStep,
} from '../../src/core/index.ts'
import type { Alert } from '../../src/delivery/alerts.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import type { DeliveryResult } from '../../src/delivery/delivery-result.ts'
import { FollowUpReview } from '../../src/delivery/follow-ups/review.ts'
import { StepFiring } from '../../src/delivery/follow-ups/step-firing.ts'
import { type CrmJob, type CrmWork, workOf } from '../../src/queue/crm-work.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { planOf } from '../../src/store/follow-up-lookup.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { type Death, Mortal } from '../model/mortal.ts'
import { makeRules, openDelivery } from './crm-parts.ts'
import { NoRepairs, type OpenFollowUps, openFollowUps } from './follow-up-parts.ts'
import { NoonMs } from './follow-up-plans.ts'
import { makeFollowUps } from './follow-up-rules.ts'
import { type BoardJob, JobBoard } from './job-board.ts'
import { createMemoryCrm, type MemoryCrm, type MemoryTask } from './memory-crm.ts'
import { recordedLog } from './recorded-log.ts'
import { onTestRedis } from './redis.ts'
import { arriving, Crm, Keep, openStore, type StoreParts } from './store-parts.ts'

export interface StageRules {
  readonly followUps?: FollowUpRules
  readonly rules?: Partial<DecideRules>
}

const MostTries = 5
const MostInVain = 3

/** What outlives every process: Redis, the CRMs, the queues and the clock. */
export class FollowUpStage {
  readonly board = new JobBoard()
  readonly crms = new Map<string, MemoryCrm>()
  readonly clock = { ms: NoonMs }
  /** By which no process ever dies. */
  readonly hand: StoreParts
  readonly alerts: Alert[] = []
  readonly #url: string
  readonly #processes: StageProcess[] = []

  constructor(url: string, crms: readonly string[] = [Crm]) {
    this.#url = url
    this.hand = openStore(url)
    for (const name of crms) this.crms.set(name, createMemoryCrm())
  }

  async start(rules: StageRules = {}): Promise<StageProcess> {
    const store = openStore(this.#url)
    // What a connection begins with is no exchange of ours: who died of it would not even have begun.
    await store.redis.ping()
    const process = new StageProcess(this, store, rules)
    this.#processes.push(process)
    return process
  }

  crm(name: string = Crm): MemoryCrm {
    const crm = this.crms.get(name)
    if (!crm) throw new Error(`There is no CRM ${name}.`)
    return crm
  }

  /** Takes the lead in and routes it to every CRM. */
  async enter(lead: Lead, followUpCrm: string | null = Crm): Promise<string> {
    const key = leadKey(lead.id)
    const route = [...this.crms.keys()].map((name) => ({ name, wants: 'yes' as const }))
    await this.hand.register.admit(arriving(lead, { route, followUpCrm }))
    for (const crm of this.crms.keys()) {
      this.board.add({ id: `${crm}.${key}`, name: 'deliver', crm, about: key, contact: '', at: 0 })
    }
    return key
  }

  /** Whatever comes of it is for a process to carry out. */
  async sayNo(text: string, channel: 'any' | 'email' | 'phone' = 'any'): Promise<void> {
    const entry = { source: 'admin' as const, channel, offer: '*', since: this.clock.ms, reason: 'by letter' }
    await new StrongSuppressions(this.hand.scripts, Keep).add(strongAlias(text, 'a secret') ?? '', entry)
  }

  async liftNo(text: string): Promise<void> {
    const lift = { channel: null, offer: null, at: this.clock.ms + 1, reason: 'asked again' }
    await new StrongSuppressions(this.hand.scripts, Keep).lift(strongAlias(text, 'a secret') ?? '', lift)
  }

  later(ms: number): void {
    this.at(this.clock.ms + ms)
  }

  /** Never back. */
  at(ms: number): void {
    this.clock.ms = Math.max(this.clock.ms, ms)
    for (const { store } of this.#processes) store.clock.ms = this.clock.ms
  }

  async plan(lead: Lead): Promise<FollowUpPlan | null> {
    return await planOf(this.hand.scripts, leadKey(lead.id))
  }

  async steps(lead: Lead): Promise<readonly PlannedStep[]> {
    return (await this.plan(lead))?.steps ?? []
  }

  /** How far each step is, e.g. `made, waiting`. */
  async states(lead: Lead): Promise<string> {
    return (await this.steps(lead)).map(({ state }) => state).join(', ')
  }

  /** How the tasks stand in a CRM, in the order in which they were made. */
  tasks(name: string = Crm): readonly MemoryTask[] {
    return [...this.crm(name).tasks.values()]
  }

  /** What the contact's history says of follow-ups. */
  async told(lead: Lead): Promise<readonly string[]> {
    const contact = await findContact(this.hand.scripts, await this.hand.contactOf(lead))
    return contact?.timeline.filter(({ event }) => event === 'follow-up').map(({ reason }) => String(reason)) ?? []
  }

  /** Those of a dead process end when their time is over. */
  async endLocks(): Promise<void> {
    const locks = await this.hand.redis.keys('{leadsync}:lock:*')
    if (locks.length > 0) await this.hand.redis.del(locks)
  }

  async close(): Promise<void> {
    for (const process of this.#processes) await process.close()
    await this.hand.close()
  }
}

/** Each test of the file begins with an empty stage, which `take` is handed. What it returns ends that one, and hands over another. */
export function onEmptyStage(take: (stage: FollowUpStage) => void, crms: readonly string[] = [Crm]): () => Promise<void> {
  let renew = async () => {}
  onTestRedis(async ({ url }) => {
    let stage: FollowUpStage | null = null
    renew = async () => {
      await stage?.close()
      stage = new FollowUpStage(url, crms)
      await stage.hand.redis.flushall()
      take(stage)
    }
    await renew()
    return { close: async () => stage?.close() }
  })
  return () => renew()
}

/** One daemon's follow-ups, with a Redis connection of its own, which may die between any two of its exchanges. */
export class StageProcess {
  readonly store: StoreParts
  readonly review: FollowUpReview
  readonly firing: StepFiring
  readonly #stage: FollowUpStage
  readonly #deliveries = new Map<string, CrmDelivery>()
  readonly #followUps: OpenFollowUps
  readonly #mortal = new Mortal()
  readonly #ending = new AbortController()
  #exchanges = 0
  /** Jobs in a row that found their contact locked. */
  #inVain = 0
  #intrusion: { readonly before: number; run(): Promise<void> } | null = null

  constructor(stage: FollowUpStage, store: StoreParts, { followUps: rules = makeFollowUps(), rules: changes = {} }: StageRules) {
    this.#stage = stage
    this.store = store
    store.clock.ms = stage.clock.ms
    const { redis } = store
    const send = redis.sendCommand.bind(redis)
    redis.sendCommand = (command, stream) => this.#pass(async () => await send(command, stream))
    const jobs = stage.board.jobsThrough((exchange) => this.#pass(exchange))
    const now = () => stage.clock.ms
    this.#followUps = openFollowUps(store, { rules, jobs, now })
    for (const [name, crm] of stage.crms) {
      const decide = { ...makeRules(crm), ...changes }
      const parts = { name, sharedOrg: true, signal: this.#ending.signal, followUps: this.#followUps, rules: decide, now }
      this.#deliveries.set(name, openDelivery(store, this.#mortalCrm(crm), parts))
    }
    const { store: followUps, sla } = this.#followUps
    const { qualification } = { ...makeRules(stage.crm([...stage.crms.keys()][0])), ...changes }
    this.firing = new StepFiring({ rules, qualification, crms: [...stage.crms.keys()], followUps, jobs, sla, now })
    this.review = new FollowUpReview({ followUps, jobs })
  }

  get alerts(): readonly Alert[] {
    return this.#followUps.alerts
  }

  /** How many exchanges it had with Redis, the queues and the CRMs. */
  get exchanges(): number {
    return this.#exchanges
  }

  /** Something else happens just before its n-th exchange. */
  intrude(before: number, run: () => Promise<void>): void {
    this.#intrusion = { before, run }
  }

  /** Does all that is to be done now, and nothing after its death. */
  async settle(only?: (job: BoardJob) => boolean): Promise<void> {
    await Promise.race([this.#settle(only), this.#mortal.died])
    if (this.#mortal.isDead) await this.#mortal.died
  }

  doom(death: Death): void {
    this.#mortal.doom(death)
  }

  get isDead(): boolean {
    return this.#mortal.isDead
  }

  async work(job: BoardJob): Promise<void> {
    const { board, clock } = this.#stage
    const ended = await this.#run(job)
    if (ended === 'failed') return board.fail(job)
    if (ended === 'done') return board.done(job)
    job.at = Math.max(ended, clock.ms)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    for (const delivery of this.#deliveries.values()) delivery.stop()
    await this.store.close()
  }

  async #settle(only?: (job: BoardJob) => boolean): Promise<void> {
    const { board, clock } = this.#stage
    for (;;) {
      const looked = await this.review.run()
      const job = board.next(clock.ms, only)
      if (job) await this.work(job)
      else if (looked === 0) return
      if (this.#inVain >= MostInVain) await this.#stage.endLocks()
    }
  }

  /** `done`, `failed`, or when it comes back. */
  async #run(job: BoardJob): Promise<'done' | 'failed' | number> {
    if (job.name === 'fire' || job.name === 'look') {
      const fired = await this.firing[job.name](job.about)
      return fired.kind === 'done' ? 'done' : fired.at
    }
    const work = this.#workOf(job)
    for (let tries = 1; ; tries += 1) {
      try {
        return this.#endOf(await work.run())
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error
        if (disposition(error).kind === 'park' || tries === MostTries) return await this.#giveUp(work, error)
      }
    }
  }

  #endOf(result: DeliveryResult): 'done' | number {
    this.#inVain = result.kind === 'settled' ? 0 : this.#inVain + 1
    return result.kind === 'settled' ? 'done' : this.#stage.clock.ms
  }

  async #giveUp(work: CrmWork, error: DeliveryError): Promise<'done' | 'failed'> {
    try {
      await work.giveUp(error)
      return 'done'
    } catch {
      return 'failed'
    }
  }

  #workOf({ id, name, crm, about, contact }: BoardJob): CrmWork {
    const data = name === 'deliver' ? { lead: about } : { step: about, contact }
    const delivery = this.#deliveries.get(crm)
    if (!delivery) throw new Error(`There is no CRM ${crm}.`)
    const job = { id, name, data, updateData: async () => undefined } as unknown as Job<CrmJob>
    return workOf(job, {
      crm,
      delivery,
      ledger: this.store.ledger,
      followUps: this.#followUps.store,
      repairs: NoRepairs,
      alerts: { raise: async (alert) => void this.#stage.alerts.push(alert) },
      configVersion: 'a1b2c3',
      log: recordedLog().log,
      now: () => this.#stage.clock.ms,
    })
  }

  async #pass<T>(exchange: () => Promise<T>): Promise<T> {
    this.#exchanges += 1
    const intrusion = this.#intrusion
    if (intrusion?.before === this.#exchanges) await intrusion.run()
    return await this.#mortal.pass(exchange)
  }

  #mortalCrm(crm: MemoryCrm): MemoryCrm {
    return {
      ...crm,
      catalog: (signal) => this.#pass(() => crm.catalog(signal)),
      match: (keys, signal) => this.#pass(() => crm.match(keys, signal)),
      write: (writes, signal) => this.#pass(() => crm.write(writes, signal)),
      assignees: (owners, signal) => this.#pass(() => crm.assignees(owners, signal)),
      createTasks: (tasks, signal) => this.#pass(() => crm.createTasks(tasks, signal)),
      findTasks: (tasks, signal) => this.#pass(() => crm.findTasks(tasks, signal)),
      readTasks: (refs, signal) => this.#pass(() => crm.readTasks(refs, signal)),
      withdrawTasks: (refs, signal) => this.#pass(() => crm.withdrawTasks(refs, signal)),
    }
  }
}
