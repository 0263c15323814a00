import { setTimeout as wait } from 'node:timers/promises'
import { type CrmName, CrmNames } from './crms.ts'
import type { Crowd } from './crowd.ts'
import { readCrm, type Shown } from './look.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './stage.ts'
import { Failings, judge, type Verdict } from './verdict.ts'

export interface Settled {
  readonly verdict: Verdict
  /** Deliveries that have no outcome, by `leadsync status`. */
  readonly waiting: number
  /** Why each parked delivery is: CRM, code and sentence. */
  readonly parkedFor: readonly string[]
  readonly inTime: boolean
}

const LookAgainMs = 500
const AskAgainMs = 6_000
/** What was answered from the journal may come to Redis after everything else has settled, and nobody can see it wait. */
const CalmMs = 12_000

/**
 * Looks until everything is as it must be and nothing waits. What still is not when nothing has waited for a while, or when the time is over,
 * is as it is.
 */
export async function settle(
  stage: Stage,
  { people }: Plan,
  { promises }: Crowd,
  { emptied, withinMs }: { readonly emptied: boolean; readonly withinMs: number },
): Promise<Settled> {
  const end = performance.now() + withinMs
  let calmSince: number | null = null
  let askedAt = performance.now()
  for (;;) {
    const started = performance.now()
    const crms = await readCrms(stage)
    const before = judge({ people, promises, crms, parked: new Set(), emptied })
    // Two commands: not worth their time while much is missing, unless that is all that there will be.
    const isWorthIt = isClean(before) || started - askedAt > AskAgainMs
    if (isWorthIt) {
      askedAt = started
      const letters = await deadLetters(stage)
      const verdict = judge({ people, promises, crms: await readCrms(stage), parked: letters.parked, emptied })
      const waiting = await waitingIn(stage)
      const now = performance.now()
      if (waiting.all > 0) calmSince = null
      else calmSince ??= now
      const isCalm = calmSince !== null && (isClean(verdict) || now - calmSince > CalmMs)
      const inTime = now < end
      if (isCalm || !inTime) return { verdict, waiting: waiting.deliveries, parkedFor: letters.reasons, inTime }
    }
    // A look at a long run takes its time: the run is to have most of it.
    await wait(Math.max(LookAgainMs, 2 * (performance.now() - started)))
  }
}

function isClean({ counts }: Verdict): boolean {
  return Failings.every((failing) => counts[failing] === 0)
}

async function readCrms({ crmUrls }: Stage): Promise<Readonly<Record<CrmName, Shown>>> {
  const all = await Promise.all(CrmNames.map(async (crm) => [crm, await readCrm(crm, crmUrls[crm])] as const))
  return Object.fromEntries(all) as Record<CrmName, Shown>
}

async function deadLetters(stage: Stage): Promise<{ readonly parked: ReadonlySet<string>; readonly reasons: readonly string[] }> {
  const { deadLetters: letters } = await ask<{ deadLetters: readonly DeadLetter[] }>(stage, ['dead-letters', 'list', '--json'])
  const explained = letters.filter(({ reason }) => reason !== '')
  return {
    parked: new Set(explained.map(({ crm, leadId }) => `${crm} ${leadId}`)),
    reasons: letters.map(({ crm, code, reason }) => `${crm}: ${code}: ${reason}`),
  }
}

interface DeadLetter {
  readonly crm: string
  readonly leadId: string
  readonly code: string
  readonly reason: string
}

/** `all` also counts leads that are not routed yet and follow-ups in hand. */
async function waitingIn(stage: Stage): Promise<{ readonly deliveries: number; readonly all: number }> {
  const { crms, queues } = await ask<Status>(stage, ['status', '--json'])
  const deliveries = sum(Object.values(crms).map(({ waiting }) => waiting))
  const tasks = sum(Object.values(crms).map(({ followUps: f }) => f.waiting + f.due + f.making + f.withdrawing))
  // Delayed there are the promises of the tasks that are made, for a day from now.
  const later = ([name, { delayed }]: readonly [string, Queue]) => (name === 'follow-ups' ? 0 : delayed)
  const jobs = sum(Object.entries(queues).map((one) => one[1].waiting + one[1].active + later(one)))
  return { deliveries, all: deliveries + tasks + jobs }
}

interface Status {
  readonly crms: Readonly<Record<string, { readonly waiting: number; readonly followUps: FollowUps }>>
  readonly queues: Readonly<Record<string, Queue>>
}

type FollowUps = Readonly<Record<'waiting' | 'due' | 'making' | 'withdrawing', number>>
type Queue = Readonly<Record<'waiting' | 'active' | 'delayed', number>>

async function ask<T>(stage: Stage, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await stage.run(args)
  if (code !== 0) throw new Error(`leadsync ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
