import { Queue } from 'bullmq'
import { LeadsQueue, queuePrefix } from '../src/queue/catalogue.ts'
import { type CrmCounters, readCounters } from '../src/store/counters.ts'
import { openBareTwoHops } from './bare.ts'
import type { BenchChild } from './child.ts'
import { cpuOf, perItem } from './cpu.ts'
import { postLeads } from './post-leads.ts'
import { leadBody } from './sample-lead.ts'
import { marketplaceUrl, type Stage } from './stage.ts'
import { per1000, recordsIn, requestsTo } from './stand-in.ts'
import { type Run, timed, untilThereAre } from './timed.ts'

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

/** Lets a real worker deliver `leads` new contacts, which a real intake took before, to the HubSpot stand-in; then the same without Leadsync. */
export async function measureDeliver(stage: Stage, leads: number): Promise<DeliverResult> {
  const warmUp = Math.max(100, Math.round(leads / 10))
  const total = warmUp + leads
  const bareBefore = await timeBare(stage, warmUp, leads)
  const sandbox = await stage.startOwn(new URL('./sandbox.ts', import.meta.url))
  const intake = await stage.start('intake')
  const worker = await stage.start('worker', { hubspotUrl: sandbox.url })
  const url = marketplaceUrl(intake)
  const queue = new Queue(LeadsQueue, { connection: stage.redis, prefix: queuePrefix(LeadsQueue) })

  await postLeads({ url, body: leadBody, first: 0, for: { leads: warmUp } })
  await untilThereAre(warmUp, () => settledIn(stage))
  await queue.pause()
  await postLeads({ url, body: leadBody, first: warmUp, for: { leads } })
  await intake.stop()

  const requestsBefore = await requestsTo(sandbox)
  const sandboxBefore = await cpuOf(sandbox.process.pid)
  const ours = await timed(stage, worker.process.pid, async () => {
    await queue.resume()
    await untilThereAre(total, () => settledIn(stage))
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
    requestsPer1000: per1000(requestsBefore, requestsAfter, leads),
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

/** How many deliveries have ended, parked ones included. */
async function settledIn(stage: Stage): Promise<number> {
  const { delivered, parked } = await countsOf(stage)
  return delivered + parked
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
  const contacts = (await recordsIn(sandbox)).filter(({ object }) => object === 'contact')
  const people = new Set(contacts.map(({ fields }) => fields.leadsync_contact_id)).size
  if (contacts.length !== total || people !== total)
    wrong.push(`${total} leads of different people made ${contacts.length} contacts of ${people} people.`)
  return wrong
}
