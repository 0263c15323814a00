import { setTimeout as wait } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { leadKey } from '../../core/index.ts'
import { LeadsQueue, queuePrefix } from '../../queue/catalogue.ts'
import { planOf } from '../../store/follow-up-lookup.ts'
import type { Scripts } from '../../store/redis.ts'
import type { Sample } from './sample.ts'

export interface Entry {
  readonly intakeUrl: string
  readonly marketplaceToken: string
  readonly apiToken: string
  readonly scripts: Scripts
}

export interface Fed {
  readonly sample: Sample
  /** What intake answered; for the queue, where nobody answers, what was added. */
  readonly leadId: string
  readonly status: string
}

const TaskWithinMs = 60_000

/** Sends every sample as its sender would; those of one group at the same moment. */
export async function feed(samples: readonly Sample[], entry: Entry): Promise<readonly Fed[]> {
  const fed: Fed[] = []
  for (const group of grouped(samples)) {
    for (const sample of group) if (sample.afterTask) await untilTask(sample, fed, entry)
    fed.push(...(await Promise.all(group.map((sample) => send(sample, entry)))))
  }
  return fed
}

/** It need not stand in the CRM: in a folder where the demo ran before, it may have been taken back, or not been made at all. */
async function untilTask({ story }: Sample, fed: readonly Fed[], { scripts }: Entry): Promise<void> {
  const before = fed.findLast(({ sample }) => sample.story === story)
  if (!before) return
  const hasComeTo = async () => {
    const [first] = (await planOf(scripts, leadKey(before.leadId)))?.steps ?? []
    return first !== undefined && !['waiting', 'due', 'making'].includes(first.state)
  }
  await until(`The task of "${before.sample.shows}"`, hasComeTo, TaskWithinMs)
}

function grouped(samples: readonly Sample[]): Sample[][] {
  const groups: Sample[][] = []
  for (const sample of samples) {
    const last = groups.at(-1)
    if (sample.together && last?.[0]?.together === sample.together) last.push(sample)
    else groups.push([sample])
  }
  return groups
}

async function send(sample: Sample, entry: Entry): Promise<Fed> {
  if (sample.via === 'queue') return { sample, ...(await produce(sample, entry.scripts.redis)) }
  const { intakeUrl, marketplaceToken, apiToken } = entry
  const api = sample.via === 'api'
  const response = await fetch(`${intakeUrl}/intake/${api ? 'leads' : `marketplace/${marketplaceToken}`}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(api ? { authorization: `Bearer ${apiToken}` } : {}) },
    body: api ? `{"leads":[${sample.body}]}` : sample.body,
  })
  if (response.status !== 202) throw new Error(`Intake answered ${response.status} to "${sample.shows}".`)
  const answer = (await response.json()) as Answer & { readonly results?: readonly Answer[] }
  const { leadId, status } = answer.results?.[0] ?? answer
  return { sample, leadId, status }
}

interface Answer {
  readonly leadId: string
  readonly status: string
}

/** Just what a foreign producer would do: BullMQ with the documented prefix, and an option that would lose the lead in other hands. */
async function produce({ body }: Sample, redis: Redis): Promise<Answer> {
  const queue = new Queue(LeadsQueue, { connection: redis, prefix: queuePrefix(LeadsQueue) })
  const lead = JSON.parse(body) as { id?: string }
  const job = await queue.add('lead', lead, { attempts: 1, removeOnFail: true })
  await queue.close()
  return { leadId: lead.id ?? `job ${job.id}`, status: 'added' }
}

/** Asks until the answer is yes. Throws after `withinMs`. */
export async function until(what: string, yes: () => Promise<boolean>, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await yes())) {
    if (Date.now() > end) throw new Error(`${what} did not come about within ${withinMs / 1_000} s.`)
    await wait(100)
  }
}
