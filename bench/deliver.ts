import { setTimeout as wait } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { LeadsQueue, queuePrefix } from '../src/queue/catalogue.ts'
import { type CrmCounters, readCounters } from '../src/store/counters.ts'
import { openBareTwoHops } from './bare.ts'
import type { BenchChild } from './child.ts'
import { cpuOf, cpuOfRedis, perItem } from './cpu.ts'
import { postLeads } from './post-leads.ts'
import { leadBody } from './sample-lead.ts'
import { marketplaceUrl, type Stage } from './stage.ts'

export interface DeliverResult {
  readonly delivered: number
  readonly perSecond: number
  /** To the CRM; null when there were more than the stand-in remembers. */
  readonly requestsPer1000: number | null
  /** CPU per lead, routing included. */
  readonly workerCpuUs: number | null
  readonly redisCpuUs: number | null
  readonly sandboxCpuUs: number | null
  /** As many jobs through two queues of bare BullMQ, with nothing to do. */
  readonly barePerSecond: number
  readonly bareWorkerCpuUs: number | null
  readonly bareRedisCpuUs: number | null
  readonly ratio: number
  /** Bare CPU per lead to ours, worker and Redis together: what other work on the machine leaves almost alone. */
  readonly cpuRatio: number | null
  readonly wrong: readonly string[]
}

interface SandboxRecord {
  readonly object: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What a run took: wall clock in s, CPU in µs. */
interface Run {
  readonly seconds: number
  readonly worker: number | null
  readonly redis: number
}

const PollMs = 20
/** Without any progress. */
const StuckAfterMs = 30_000
const RememberedRequests = 10_000

/** Lets a real worker deliver `leads` new contacts, which a real intake took before, to the HubSpot stand-in; then the same without Leadsync. */
export async function measureDeliver(stage: Stage, leads: number): Promise<DeliverResult> {
  const warmUp = Math.max(100, Math.round(leads / 10))
  const total = warmUp + leads
  const bareBefore = await timeBare(stage, warmUp, leads)
  const sandbox = await stage.startOwn(new URL('./sandbox.ts', import.meta.url))
  const intake = await stage.start('intake')
  const worker = await stage.start('worker', sandbox.url)
  const url = marketplaceUrl(intake)
  const queue = new Queue(LeadsQueue, { connection: stage.redis, prefix: queuePrefix(LeadsQueue) })

  await postLeads({ url, body: leadBody, first: 0, for: { leads: warmUp } })
  await untilSettled(stage, warmUp)
  await queue.pause()
  await postLeads({ url, body: leadBody, first: warmUp, for: { leads } })
  await intake.stop()

  const requestsBefore = await requestsTo(sandbox)
  const sandboxBefore = await cpuOf(sandbox.process.pid)
  const ours = await timed(stage, worker.process.pid, async () => {
    await queue.resume()
    await untilSettled(stage, total)
  })
  const sandboxAfter = await cpuOf(sandbox.process.pid)
  const requestsAfter = await requestsTo(sandbox)
  const wrong = await check(stage, total, sandbox)
  await queue.close()
  await worker.stop()
  await sandbox.stop()

  // Before and after, because other work on the machine comes and goes.
  const bare = mean(bareBefore, await timeBare(stage, warmUp, leads))
  return {
    delivered: leads,
    perSecond: leads / ours.seconds,
    requestsPer1000: requestsAfter === RememberedRequests ? null : Math.round(((requestsAfter - requestsBefore) * 1_000) / leads),
    workerCpuUs: perItem(0, ours.worker, leads),
    redisCpuUs: perItem(0, ours.redis, leads),
    sandboxCpuUs: perItem(sandboxBefore, sandboxAfter, leads),
    barePerSecond: leads / bare.seconds,
    bareWorkerCpuUs: perItem(0, bare.worker, leads),
    bareRedisCpuUs: perItem(0, bare.redis, leads),
    ratio: bare.seconds / ours.seconds,
    cpuRatio: ours.worker === null || bare.worker === null ? null : (bare.worker + bare.redis) / (ours.worker + ours.redis),
    wrong,
  }
}

async function timeBare(stage: Stage, warmUp: number, leads: number): Promise<Run> {
  const bare = openBareTwoHops(stage.redis)
  const leadOf = (n: number) => ({ id: `lead-${n}`, body: leadBody(n), raw: leadBody(n) })
  await bare.fill(warmUp, leadOf)
  await bare.drain()
  await bare.fill(leads, leadOf)
  const run = await timed(stage, process.pid, bare.drain)
  await bare.close()
  return run
}

function mean(one: Run, other: Run): Run {
  return {
    seconds: (one.seconds + other.seconds) / 2,
    worker: one.worker === null || other.worker === null ? null : (one.worker + other.worker) / 2,
    redis: (one.redis + other.redis) / 2,
  }
}

async function timed({ redis }: Stage, workerPid: number | undefined, work: () => Promise<void>): Promise<Run> {
  const [workerBefore, redisBefore] = await Promise.all([cpuOf(workerPid), cpuOfRedis(redis)])
  const started = performance.now()
  await work()
  const seconds = (performance.now() - started) / 1_000
  const [workerAfter, redisAfter] = await Promise.all([cpuOf(workerPid), cpuOfRedis(redis)])
  const worker = workerBefore === null || workerAfter === null ? null : workerAfter - workerBefore
  return { seconds, worker, redis: redisAfter - redisBefore }
}

/** Resolves when so many deliveries have ended, parked ones included, or when nothing moves any more: `check` then says what is missing. */
async function untilSettled(stage: Stage, count: number): Promise<void> {
  let last = -1
  let movedAt = Date.now()
  for (;;) {
    const { delivered, parked } = await countsOf(stage)
    const now = delivered + parked
    if (now >= count) return
    if (now !== last) movedAt = Date.now()
    last = now
    if (Date.now() - movedAt > StuckAfterMs) return
    await wait(PollMs)
  }
}

async function countsOf({ scripts }: Stage): Promise<CrmCounters> {
  const { crms } = await readCounters(scripts, ['hubspot'])
  if (!crms.hubspot) throw new Error('There are no counters of the CRM hubspot.')
  return crms.hubspot
}

/** Every lead was somebody new, so each must have made one contact, and nothing else may be there. */
async function check(stage: Stage, total: number, sandbox: BenchChild): Promise<string[]> {
  const wrong: string[] = []
  const { accepted, delivered, created, parked, waiting } = await countsOf(stage)
  if (delivered !== total || created !== total || accepted !== total || waiting !== 0 || parked !== 0) {
    wrong.push(
      `Of ${total} leads ${accepted} were routed, ${delivered} delivered, ${created} created, ${parked} parked; ${waiting} wait.`,
    )
  }
  const { records } = await read<{ records: SandboxRecord[] }>(sandbox, 'records')
  const contacts = records.filter(({ object }) => object === 'contact')
  const people = new Set(contacts.map(({ fields }) => fields.leadsync_contact_id)).size
  if (contacts.length !== total || people !== total)
    wrong.push(`${total} leads of different people made ${contacts.length} contacts of ${people} people.`)
  return wrong
}

async function requestsTo(sandbox: BenchChild): Promise<number> {
  return (await read<{ requests: unknown[] }>(sandbox, 'requests')).requests.length
}

async function read<T>({ url }: BenchChild, what: string): Promise<T> {
  const response = await fetch(`${url}/_sandbox/${what}`)
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`)
  return (await response.json()) as T
}
