import type { Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { deliveryJobIdOfKey, leadOfStep } from '../core/index.ts'
import type { FollowUpJobs } from '../delivery/follow-ups/ports.ts'
import type { OpenWork } from '../delivery/open-work.ts'
import type { CrmJob } from './crm-work.ts'
import { retryFailed } from './dead-letters.ts'
import type { Queues } from './queues.ts'

/** How a job is: `live` waits or is at work, whenever that will be. */
type Presence = 'live' | 'failed' | 'completed' | 'missing'

interface Place {
  readonly queue: Queue
  readonly id: string
  /** Whether a failed one will do: then the work waits for a person. */
  readonly mayHaveFailed: boolean
}

/** A job of a CRM's queue, and what it is about. */
export interface CrmJobFacts {
  readonly crm: string
  readonly id: string
  readonly lead: string
  readonly step: string | null
  readonly hasFailed: boolean
}

const LongestList = 5_000
const PageSize = 500

/** Whether the jobs are there that open work needs, and how they come back. */
export class WorkJobs {
  readonly #queues: Queues
  readonly #followUps: FollowUpJobs

  constructor(queues: Queues, followUps: FollowUpJobs) {
    this.#queues = queues
    this.#followUps = followUps
  }

  /** Those that no job will go on with. */
  async without(works: readonly OpenWork[]): Promise<readonly OpenWork[]> {
    const judged = await Promise.all(works.map(async (work) => ((await this.#hasJob(work)) ? [] : [work])))
    return judged.flat()
  }

  /** Jobs about a lead or step that wait in a CRM's queue or have failed there, a page at a time. */
  async *inCrms(): AsyncGenerator<readonly CrmJobFacts[]> {
    for (const [crm, queue] of this.#queues.deliveries) {
      for (const state of ['failed', 'waiting', 'delayed', 'prioritized'] as const) yield* pagesOf(crm, queue, state)
    }
  }

  async isThere({ crm, id }: CrmJobFacts): Promise<boolean> {
    return (await this.#queues.redis.exists(this.#queues.delivery(crm).toKey(id))) === 1
  }

  /** How many wait in the quarantine. */
  setAside(): Promise<number> {
    return this.#queues.quarantine.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')
  }

  /** Adds its job again; adding one that is there changes nothing. False where only a journal has what it needs, or its CRM has no file. */
  async mend(work: OpenWork): Promise<boolean> {
    if (work.kind === 'lead' || !this.#queues.deliveries.has(work.crm)) return false
    const [place] = this.#placesOf(work)
    const presence = place ? await presenceOf(this.#queues.redis, place) : 'missing'
    if (place && presence === 'failed') return await this.#retry(place)
    if (presence === 'live') return true
    // BullMQ ignores a job whose id it keeps: a completed one, or one that is in no list any more.
    await place?.queue.remove(place.id)
    if (work.kind === 'step') await this.#addStep(work)
    else await this.#addDelivery(work)
    return true
  }

  async #addDelivery({ crm, lead }: Extract<OpenWork, { kind: 'delivery' }>): Promise<void> {
    const job = { name: 'deliver' as const, id: deliveryJobIdOfKey(crm, lead), data: { lead } }
    await this.#queues.add(this.#queues.delivery(crm), job)
  }

  async #addStep({ crm, contact: contactId, step, state, fireAt }: Extract<OpenWork, { kind: 'step' }>): Promise<void> {
    const plan = { crm, contactId }
    if (state === 'waiting') await this.#followUps.fire(plan, step, fireAt)
    else if (state === 'withdrawing') await this.#followUps.withdraw(plan, step)
    else await this.#followUps.make(plan, step)
  }

  async #retry({ queue, id }: Place): Promise<boolean> {
    const job: Job | undefined = await queue.getJob(id)
    return job ? await retryFailed(job) : false
  }

  async #hasJob(work: OpenWork): Promise<boolean> {
    for (const place of this.#placesOf(work)) {
      const presence = await presenceOf(this.#queues.redis, place)
      if (presence === 'live' || (presence === 'failed' && place.mayHaveFailed)) return true
    }
    return false
  }

  /** Its own job first; then those that add it when they run again after a crash. */
  #placesOf(work: OpenWork): readonly Place[] {
    const { leads, followUps } = this.#queues
    const routing = { queue: leads, id: `lead.${work.lead}`, mayHaveFailed: false }
    if (work.kind === 'lead') return [routing]
    const queue = this.#queues.deliveryOrOpen(work.crm)
    const delivery = { queue, id: deliveryJobIdOfKey(work.crm, work.lead) }
    if (work.kind === 'delivery') return [{ ...delivery, mayHaveFailed: work.state === 'parked' }, routing]
    const mayHaveFailed = work.state === 'failed' || work.state === 'withdrawing'
    const fire = { queue: followUps, id: `fire.${work.step}.${work.fireAt}`, mayHaveFailed: false }
    const task = { queue, id: `task.${work.step}`, mayHaveFailed }
    const withdraw = { queue, id: `withdraw.${work.step}`, mayHaveFailed }
    switch (work.state) {
      case 'waiting':
        return [fire, task, { ...delivery, mayHaveFailed: false }]
      case 'withdrawing':
        return [withdraw, task, fire]
      default:
        return [task, fire, withdraw]
    }
  }
}

/** By the job's own key. */
async function presenceOf(redis: Redis, { queue, id }: Place): Promise<Presence> {
  const [name, finishedOn] = await redis.hmget(queue.toKey(id), 'name', 'finishedOn')
  if (name === null) return 'missing'
  if (finishedOn !== null) return (await redis.zscore(queue.toKey('failed'), id)) === null ? 'completed' : 'failed'
  return (await isInNoList(redis, { queue, id })) ? 'missing' : 'live'
}

/** Redis goes through the whole list for each: where very many wait, a job's key alone has to do. */
async function isInNoList(redis: Redis, { queue, id }: Pick<Place, 'queue' | 'id'>): Promise<boolean> {
  if ((await redis.llen(queue.toKey('wait'))) > LongestList) return false
  return (await queue.getJobState(id)) === 'unknown'
}

async function* pagesOf(crm: string, queue: Queue, state: 'failed' | 'waiting' | 'delayed' | 'prioritized') {
  for (let from = 0; ; from += PageSize) {
    const jobs: (Job<CrmJob> | undefined)[] = await queue.getJobs([state], from, from + PageSize - 1, true)
    yield jobs.flatMap((job) => (job ? factsOf(crm, job, state === 'failed') : []))
    if (jobs.length < PageSize) return
  }
}

/** Nothing of a mark: that is about nobody's lead. */
function factsOf(crm: string, { id = '', data }: Job<CrmJob>, hasFailed: boolean): readonly CrmJobFacts[] {
  if ('lead' in data) return [{ crm, id, lead: data.lead, step: null, hasFailed }]
  return 'step' in data ? [{ crm, id, lead: leadOfStep(data.step), step: data.step, hasFailed }] : []
}
