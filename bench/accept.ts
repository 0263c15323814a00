import { setTimeout as wait } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { leadJobId, leadKey } from '../src/core/index.ts'
import { LeadsQueue, queuePrefix } from '../src/queue/catalogue.ts'
import { readCounters } from '../src/store/counters.ts'
import { KeyPrefix } from '../src/store/redis.ts'
import { bareAdds } from './bare.ts'
import { cpuOf, cpuOfRedis, perItem } from './cpu.ts'
import { Connections, type Posted, postLeads } from './post-leads.ts'
import { leadBody } from './sample-lead.ts'
import { marketplaceUrl, type Stage } from './stage.ts'

export interface AcceptResult {
  readonly accepted: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly fivexx: number
  readonly intakeCpuUs: number | null
  readonly redisCpuUs: number | null
  /** As many `queue.add` calls from one process, as many in flight. */
  readonly bareAddsPerSecond: number
  /** As many requests to a bare Fastify that syncs them to a file. */
  readonly bareIntakePerSecond: number
  readonly ratioToAdds: number
  readonly ratioToIntake: number
  /** CPU of a bare add to ours, process and Redis together. */
  readonly cpuRatioToAdds: number | null
  /** What was lost, doubled or refused, in sentences. */
  readonly wrong: readonly string[]
}

const QueuedWithinMs = 30_000
const AtOnce = 1_000

/** Posts distinct leads to a real intake for a while, then does the same without Leadsync. */
export async function measureAccept(stage: Stage, seconds: number): Promise<AcceptResult> {
  const intake = await stage.start('intake')
  const url = marketplaceUrl(intake)
  const warmUp = await postLeads({ url, body: leadBody, first: 0, for: { seconds: Math.max(1, Math.round(seconds / 5)) } })
  const before = await usage(stage, intake.process.pid)
  const posted = await postLeads({ url, body: leadBody, first: warmUp.sent, for: { seconds } })
  const after = await usage(stage, intake.process.pid)

  const queue = new Queue(LeadsQueue, { connection: stage.redis, prefix: queuePrefix(LeadsQueue) })
  const wrong = await check(stage, queue, [warmUp, posted])
  const [job] = await queue.getJobs('wait', 0, 0)
  const lead: object = job?.data ?? {}
  await queue.close()
  await intake.stop()

  const accepted = posted.leadIds.length
  const bareBefore = await usage(stage, process.pid)
  const addSeconds = await bareAdds(stage.redis, accepted, Connections, (n) => ({ ...lead, id: `lead-${n}` }))
  const bareAfter = await usage(stage, process.pid)
  const bareIntake = await stage.startOwn(new URL('./bare-intake.ts', import.meta.url), [`${stage.folder}/bare-intake.jsonl`])
  const bare = await postLeads({ url: `${bareIntake.url}/`, body: leadBody, first: 0, for: { leads: accepted } })
  await bareIntake.stop()

  const perSecond = accepted / posted.seconds
  const bareAddsPerSecond = accepted / addSeconds
  const bareIntakePerSecond = bare.leadIds.length / bare.seconds
  return {
    accepted,
    perSecond,
    p50Ms: posted.p50,
    p99Ms: posted.p99,
    fivexx: posted.fivexx,
    intakeCpuUs: perItem(before.process, after.process, accepted),
    redisCpuUs: perItem(before.redis, after.redis, accepted),
    bareAddsPerSecond,
    bareIntakePerSecond,
    ratioToAdds: perSecond / bareAddsPerSecond,
    ratioToIntake: perSecond / bareIntakePerSecond,
    cpuRatioToAdds: ratio(used(bareBefore, bareAfter), used(before, after)),
    wrong,
  }
}

function ratio(bare: number | null, ours: number | null): number | null {
  return bare === null || ours === null ? null : bare / ours
}

interface Usage {
  readonly process: number | null
  readonly redis: number
}

async function usage({ redis }: Stage, pid: number | undefined): Promise<Usage> {
  const [own, server] = await Promise.all([cpuOf(pid), cpuOfRedis(redis)])
  return { process: own, redis: server }
}

function used(before: Usage, after: Usage): number | null {
  return before.process === null || after.process === null ? null : after.process - before.process + after.redis - before.redis
}

/** Every 202 must have an entry in the ledger and a job; nothing else may have one, but for requests that were cut off when the time was over. */
async function check(stage: Stage, queue: Queue, all: readonly Posted[]): Promise<string[]> {
  const wrong: string[] = []
  const ids = all.flatMap(({ leadIds }) => leadIds)
  const sent = all.reduce((sum, posted) => sum + posted.sent, 0)
  for (const { others } of all) {
    for (const [answer, count] of Object.entries(others)) wrong.push(`${count} leads were answered: ${answer}.`)
  }
  const distinct = new Set(ids).size
  if (distinct !== ids.length) wrong.push(`${ids.length - distinct} lead ids were given to two leads.`)
  const lost = await waitForQueued(stage, queue, ids)
  if (lost > 0) wrong.push(`${lost} leads got a 202, but have no job or no entry in the ledger.`)

  const { accepted } = await readCounters(stage.scripts, [])
  const jobs = await queue.count()
  if (jobs !== accepted) wrong.push(`${accepted} leads are in the ledger, but there are ${jobs} jobs.`)
  if (accepted < ids.length || accepted > sent)
    wrong.push(`${ids.length} of ${sent} leads got a 202, but ${accepted} are counted.`)
  return wrong
}

/** How many are still missing when there was time enough: what the queue could not take at once waits in the journal. */
async function waitForQueued({ redis }: Stage, queue: Queue, ids: readonly string[]): Promise<number> {
  const end = Date.now() + QueuedWithinMs
  let missing = ids
  for (;;) {
    const still: string[] = []
    for (let from = 0; from < missing.length; from += AtOnce) {
      const part = missing.slice(from, from + AtOnce)
      const pipeline = redis.pipeline()
      for (const id of part) pipeline.exists(`${KeyPrefix}lead:${leadKey(id)}`).exists(queue.toKey(leadJobId(id)))
      const found = ((await pipeline.exec()) ?? []).map(([, exists]) => exists === 1)
      still.push(...part.filter((_, index) => !found[2 * index] || !found[2 * index + 1]))
    }
    missing = still
    if (missing.length === 0 || Date.now() > end) return missing.length
    await wait(100)
  }
}
