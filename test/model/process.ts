import type { Job } from 'bullmq'
import { compileMapping, type DecideRules, DeliveryError, type MappingRules, NoQualification } from '../../src/core/index.ts'
import { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { FollowUpReview } from '../../src/delivery/follow-ups/review.ts'
import { StepFiring } from '../../src/delivery/follow-ups/step-firing.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { type CrmJob, workOf } from '../../src/queue/crm-work.ts'
import { endings } from '../kit/crm-parts.ts'
import { NoAlerts, NoRepairs, openFollowUps } from '../kit/follow-up-parts.ts'
import type { BoardJob, JobBoard } from '../kit/job-board.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { LockMs, openStore, type StoreParts } from '../kit/store-parts.ts'
import { Emptied, Stages } from './contact-model.ts'
import type { ModelCrm } from './crms.ts'
import { followUpRules } from './follow-up-rules.ts'
import { type Death, Mortal } from './mortal.ts'

export interface Clock {
  ms: number
}

export interface ProcessParts {
  readonly redisUrl: string
  readonly clock: Clock
  /** What the queues would hold of follow-ups; it outlives every process. */
  readonly board: JobBoard
  readonly crms: readonly { readonly crm: ModelCrm; readonly url: string }[]
}

/** What became of a job, and when it comes back. */
export type Worked = 'done' | 'failed' | 'locked' | number

/** One daemon's deliveries to each CRM and its follow-ups, with a Redis connection and connectors of its own. */
export class ModelProcess {
  readonly store: StoreParts
  readonly #mortal = new Mortal()
  readonly #deliveries = new Map<string, CrmDelivery>()
  readonly #ending = new AbortController()
  readonly #connectors: { stop(): Promise<void> }[] = []
  readonly #parts: ProcessParts
  readonly #firing: StepFiring
  readonly #review: FollowUpReview

  constructor(parts: ProcessParts) {
    const { redisUrl, clock, crms, board } = parts
    this.#parts = parts
    this.store = openStore(redisUrl)
    this.store.clock.ms = clock.ms
    const { redis, orgs } = this.store
    const send = redis.sendCommand.bind(redis)
    const sent = new WeakSet<object>()
    redis.sendCommand = (command, stream) => {
      // What ioredis sends again by itself, when its connection is there (again), is the same exchange, and its end is waited for.
      if (sent.has(command)) return send(command, stream)
      sent.add(command)
      return this.#mortal.pass(async () => await send(command, stream))
    }
    const now = () => clock.ms
    const jobs = board.jobsThrough((exchange) => this.#mortal.pass(exchange))
    const followUps = openFollowUps(this.store, { rules: followUpRules, jobs, now })
    const { store, sla } = followUps
    const names = crms.map(({ crm }) => crm.name)
    const common = { rules: followUpRules, qualification: NoQualification, followUps: store, jobs, sla, now }
    this.#firing = new StepFiring({ ...common, crms: names })
    this.#review = new FollowUpReview(common)
    for (const { crm, url } of crms) {
      const { log } = recordedLog()
      const fetch: typeof globalThis.fetch = (input, init) => this.#mortal.pass(() => globalThis.fetch(input, init))
      const connector = crm.connect(url, { crm: crm.name, fetch, now, log })
      const common = { crm: crm.name, connector, signal: this.#ending.signal, now }
      const { ledger, lock, contacts, suppression } = this.store
      this.#connectors.push(connector)
      this.#deliveries.set(
        crm.name,
        new CrmDelivery({
          ...common,
          org: new OrgBinding({ ...common, sharedOrg: false, orgs }),
          rules: rulesOf(crm, (object) => connector.identity(object)),
          accept: {},
          ledger,
          lock,
          contacts,
          suppression,
          followUps,
          lockMs: LockMs,
        }),
      )
    }
  }

  /** How each ended, by its key. */
  async deliver(crm: string, leadKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const delivery = this.#of(crm)
    const ended = endings(await Promise.allSettled(leadKeys.map((key) => delivery.deliver(key))))
    return new Map(leadKeys.map((key, index) => [key, String(ended[index])]))
  }

  /** Has the markers follow what is said of the contact under which this lead is delivered. */
  async mark(crm: string, contactId: string): Promise<string> {
    const [ended] = endings(await Promise.allSettled([this.#of(crm).mark(contactId, `mark ${contactId}`)]))
    return String(ended)
  }

  /** Returns how many contacts were looked at. */
  review(): Promise<number> {
    return this.#review.run()
  }

  /** What a worker does with one job of the follow-ups. */
  async work(job: BoardJob): Promise<Worked> {
    if (job.name === 'fire' || job.name === 'look') {
      const fired = await this.#firing[job.name](job.about)
      return fired.kind === 'done' ? 'done' : fired.at
    }
    const work = this.#workOf(job)
    try {
      return (await work.run()).kind === 'settled' ? 'done' : 'locked'
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      return await work.giveUp(error).then(
        () => 'done' as const,
        () => 'failed' as const,
      )
    }
  }

  /** Something else happens just before its n-th exchange from here. */
  intrude(exchange: number, run: () => Promise<void>): void {
    this.#mortal.intrude(exchange, run)
  }

  #workOf({ id, name, crm, about, contact }: BoardJob) {
    const job = { id, name, data: { step: about, contact }, updateData: async () => undefined } as unknown as Job<CrmJob>
    const { ledger, followUps } = this.store
    const { log } = recordedLog()
    const now = () => this.#parts.clock.ms
    const common = { alerts: NoAlerts, repairs: NoRepairs, configVersion: 'a1b2c3', log, now }
    return workOf(job, { ...common, crm, delivery: this.#of(crm), ledger, followUps })
  }

  #of(crm: string): CrmDelivery {
    const delivery = this.#deliveries.get(crm)
    if (!delivery) throw new Error(`There is no CRM ${crm}.`)
    return delivery
  }

  /** False when it lives on: it was done before its time. */
  async dieAt(death: Death, work: () => Promise<unknown>): Promise<boolean> {
    // What a connection begins with is no exchange of ours: who died of it would not even have begun.
    await this.store.redis.ping()
    this.#mortal.doom(death)
    await Promise.race([work(), this.#mortal.died])
    if (!this.#mortal.isDead) this.#mortal.spare()
    if (this.#mortal.isDead) await this.#mortal.died
    return this.#mortal.isDead
  }

  async close(): Promise<void> {
    this.#ending.abort()
    for (const delivery of this.#deliveries.values()) delivery.stop()
    for (const connector of this.#connectors) await connector.stop()
    await this.store.close()
  }
}

/** One field of each policy. The last one is what the configuration refuses: should a mapping get that far, no opt-out is cleared all the same. */
function rulesOf({ object, names, mode, optOutFields }: ModelCrm, identity: DecideRules['identity']): DecideRules {
  const fields: MappingRules[string] = {
    [names.first]: { from: 'person.firstName' },
    [names.last]: { from: 'person.lastName' },
    [names.title]: { from: 'person.jobTitle', policy: 'overwrite', values: { [Emptied]: null }, onUnknown: 'keep' },
    [names.company]: { from: 'person.company', policy: 'ours' },
    [names.stage]: { from: 'stage', policy: 'overwrite' },
    [names.wish]: { from: 'notes', policy: 'create-only' },
    [names.lastLead]: { from: 'occurredAt', policy: 'overwrite' },
    [names.optOuts.email]: { value: false, policy: 'overwrite' },
  }
  // What sales made a contact of is told apart no further.
  const contact: MappingRules[string] = { [names.first]: { from: 'person.firstName' }, [names.last]: { from: 'person.lastName' } }
  return {
    mapping: compileMapping({ contact, [object]: fields }),
    identity,
    target: object,
    doNotContact: { mode, createIfMissing: false, markers: names.markers },
    policies: { onMany: 'park', onDeleted: 'recreate', onClosed: 'new-record', optOutFields },
    lastLeadField: names.lastLead,
    touches: { as: 'field', field: names.history },
    digest: (value) => `digest of ${value}`,
    stageOrder: Stages,
    qualification: NoQualification,
  }
}
