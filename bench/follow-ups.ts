import { Queue } from 'bullmq'
import { FollowUpsQueue, LeadsQueue, queuePrefix } from '../src/queue/catalogue.ts'
import { readCounters } from '../src/store/counters.ts'
import { type FollowUpCounters, readFollowUps } from '../src/store/follow-up-lookup.ts'
import type { BenchChild } from './child.ts'
import { perItem } from './cpu.ts'
import { postLeads } from './post-leads.ts'
import { leadBody } from './sample-lead.ts'
import { marketplaceUrl, type Stage } from './stage.ts'
import { per1000, recordsIn, requestsTo } from './stand-in.ts'
import { timed, untilThereAre } from './timed.ts'

export interface FollowUpsResult {
  readonly tasks: number
  readonly perSecond: number
  /** To the CRM, from when they fell due; null when there were more than the stand-in remembers. */
  readonly requestsPer1000: number | null
  /** CPU per task. */
  readonly workerCpuUs: number | null
  readonly redisCpuUs: number
  /** Of the same leads by the same worker, planning included. */
  readonly deliveriesPerSecond: number
  /** Tasks made to leads delivered in the same time. */
  readonly ratio: number
  readonly wrong: readonly string[]
}

/** Has a real worker deliver `leads` new contacts, and then make the first task of each, all of which fall due at once. */
export async function measureFollowUps(stage: Stage, leads: number): Promise<FollowUpsResult> {
  const sandbox = await stage.startOwn(new URL('./sandbox.ts', import.meta.url))
  const intake = await stage.start('intake')
  const worker = await stage.start('worker', { hubspotUrl: sandbox.url, followUps: true })
  const { pid } = worker.process
  const queues = [LeadsQueue, FollowUpsQueue].map(
    (name) => new Queue(name, { connection: stage.redis, prefix: queuePrefix(name) }),
  )
  for (const queue of queues) await queue.pause()
  await postLeads({ url: marketplaceUrl(intake), body: leadBody, first: 0, for: { leads } })
  await intake.stop()

  const [routed, due] = queues
  const delivering = await timed(stage, pid, async () => {
    await routed?.resume()
    await untilThereAre(leads, () => settledIn(stage))
  })
  const requestsBefore = await requestsTo(sandbox)
  const making = await timed(stage, pid, async () => {
    await due?.resume()
    await untilThereAre(leads, async () => (await countsOf(stage)).tasks)
  })
  const requestsAfter = await requestsTo(sandbox)
  const wrong = await check(stage, leads, sandbox)
  for (const queue of queues) await queue.close()
  await worker.stop()
  await sandbox.stop()
  return {
    tasks: leads,
    perSecond: leads / making.seconds,
    requestsPer1000: per1000(requestsBefore, requestsAfter, leads),
    workerCpuUs: perItem(0, making.worker, leads),
    redisCpuUs: Math.round(making.redis / leads),
    deliveriesPerSecond: leads / delivering.seconds,
    ratio: delivering.seconds / making.seconds,
    wrong,
  }
}

async function settledIn({ scripts }: Stage): Promise<number> {
  const { crms } = await readCounters(scripts, ['hubspot'])
  return (crms.hubspot?.delivered ?? 0) + (crms.hubspot?.parked ?? 0)
}

async function countsOf({ scripts }: Stage): Promise<FollowUpCounters> {
  const { hubspot } = await readFollowUps(scripts, ['hubspot'])
  if (!hubspot) throw new Error('There are no counters of the CRM hubspot.')
  return hubspot
}

/** Every lead is followed up at once by one task: each must be there, on a contact of its own. */
async function check(stage: Stage, leads: number, sandbox: BenchChild): Promise<string[]> {
  const { tasks, due, making, failed } = await countsOf(stage)
  const there = (await recordsIn(sandbox)).filter(({ object }) => object === 'task')
  const markers = new Set(there.map(({ fields }) => /leadsync:[0-9a-f]+/.exec(String(fields.hs_task_body))?.[0]))
  const wrong: string[] = []
  if (tasks !== leads || due + making + failed > 0)
    wrong.push(`Of ${leads} tasks ${tasks} were made, ${failed} failed; ${due + making} wait.`)
  if (there.length !== leads || markers.size !== leads)
    wrong.push(`The CRM has ${there.length} tasks with ${markers.size} different markers for ${leads} leads.`)
  return wrong
}
