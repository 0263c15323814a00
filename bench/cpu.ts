import { readFile } from 'node:fs/promises'
import type { Redis } from 'ioredis'

/** proc(5): `utime` and `stime` are in clock ticks, and every Linux that Node runs on has 100 a second. */
const UsPerTick = 10_000

/** CPU time that a process has used, in µs; null where nobody says it cheaply (elsewhere than on Linux). */
export async function cpuOf(pid: number | undefined): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The command's name stands in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isFinite(ticks) ? ticks * UsPerTick : null
}

/** CPU time that this Redis has used, in µs. */
export async function cpuOfRedis(redis: Redis): Promise<number> {
  const text = await redis.info('cpu')
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
  return Math.round((seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000_000)
}

/** µs for each of `count`, rounded; null when it was not measured. */
export function perItem(before: number | null, after: number | null, count: number): number | null {
  return before === null || after === null || count === 0 ? null : Math.round((after - before) / count)
}
