import { createHash } from 'node:crypto'
import { DelayedError, type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import {
  deliveryJobId,
  judgeOwn,
  type Lead,
  leadJobId,
  leadKey,
  normalizeLead,
  type OwnDomains,
  ownTags,
  type StageRule,
  tooDeep,
} from '../core/index.ts'
import type { Alerts } from '../delivery/alerts.ts'
import type { QuarantineRoom } from '../delivery/quarantine-room.ts'
import type { Entrant, LeadRegister } from '../delivery/register.ts'
import { backoffMs, LeadsQueue, queuePrefix } from './catalogue.ts'
import type { ClaimGate } from './claim-gate.ts'
import { readable } from './job-version.ts'
import { type DeclinedDependencies, markDeclined } from './mark-contacts.ts'
import type { Queues } from './queues.ts'
import { setAsideUnreadable } from './set-aside.ts'
import { type WorkerLimits, workerOptions } from './worker-options.ts'

/** What a CRM says of a lead; `ask` while its file is invalid: then its deliveries wait and are asked at the claim. */
export interface RouteTarget {
  readonly name: string
  wants(lead: Lead): 'yes' | 'no' | 'ask'
}

export interface RouteDependencies {
  readonly redis: Redis
  readonly queues: Queues
  /** For bodies that can't be understood. Absent: they are not counted. */
  readonly room?: QuarantineRoom
  readonly register: LeadRegister
  readonly targets: readonly RouteTarget[]
  readonly stages: readonly StageRule[]
  readonly ownDomains: OwnDomains
  readonly contacts: DeclinedDependencies['contacts']
  readonly release: DeclinedDependencies['release']
  /** Which of the CRMs that want a lead has its follow-ups; null: none. */
  followUpCrm(lead: Lead, wants: (crm: string) => boolean): string | null
  readonly alerts: Alerts
  readonly limits: WorkerLimits
  /** Absent: nothing holds it up. */
  readonly gate?: ClaimGate
  readonly concurrency: number
  readonly log: Log
  /** See `VersionGuard.known`. */
  readonly jobVersion?: number
  now(): number
}

/**
 * Works the queue `leads`, where any BullMQ producer may add jobs. Their options are not trusted: a foreign job may have one attempt and
 * `removeOnFail`, so this never lets a job fail. The lead is in the ledger before its job ends, or the job goes back.
 */
export function startRouteWorker(dependencies: RouteDependencies): Worker {
  const { redis, concurrency, limits, log, now, jobVersion: known } = dependencies
  const work = readable({ queue: LeadsQueue, log, now, known }, (job, token) => route(dependencies, job, token))
  const worker = new Worker(LeadsQueue, work, {
    ...workerOptions(redis, limits),
    prefix: queuePrefix(LeadsQueue),
    concurrency,
  })
  dependencies.gate?.add(worker)
  worker.on('error', (error) => log.warn({ queue: LeadsQueue, error: error.message }, 'the route worker was disturbed'))
  return worker
}

async function route(dependencies: RouteDependencies, job: Job, token: string | undefined): Promise<void> {
  // A job that its producer wants kept would keep a person's data for ever; what is worth keeping is in the ledger.
  job.opts.removeOnComplete = true
  try {
    const read = readLead(dependencies, job)
    if ('reason' in read) await quarantine(dependencies, job, read.id, read.reason)
    else if (read.held) await hold(dependencies, read.lead, read.receipt)
    else await admit(dependencies, read.lead, read.receipt)
  } catch (error) {
    const delayMs = backoffMs(job.attemptsStarted, undefined)
    dependencies.log.warn(
      { queue: LeadsQueue, job: job.id, delayMs, error },
      'a lead could not be routed; it goes back to the queue',
    )
    // One that can't even be moved (Redis is full) stays active, and is found abandoned when its lock ends: better than an attempt spent.
    await job.moveToDelayed(dependencies.now() + delayMs, token).catch(() => undefined)
    throw new DelayedError()
  }
}

/**
 * How far the clock of intake may be ahead of this process's. What intake has dated is left as it is: moved back to a clock that is slow, a newer
 * lead would pass for an older one, and a "contact me" would come before the no that it takes back.
 */
const ClocksApartMs = 15 * 60_000

type Read =
  | { readonly lead: Lead; readonly receipt: string | null; readonly held: boolean }
  | { readonly id: string; readonly reason: string }

/** The lead of a job in `leads`, or why there is none; throws for nothing that a producer may have written. */
export function readLead({ stages, ownDomains, now }: Pick<RouteDependencies, 'stages' | 'ownDomains' | 'now'>, job: Job): Read {
  // Our own job: intake has counted it already, and held it where it was to be held, unless a person has sent it on since.
  const receipt = isOwn(job) ? null : receiptOf(job)
  const id = `queue-${receipt ?? job.id}`
  const receivedAt = receivedAtOf(job, now(), receipt === null ? ClocksApartMs : 0)
  const read = normalizeLead(job.data, { id, receivedAt, channel: 'queue', tags: [], stages })
  if (!read.ok) return { id, reason: read.errors.map(({ path, message }) => `${path}: ${message}`).join('; ') }
  if (receipt === null) return { lead: read.lead, receipt, held: false }
  return { ...judgeOwn({ ...read.lead, tags: ownTags(read.lead.tags, null) }, ownDomains), receipt }
}

function isOwn({ id, data }: Job): boolean {
  const lead: unknown = data
  return typeof lead === 'object' && lead !== null && 'id' in lead && typeof lead.id === 'string' && id === leadJobId(lead.id)
}

/** A producer sets the timestamp as it likes; a lead from the future would make every later one of its contact stale. */
function receivedAtOf({ timestamp }: Job, now: number, aheadMs = 0): string {
  return new Date(timestamp >= 0 && timestamp <= now + aheadMs ? timestamp : now).toISOString()
}

/** Foreign job ids may be anything and may come again after Redis was emptied, so the time and the content go in, too. */
function receiptOf(job: Job): string {
  return createHash('sha256')
    .update(JSON.stringify([job.id, job.timestamp, tooDeep(job.data) ? null : job.data]))
    .digest('hex')
    .slice(0, 32)
}

async function admit(dependencies: RouteDependencies, lead: Lead, receipt: string | null): Promise<void> {
  const { register, queues, targets, log } = dependencies
  const route = targets.map((target) => ({ name: target.name, wants: target.wants(lead) }))
  const registered = await register.admit({
    kind: 'accepted',
    id: lead.id,
    receivedAt: lead.receivedAt,
    receipt,
    contentKey: null,
    idempotency: null,
    lead,
    route,
    followUpCrm: followUpCrmOf(dependencies, lead, route),
  })
  if (registered.status === 'accepted' && !registered.routed && route.every(({ wants }) => wants === 'no')) {
    // Not its action or offer: they are what the sender wrote.
    log.warn({ lead: leadKey(lead.id) }, 'a lead is unrouted: no CRM wants it (see accept: in config/crm)')
    const reason = 'No CRM wants it: see accept: in config/crm.'
    await dependencies.alerts.raise({ event: 'unrouted', crm: null, lead: leadKey(lead.id), reason })
  }
  await Promise.all(
    registered.waiting.map((crm) =>
      queues.add(queues.delivery(crm), { name: 'deliver', id: deliveryJobId(crm, lead.id), data: { lead: leadKey(lead.id) } }),
    ),
  )
  const declinedBy = route.filter(({ wants }) => wants === 'no').map(({ name }) => name)
  await markDeclined(dependencies, { ...lead, id: registered.leadId }, declinedBy)
}

/** One whose file can't be read now may decline the lead later: only where no other wants it. */
function followUpCrmOf({ followUpCrm }: RouteDependencies, lead: Lead, route: NonNullable<Entrant['route']>): string | null {
  const says = (answer: 'yes' | 'ask') => (crm: string) => route.some(({ name, wants }) => name === crm && wants === answer)
  return followUpCrm(lead, says('yes')) ?? followUpCrm(lead, says('ask'))
}

/** As intake does with what it holds. A duplicate is not: the first one may wait still, or a person may have decided about it. */
async function hold(dependencies: RouteDependencies, lead: Lead, receipt: string | null): Promise<void> {
  const { register, queues } = dependencies
  const { id, receivedAt } = lead
  const none = { contentKey: null, idempotency: null, route: null }
  const { status, state } = await register.admit({ kind: 'held', id, receivedAt, receipt, lead, ...none })
  if (status === 'duplicate') return
  if (state === 'held') await queues.add(queues.quarantine, { name: 'held', id: leadJobId(id), data: lead })
  // It was on its way before the domain was named, and its job came back.
  if (state === 'accepted') await admit(dependencies, lead, receipt)
}

async function quarantine(dependencies: RouteDependencies, job: Job, id: string, reason: string): Promise<void> {
  const { register, queues, room = null, now } = dependencies
  const receivedAt = receivedAtOf(job, now())
  await register.admit({
    kind: 'quarantined',
    id,
    receivedAt,
    receipt: id,
    contentKey: null,
    idempotency: null,
    lead: null,
    route: null,
  })
  const verbatim = { encoding: 'utf8' as const, body: await bodyOf(dependencies, job) }
  // Not in any journal; and it has been in Redis until now, so it fills nothing that its producer has not filled.
  await setAsideUnreadable({ queues, room }, { id, receivedAt, channel: 'queue', token: null, reason, verbatim }, true)
}

/** As Redis has it where it nests too deep to be written again. */
async function bodyOf({ redis, queues }: RouteDependencies, { id = '', data }: Job): Promise<string> {
  if (tooDeep(data)) return (await redis.hget(queues.leads.toKey(id), 'data')) ?? ''
  return JSON.stringify(data) ?? ''
}
