import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { disarm } from './crm-faults.ts'
import { CrmNames } from './crms.ts'
import { type Crowd, startCrowd } from './crowd.ts'
import type { FaultKind } from './fault-plan.ts'
import { makePlan, type Plan } from './plan.ts'
import { keepProcesses } from './processes.ts'
import { type Settled, settle } from './settle.ts'
import { openStage, type Stage } from './stage.ts'
import { startHavoc } from './strikes.ts'

export interface TrialOptions {
  readonly seed: number
  readonly leads: number
  /** Leads a second. */
  readonly pace: number
  /** Kinds of faults that are left out; the others strike as they would have. */
  readonly without: readonly string[]
  /** The folder stays, for a look. */
  readonly keep: boolean
  /** Aborted: the run ends at once, and so does everything that it started. */
  readonly signal: AbortSignal
  say(sentence: string): void
}

export interface Trial extends Settled {
  readonly plan: Plan
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly received: number
  /** Leads that got a 2xx, once each. */
  readonly accepted: number
  /** Leads that nobody ever answered, because the time was over. */
  readonly unanswered: number
  readonly refusals: readonly string[]
  /** Processes that ended though nobody ended them. */
  readonly ownEnds: number
}

/** What a machine with two cores needs for the start and the end, and beside its pace for each lead. */
const LeastMs = 120_000
const MsPerLead = 60

/** One run, from the plan to the verdict. Everything is ended when it settles, however it does. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const whole = makePlan(options)
  const plan = { ...whole, faults: whole.faults.filter(({ kind }) => !options.without.includes(kind)) }
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'leadsync-chaos-')))
  const processes = keepProcesses(dir)
  const stopped = Promise.withResolvers<never>()
  options.signal.addEventListener('abort', () => stopped.reject(options.signal.reason))
  try {
    return await Promise.race([play(plan, dir, processes, options), stopped.promise])
  } finally {
    await processes.endAll()
    if (options.keep) options.say(`Its folder: ${dir}`)
    else await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function play(
  plan: Plan,
  dir: string,
  processes: ReturnType<typeof keepProcesses>,
  { leads, pace, keep, say }: TrialOptions,
): Promise<Trial> {
  const stage = await openStage(dir, processes)
  say('Everything is up; the leads come, and the faults with them.')
  const over = AbortSignal.timeout(LeastMs + leads * (MsPerLead + 1_000 / pace))
  const crowd = startCrowd({ plan, intakeUrl: stage.intakeUrl, startedAt: Date.now(), pace, signal: over })
  const havoc = startHavoc(stage, plan.faults, crowd.progress)
  await crowd.done
  say(`${crowd.progress()} leads are answered; the faults end, and what is left is waited for.`)
  await havoc.stop()
  await calm(stage)
  const settled = await settle(stage, plan, crowd, {
    emptied: havoc.struck.has('redisEmptied'),
    withinMs: LeastMs + leads * MsPerLead,
  })
  if (keep) await keepCrms(stage, dir)
  await stage.stop()
  return { ...settled, plan, faults: havoc.struck, ...answersOf(plan, crowd), ownEnds: ownEndsOf(stage) }
}

/** No fault is armed any more, and both workers run with the right time: one whose clock goes fast plans for later than it is. */
async function calm(stage: Stage): Promise<void> {
  for (const crm of CrmNames) await disarm(stage, crm)
  const { 'worker-1': one, 'worker-2': other } = stage.members
  await Promise.all([one.stop(), other.stop()])
  await Promise.all([one.start(), other.start()])
}

/** The stand-ins keep nothing themselves. */
async function keepCrms({ crmUrls }: Stage, dir: string): Promise<void> {
  for (const crm of CrmNames) {
    for (const what of ['records', 'requests']) {
      const response = await fetch(`${crmUrls[crm]}/_sandbox/${what}`)
      await writeFile(join(dir, `${crm}-${what}.json`), await response.text())
    }
  }
}

function answersOf({ people }: Plan, { received, progress, refusals }: Crowd) {
  const sent = people.flatMap(({ leads }) => leads).length
  return { received: received(), accepted: progress(), unanswered: sent - progress(), refusals }
}

function ownEndsOf({ members }: Stage): number {
  return Object.values(members).reduce((sum, member) => sum + member.ownEnds(), 0)
}
