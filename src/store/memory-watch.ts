import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'

/** From so many percent of its memory on. */
export interface MemoryLimits {
  readonly journalOnlyPercent: number
  readonly stopPercent: number
}

export interface MemoryState {
  /** Of what Redis may use, 0 to 1 and more; null before it was first asked. */
  readonly ratio: number | null
  /** Leads stay in the journal until there is room again. */
  readonly journalOnly: boolean
  /** Workers take no new jobs until there is room again. */
  readonly stopped: boolean
}

export interface MemoryWatch {
  state(): MemoryState
  stop(): void
}

export interface MemoryWatchOptions {
  readonly redis: Redis
  readonly limits: MemoryLimits
  readonly log: Log
  /** Called with each state in which workers must stop, or may go on. */
  stopped(stopped: boolean): void
  /** How often Redis is asked, in ms. Default 1 s. */
  readonly everyMs?: number
}

/** It has to fall by so many percent points before it counts as over: or every job that ends would open what the next one shuts. */
const Hysteresis = 5

/**
 * Asks Redis how full it is, so that it is never quite full: then every write fails, also those that end what is in hand and make room again.
 * While Redis is away the last answer stands.
 */
export function startMemoryWatch({ redis, limits, log, stopped, everyMs = 1_000 }: MemoryWatchOptions): MemoryWatch {
  let state: MemoryState = { ratio: null, journalOnly: false, stopped: false }
  let asking = false
  let refused = false

  async function ask(): Promise<void> {
    const info = await redis.info('memory')
    const ratio = memoryRatio(info)
    if (ratio === null) return
    const before = state
    state = {
      ratio,
      journalOnly: isOver(before.journalOnly, ratio, limits.journalOnlyPercent),
      stopped: isOver(before.stopped, ratio, limits.stopPercent),
    }
    say(before)
    if (state.stopped !== before.stopped) stopped(state.stopped)
  }

  function say(before: MemoryState): void {
    const percent = Math.round((state.ratio ?? 0) * 100)
    const was = memorySentence(before)
    const is = memorySentence(state)
    if (is !== null && is !== was) log.error({ percent }, is)
    if (is === null && was !== null) log.info({ percent }, 'Redis has room again: leads are queued and workers go on')
  }

  const timer = setInterval(askOnce, everyMs)
  timer.unref()
  redis.on('ready', askOnce)

  function askOnce(): void {
    if (asking || redis.status !== 'ready') return
    asking = true
    ask()
      .catch((error: unknown) => {
        // A server that refuses INFO says so once, not every second.
        if (!refused && redis.status === 'ready') log.warn({ error }, 'how full Redis is could not be asked')
        refused = true
      })
      .finally(() => {
        asking = false
      })
  }

  askOnce()
  return {
    state: () => state,
    stop: () => {
      clearInterval(timer)
      redis.off('ready', askOnce)
    },
  }
}

/** What it is now, for whoever looks once; null where the server lets nobody ask. Rejects when Redis is away. */
export async function readMemory(redis: Redis, limits: MemoryLimits): Promise<MemoryState | null> {
  const info = await redis.info('memory').catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') return ''
    throw error
  })
  const ratio = memoryRatio(info)
  if (ratio === null) return null
  const over = (percent: number) => isOver(false, ratio, percent)
  return { ratio, journalOnly: over(limits.journalOnlyPercent), stopped: over(limits.stopPercent) }
}

/** What a person has to know of it; null while there is room. */
export function memorySentence({ journalOnly, stopped }: MemoryState): string | null {
  const what = 'free some, or give it more (maxmemory)'
  if (stopped) return `Redis is almost full: workers take no new jobs, and leads wait in the journal; ${what}.`
  return journalOnly ? `Redis is nearly full: leads wait in the journal; ${what}.` : null
}

/**
 * Used of usable memory, from `INFO memory`; null where it says neither. What Redis itself does not count against `maxmemory` (AOF and replica
 * buffers) is left out; without a `maxmemory` the machine's memory is the bound. In a container that may be the host's: then set `maxmemory`.
 */
export function memoryRatio(info: string): number | null {
  const used = numberIn(info, 'used_memory') - numberIn(info, 'mem_not_counted_for_evict')
  const usable = numberIn(info, 'maxmemory') || numberIn(info, 'total_system_memory')
  return usable > 0 ? Math.max(0, used) / usable : null
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
}

function isOver(was: boolean, ratio: number, percent: number): boolean {
  return ratio * 100 >= (was ? percent - Hysteresis : percent)
}
