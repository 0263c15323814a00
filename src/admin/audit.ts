import { setTimeout as wait } from 'node:timers/promises'
import { type OpenWork, workName } from '../delivery/open-work.ts'
import type { CrmJobFacts, WorkJobs } from '../queue/work-jobs.ts'
import { type ScannedLead, type ScannedPlan, scanLedger, scanPlans, stateOf, stillOpen } from '../store/ledger-scan.ts'
import { KeyPrefix, type Scripts } from '../store/redis.ts'
import { type CounterHash, type Law, ledgerLaws, quarantineLaw, sumLaws } from './audit-laws.ts'

/** Open work that no job goes on with. */
export interface Stranded {
  readonly work: OpenWork
  /** By what a person finds it again. */
  readonly name: string
  readonly state: string
  readonly mended: boolean
}

export interface AuditReport {
  readonly ok: boolean
  readonly laws: readonly Law[]
  readonly stranded: readonly Stranded[]
  /** Jobs that wait or have failed, of which the ledger knows nothing. */
  readonly strays: readonly CrmJobFacts[]
  /** There are more of them than are listed. */
  readonly isCut: boolean
}

export interface AuditOptions {
  readonly scripts: Scripts
  readonly jobs: WorkJobs
  /** Whether anything can be older than its entry in the ledger is kept. */
  readonly mayHaveAged: boolean
  /** Adds the jobs that are not there. */
  readonly mend: boolean
  /** What is in motion gets so long before it is looked at again, in ms. */
  readonly pauseMs?: number
}

/** So much in doubt is looked at again, and listed: the rest waits for the next run. */
const MostStranded = 5_000
/** Of the ledger, while its numbers don't fit: a key may be met twice while Redis grows its table. */
const MostReadings = 3
/** What is in doubt is asked about so often before it is called wrong. */
const MostLooks = 4
const PauseMs = 500

/**
 * Checks that nothing is lost between counters, ledger and queues, while the daemon runs: what is in motion is looked at again before it is called
 * wrong. Reads a page at a time, so it needs no more memory for a million leads than for one. Rejects when Redis can't be read.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { scripts, jobs, mend, mayHaveAged, pauseMs = PauseMs } = options
  let laws: readonly Law[] = []
  let suspects: Suspects = { works: [], isCut: false }
  for (let readings = 0; readings < MostReadings; readings++) {
    const reading = await readAll(scripts, jobs)
    suspects = reading.suspects
    laws = [...sumLaws(reading.after), ...ledgerLaws(reading, mayHaveAged), quarantineLaw(reading.after, await jobs.setAside())]
    if (laws.every(({ ok }) => ok)) break
    await wait(pauseMs)
  }
  const works = await confirmed(suspects.works, { scripts, jobs, pauseMs })
  const stranded: Stranded[] = []
  for (const work of works) {
    const mended = mend && (await jobs.mend(work))
    stranded.push({ work, name: workName(work), state: work.kind === 'lead' ? 'accepted' : work.state, mended })
  }
  const strays = await strayJobs(scripts, jobs, pauseMs)
  const isCut = (suspects.isCut && stranded.length > 0) || strays.length >= MostStranded
  const ok = laws.every((law) => law.ok) && stranded.every(({ mended }) => mended) && strays.length === 0 && !isCut
  return { ok, laws, stranded, strays, isCut }
}

/** Adds the jobs of open work that has none. Returns what they were added for. */
export async function mendJobs({ scripts, jobs, pauseMs = PauseMs }: Omit<AuditOptions, 'mayHaveAged' | 'mend'>) {
  const { suspects } = await readAll(scripts, jobs)
  const mended: OpenWork[] = []
  for (const work of await confirmed(suspects.works, { scripts, jobs, pauseMs })) {
    if (await jobs.mend(work)) mended.push(work)
  }
  return mended
}

interface Suspects {
  readonly works: readonly OpenWork[]
  readonly isCut: boolean
}

interface Reading {
  readonly before: CounterHash
  readonly after: CounterHash
  readonly found: ReadonlyMap<string, number>
  readonly suspects: Suspects
}

async function readAll(scripts: Scripts, jobs: WorkJobs): Promise<Reading> {
  const found = new Map<string, number>()
  const works: OpenWork[] = []
  let isCut = false
  const before = await readCounterHash(scripts)

  async function suspect(open: readonly OpenWork[]): Promise<void> {
    const without = await jobs.without(open)
    isCut ||= works.length + without.length > MostStranded
    works.push(...without.slice(0, MostStranded - works.length))
  }

  for await (const page of scanLedger(scripts)) {
    for (const lead of page) countLead(found, lead)
    await suspect(page.flatMap(({ open }) => open))
  }
  for await (const page of scanPlans(scripts)) {
    for (const plan of page) countPlan(found, plan)
    await suspect(page.flatMap(({ open }) => open))
  }
  return { before, after: await readCounterHash(scripts), found, suspects: { works, isCut } }
}

/** Those that were without a job at every look, and did not change: between a script and its job, and in a worker's hands, things take a moment. */
async function confirmed(
  suspects: readonly OpenWork[],
  { scripts, jobs, pauseMs }: Required<Pick<AuditOptions, 'scripts' | 'jobs' | 'pauseMs'>>,
): Promise<readonly OpenWork[]> {
  let left = [...new Map(suspects.map((work) => [`${work.kind} ${workName(work)}`, work])).values()]
  for (let looks = 1; looks < MostLooks && left.length > 0; looks++) {
    await wait(pauseMs)
    const now = await Promise.all(left.map((work) => stillOpen(scripts, work)))
    left = [...(await jobs.without(now.filter((work) => work !== null)))]
  }
  return left
}

/** A dead letter is one, too, whose delivery has ended otherwise. Any other job finds that out by itself when its turn comes. */
async function strayJobs(scripts: Scripts, jobs: WorkJobs, pauseMs: number): Promise<readonly CrmJobFacts[]> {
  const isStray = async (job: CrmJobFacts) => {
    const state = await stateOf(scripts, job)
    return state === null || (job.hasFailed && job.step === null && !/^(waiting|ask|written|parked)$/.test(state))
  }
  const suspects = new Map<string, CrmJobFacts>()
  for await (const page of jobs.inCrms()) {
    for (const job of page) {
      if (suspects.size < MostStranded && (await isStray(job))) suspects.set(`${job.crm} ${job.id}`, job)
    }
  }
  if (suspects.size === 0) return []
  await wait(pauseMs)
  const left = await Promise.all(
    [...suspects.values()].map(async (job) => ((await jobs.isThere(job)) && (await isStray(job)) ? [job] : [])),
  )
  return left.flat()
}

async function readCounterHash({ redis }: Scripts): Promise<CounterHash> {
  return await redis.hgetall(`${KeyPrefix}counters`)
}

function countLead(found: Map<string, number>, { state, deliveries }: ScannedLead): void {
  if (/^(accepted|held|quarantined)$/.test(state)) add(found, state)
  for (const [crm, outcome] of Object.entries(deliveries)) {
    add(found, `crm:${crm}:accepted`)
    // `delivered:created` counts as delivered and as created.
    for (const name of outcome.split(':')) add(found, `crm:${crm}:${name}`)
  }
}

function countPlan(found: Map<string, number>, { crm, steps }: ScannedPlan): void {
  for (const { state } of steps) add(found, `crm:${crm}:followUps:${state}`)
}

function add(found: Map<string, number>, name: string): void {
  found.set(name, (found.get(name) ?? 0) + 1)
}
