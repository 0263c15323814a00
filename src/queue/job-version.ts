import { DelayedError, type Job } from 'bullmq'
import { type Log, leadJobId } from '../core/index.ts'
import { backoffMs, LeadsQueue } from './catalogue.ts'

/** What makes data of version n into version n + 1, at place n. Version 0 had no number, and was otherwise the same. */
const Steps: readonly ((data: object) => object)[] = [(data) => data]

/**
 * Of what our jobs carry, and of all that a worker reads in the store because of a job. It grows by a step in the release whose jobs a worker
 * of the release before would misread; a job's own `v` says which it is. A lead brings the `v` of its public schema instead.
 */
export const JobVersion = Steps.length

const LongestReturnMs = 60_000

export interface VersionGuard {
  readonly queue: string
  readonly log: Log
  now(): number
  /** The newest version that the worker can read. Absent: this program's; others are for tests of a rolling upgrade. */
  readonly known?: number | undefined
}

/** The data as it goes on a queue: with the version that it has, or this program's. */
export function stamped(data: unknown): unknown {
  return isData(data) && !('v' in data) ? { v: JobVersion, ...data } : data
}

/** A job's data in this program's version. What is newer stays as it is: nobody here can judge it. */
export function broughtUp(data: unknown): unknown {
  const version = versionOf(data)
  if (!isData(data) || version >= JobVersion) return data
  return { ...Steps.slice(version).reduce((current, step) => step(current), data), v: JobVersion }
}

/**
 * Lets a worker see only what it can read. A job of an older version is brought up; one of a newer version goes back to its queue without
 * spending an attempt, for it is a worker's of the release that is just being rolled out. Failing it would park a lead that nothing is
 * wrong with, and reading it all the same would do half of what it says.
 */
export function readable<Data, Result>(
  guard: VersionGuard,
  work: (job: Job<Data>, token: string | undefined) => Promise<Result>,
): (job: Job<Data>, token: string | undefined) => Promise<Result> {
  const { queue, log, now, known = JobVersion } = guard
  const told = new Set<number>()

  return async (job, token) => {
    const version = versionOf(job.data)
    if (version > known && (queue !== LeadsQueue || isOwnLead(job))) return await sendBack(job, version, token)
    if (queue !== LeadsQueue) job.data = broughtUp(job.data) as Data
    return await work(job, token)
  }

  async function sendBack(job: Job<Data>, version: number, token: string | undefined): Promise<never> {
    if (!told.has(version)) {
      log.warn({ queue, version, known }, 'jobs of a newer Leadsync wait for its workers: finish the upgrade, or go back to it')
    }
    told.add(version)
    await job.moveToDelayed(now() + Math.min(LongestReturnMs, backoffMs(job.attemptsStarted, undefined)), token)
    throw new DelayedError()
  }
}

function versionOf(data: unknown): number {
  const version = isData(data) && 'v' in data ? data.v : 0
  return typeof version === 'number' && Number.isInteger(version) && version > 0 ? version : 0
}

/** A lead that a foreign producer calls newer would come back for ever: it is quarantined with the reason, where a person sees it. */
function isOwnLead({ id, data }: Job): boolean {
  return isData(data) && 'id' in data && typeof data.id === 'string' && id === leadJobId(data.id)
}

function isData(data: unknown): data is object {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
