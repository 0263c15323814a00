import { setTimeout as wait } from 'node:timers/promises'
import type { Job, JobType, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { deliveryJobIdOfKey, Lead, leadKey, NoOwnDomains, type Sought, type StageRule, verbatimText } from '../core/index.ts'
import type { Entrant, LeadRegister } from '../delivery/register.ts'
import type { Unreadable } from './quarantine.ts'
import type { Queues } from './queues.ts'
import { readLead } from './route-worker.ts'

export interface JobsToForgetParts {
  readonly redis: Redis
  /** Also of CRMs that have no file any more. */
  readonly queues: Queues
  readonly register: Pick<LeadRegister, 'admit'>
  readonly stages: readonly StageRule[]
  /** Those that are asked for leads now. */
  readonly crms: readonly string[]
  readonly sought: Sought
  /** How long to wait for a job that a worker has in hand, in ms. */
  readonly waitMs: number
  now(): number
}

/** A job that tells of the person. */
export interface FoundJob {
  readonly queue: Queue
  readonly id: string
  /** The ledger's key of its lead; null where it is about no lead. */
  readonly key: string | null
  /** Null where none could be read. */
  readonly lead: Lead | null
  /** How it comes into the ledger; null where it is there already. */
  readonly entrant: Entrant | null
}

const States: readonly JobType[] = ['waiting', 'prioritized', 'delayed', 'waiting-children', 'active', 'failed', 'completed']
const PageSize = 500
const EventsAtOnce = 1_000
const AskEveryMs = 100
/** Of a `Date`, in ms. */
const LatestTime = 8.64e15
const NoLead = { key: null, lead: null, entrant: null }
const Unmarked = { contentKey: null, idempotency: null }

/** One person's jobs, of every queue and state. */
export class JobsToForget {
  readonly #parts: JobsToForgetParts

  constructor(parts: JobsToForgetParts) {
    this.#parts = parts
  }

  /** Leads that are not routed yet, whoever added them. */
  leads(): Promise<readonly FoundJob[]> {
    return collect(this.#parts.queues.leads, (job) => this.#leadIn(job))
  }

  /** Leads that are held, and bodies that could not be understood. */
  setAside(): Promise<readonly FoundJob[]> {
    const { sought, queues } = this.#parts
    return collect(queues.quarantine, ({ name, data }) => {
      const lead = name === 'held' ? Lead.safeParse(data).data : undefined
      if (lead) return sought.isLead(lead) ? { key: leadKey(lead.id), lead, entrant: null } : null
      const { id, receivedAt, verbatim } = data as Unreadable
      const text = `${id}\n${verbatim ? verbatimText(verbatim) : JSON.stringify(data)}`
      return sought.isText(text, receivedAt) ? { key: leadKey(String(id)), lead: null, entrant: null } : null
    })
  }

  /** Deliveries of these leads, done or not, marks of these contacts' records, and steps of their follow-ups. */
  async deliveries(leads: readonly string[], contacts: readonly string[]): Promise<readonly FoundJob[]> {
    const ours = new Set(contacts)
    const found: FoundJob[] = []
    for (const [crm, queue] of this.#parts.queues.deliveries) {
      // By their ids: one that is tried at this moment may be in another list whenever it is looked for.
      const ids = leads.map((key) => deliveryJobIdOfKey(crm, key))
      const there = await Promise.all(ids.map((id) => queue.getJob(id)))
      found.push(...there.flatMap((job) => (job?.id ? [{ ...NoLead, queue, id: job.id }] : [])))
    }
    for (const queue of [...this.#parts.queues.deliveries.values(), this.#parts.queues.followUps]) {
      found.push(...(await collect(queue, ({ data }) => (ours.has(data.contact) ? NoLead : null))))
    }
    return found
  }

  /**
   * Counts what came in as what it is, as a worker would that routes it: the register knows that it is to be forgotten. The job is removed after
   * that, so that a crash in between loses no count.
   */
  async admit({ entrant }: FoundJob): Promise<void> {
    if (entrant) await this.#parts.register.admit(entrant)
  }

  /** The queue in which a worker did not let go of one of them in time; null when all are gone. */
  async remove(jobs: readonly FoundJob[]): Promise<string | null> {
    const deadline = performance.now() + this.#parts.waitMs
    for (const { queue, id } of jobs) {
      while ((await queue.remove(id)) !== 1) {
        if (performance.now() > deadline) return queue.name
        await wait(AskEveryMs)
      }
    }
    return null
  }

  /** What BullMQ tells its listeners is kept for a while, under the jobs' own ids: foreign ones may name the person. */
  async removeEvents(jobs: readonly FoundJob[]): Promise<void> {
    for (const queue of this.#parts.queues.all()) {
      const ids = new Set(jobs.filter((job) => job.queue.name === queue.name).map((job) => job.id))
      await this.#removeEventsOf(queue, ids)
    }
  }

  async #removeEventsOf(queue: Queue, ids: ReadonlySet<string>): Promise<void> {
    const { redis, sought } = this.#parts
    const stream = queue.toKey('events')
    for (let from = '-'; ; ) {
      const events = await redis.xrange(stream, from, '+', 'COUNT', EventsAtOnce)
      const ours = events.filter(
        ([id, fields]) =>
          fields.some((value) => ids.has(value)) || sought.isText(fields.join('\n'), isoTime(Number.parseInt(id, 10))),
      )
      if (ours.length > 0) await redis.xdel(stream, ...ours.map(([id]) => id))
      if (events.length < EventsAtOnce) return
      from = `(${events.at(-1)?.[0]}`
    }
  }

  #leadIn(job: Job): Pick<FoundJob, 'key' | 'lead' | 'entrant'> | null {
    const { sought, stages, crms, now } = this.#parts
    const read = readLead({ stages, ownDomains: NoOwnDomains, now }, job)
    if ('lead' in read) {
      const { lead, receipt } = read
      const route = crms.map((name) => ({ name, wants: 'yes' as const }))
      const entrant = { ...Unmarked, kind: 'accepted' as const, id: lead.id, receivedAt: lead.receivedAt, receipt, lead, route }
      return sought.isLead(lead) ? { key: leadKey(lead.id), lead, entrant } : null
    }
    const { id } = read
    const receivedAt = isoTime(job.timestamp)
    const entrant = { ...Unmarked, kind: 'quarantined' as const, id, receivedAt, receipt: id, lead: null, route: null }
    return sought.isText(`${job.id}\n${JSON.stringify(job.data)}`, receivedAt) ? { key: leadKey(id), lead: null, entrant } : null
  }
}

/** A producer writes any time it likes; one that is none counts as long ago. */
function isoTime(ms: number): string {
  return new Date(ms >= 0 && ms <= LatestTime ? ms : 0).toISOString()
}

/** Newest first: workers take the oldest, which moves none of those that are still to be looked at, so that none is passed over. */
async function collect(
  queue: Queue,
  judge: (job: Job) => Pick<FoundJob, 'key' | 'lead' | 'entrant'> | null,
): Promise<readonly FoundJob[]> {
  const found = new Map<string, FoundJob>()
  for (const state of States) {
    for (let from = 0; ; from += PageSize) {
      const jobs: Job[] = await queue.getJobs([state], from, from + PageSize - 1)
      for (const job of jobs) {
        const what = judge(job)
        if (what) found.set(String(job.id), { queue, id: String(job.id), ...what })
      }
      // Some of a page may have gone since its ids were read.
      if (jobs.length === 0) break
    }
  }
  return [...found.values()]
}
