import { once } from 'node:events'
import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import { type Binding, bindStore, type Holding } from './store-binding.ts'

export interface StoreGuardOptions extends Binding {
  readonly redis: Redis
  readonly log: Log
  /** Told of each answer that is another one than before. */
  changed?(holding: Holding): void
}

/** Watches whether Redis holds our data. The scripts refuse by themselves; this says it to people, and makes a new Redis ours. */
export interface StoreGuard {
  /** Null before Redis was first asked. */
  holding(): Holding | null
  stop(): void
}

const EveryMs = 2_000
const FirstWithinMs = 2_000

/** What a person is to do, for each of them; null where there is nothing. */
export const HoldingSentence: Readonly<Record<Holding, string | null>> = {
  ours: null,
  empty:
    'Redis has lost the data of this installation, and with it who must not be contacted: nothing is delivered, what comes in waits in the journal. Run `leadsync rebuild`, or restore a backup of Redis; only if nothing was ever delivered, start with --accept-empty-redis.',
  rebuilding:
    'Redis is being rebuilt: nothing is delivered until `leadsync rebuild` has come to its end. Where it was stopped, run it again.',
  foreign:
    'Redis holds the data of another installation: nothing is delivered, what comes in waits in the journal. Give this one a Redis of its own (redis.url), or the installation.json of the other.',
}

/** Asks at once, whenever the connection is there again, and every two seconds. Resolves when it was asked once, or Redis is away. */
export async function startStoreGuard(options: StoreGuardOptions): Promise<StoreGuard> {
  const { redis, log } = options
  let holding: Holding | null = null
  let asking: Promise<void> | null = null

  async function ask(): Promise<void> {
    try {
      const before = holding
      holding = await bindStore(redis, options)
      if (holding === before) return
      say(before, holding)
      options.changed?.(holding)
    } catch (error) {
      // Away: whoever needs it says so.
      if (redis.status === 'ready') log.warn({ error }, 'whether Redis holds our data could not be asked')
    }
  }

  function say(before: Holding | null, now: Holding): void {
    const sentence = HoldingSentence[now]
    if (sentence !== null) log.error({ holding: now }, sentence)
    else if (before !== null) log.info({}, 'Redis holds the data of this installation (again): it goes on')
  }

  function askOnce(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }

  const onReady = () => void askOnce()
  redis.on('ready', onReady)
  const timer = setInterval(onReady, EveryMs)
  timer.unref()
  await firstAnswer(redis, askOnce)
  return {
    holding: () => holding,
    stop: () => {
      clearInterval(timer)
      redis.off('ready', onReady)
    },
  }
}

/** A connection that is only being made is worth waiting for a moment. One to a Redis that hangs is made and never ready, and says nothing. */
async function firstAnswer(redis: Redis, ask: () => Promise<void>): Promise<void> {
  if (redis.status !== 'ready') {
    const signal = AbortSignal.timeout(FirstWithinMs)
    await Promise.race(['ready', 'error', 'close'].map((event) => once(redis, event, { signal }))).catch(() => undefined)
  }
  if (redis.status === 'ready') await ask()
}
