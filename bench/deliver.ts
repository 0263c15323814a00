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
  readonly workerCpuUs: number | null
  readonly redisCpuUs: number | null
  readonly sandboxCpuUs: number | null
  /** As many jobs through two queues of bare BullMQ, with nothing to do. */
  readonly barePerSecond: number
  readonly bareWorkerCpuUs: number
  readonly bareRedisCpuUs: number | null
  readonly ratio: number
  readonly wrong: readonly string[]
}

interface SandboxRecord {
  readonly object: string
  readonly fields: Readonly<Record<string, unknown>>
}

const PollMs = 20
/** Without any progress. */
const StuckAfterMs = 60_000
const RememberedRequests = 10_000

/** Lets a real worker deliver `leads` new contacts, which a real intake took before, to the HubSpot stand-in; then the same without Leadsync. */
export async function measureDeliver(stage: Stage, leads: number): Promise<DeliverResult> {
  const warmUp = Math.max(100, Math.round(leads / 10))
  const total = warmUp + leads
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

  const pid = worker.process.pid
  const before = await usage(stage, pid, sandbox)
  const started = performance.now()
  await queue.resume()
  const settled = await untilSettled(stage, total)
  const seconds = (performance.now() - started) / 1_000
  const after = await usage(stage, pid, sandbox)
  const lead: object = { ...(JSON.parse(leadBody(0)) as object), padding: 'x'.repeat(600) }
  const wrong = await check(settled, total, sandbox)
  await queue.close()
  await worker.stop()
  await sandbox.stop()

  const bare = openBareTwoHops(stage.redis)
  const leadOf = (n: number) => ({ ...lead, id: `lead-${n}` })
  await bare.run(warmUp, leadOf)
  const idleBefore = await bareUsage(stage)
  const bareSeconds = await bare.run(leads, leadOf)
  const idleAfter = await bareUsage(stage)
  await bare.close()

  const [perSecond, barePerSecond] = [leads / seconds, leads / bareSeconds]
  const requests = after.requests === RememberedRequests ? null : after.requests - before.requests
  return {
    delivered: settled.delivered - warmUp,
    perSecond,
    requestsPer1000: requests === null ? null : Math.round((requests * 1_000) / leads),
    workerCpuUs: perItem(before.worker, after.worker, leads),
    redisCpuUs: perItem(before.redis, after.redis, leads),
    sandboxCpuUs: perItem(before.sandbox, after.sandbox, leads),
    barePerSecond,
    bareWorkerCpuUs: perItem(idleBefore.worker, idleAfter.worker, leads) ?? 0,
    bareRedisCpuUs: perItem(idleBefore.redis, idleAfter.redis, leads),
    ratio: perSecond / barePerSecond,
    wrong,
  }
}
