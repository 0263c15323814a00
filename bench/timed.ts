import { setTimeout as wait } from 'node:timers/promises'
import { cpuOf, cpuOfRedis } from './cpu.ts'
import type { Stage } from './stage.ts'

/** What a run took: wall clock in s, CPU in µs. */
export interface Run {
  readonly seconds: number
  readonly worker: number | null
  readonly redis: number
}

const PollMs = 20
/** Without any progress. */
const StuckAfterMs = 30_000

export async function timed({ redis }: Stage, workerPid: number | undefined, work: () => Promise<void>): Promise<Run> {
  const [workerBefore, redisBefore] = await Promise.all([cpuOf(workerPid), cpuOfRedis(redis)])
  const started = performance.now()
  await work()
  const seconds = (performance.now() - started) / 1_000
  const [workerAfter, redisAfter] = await Promise.all([cpuOf(workerPid), cpuOfRedis(redis)])
  const worker = workerBefore === null || workerAfter === null ? null : workerAfter - workerBefore
  return { seconds, worker, redis: redisAfter - redisBefore }
}

/** Resolves when there are so many, or when nothing moves any more: what is missing is for a check to say. */
export async function untilThereAre(count: number, countNow: () => Promise<number>): Promise<void> {
  let last = -1
  let movedAt = Date.now()
  for (;;) {
    const now = await countNow()
    if (now >= count) return
    if (now !== last) movedAt = Date.now()
    last = now
    if (Date.now() - movedAt > StuckAfterMs) return
    await wait(PollMs)
  }
}
