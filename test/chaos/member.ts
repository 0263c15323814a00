import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Processes, Running } from './processes.ts'

const Leadsync = fileURLToPath(new URL('../../scripts/leadsync.mjs', import.meta.url))
const ShiftedClock = new URL('./shifted-clock.ts', import.meta.url).href

/** One `leadsync start` that is kept up, as a service manager would: whatever ends it but us, it is started again. */
export interface Member {
  /** Resolves when it is up. */
  start(clockMs?: number): Promise<void>
  /** `SIGKILL`, without a chance to do anything. */
  kill(): Promise<void>
  /** `SIGTERM`, and what takes too long is killed. */
  stop(): Promise<void>
  freeze(): void
  thaw(): void
  /** How often it ended by itself. */
  ownEnds(): number
}

export interface MemberSetup {
  readonly name: string
  readonly role: 'intake' | 'worker'
  readonly configDir: string
  readonly env: Readonly<Record<string, string>>
  readonly processes: Processes
}

const AgainMs = 300
const UpWithinMs = 60_000
const StopWithinMs = 15_000

export function createMember({ name, role, configDir, env, processes }: MemberSetup): Member {
  let wanted = false
  let ownEnds = 0
  let clockMs = 0
  let running: Running | null = null

  async function launch(): Promise<void> {
    const up = Promise.withResolvers<void>()
    const preload = clockMs === 0 ? [] : ['--import', ShiftedClock]
    const launched = processes.launch({
      name,
      args: [...preload, Leadsync, 'start', '--config', configDir, '--role', role],
      env: { ...env, CHAOS_CLOCK_MS: String(clockMs) },
      onLine: (line) => line.includes('"leadsync is up"') && up.resolve(),
    })
    running = launched
    launched.ended.then(() => relaunch(launched)).then(up.resolve, up.reject)
    await Promise.race([up.promise, tooLate()])
  }

  /** Resolves when another one is up in its place, or none is wanted. */
  async function relaunch(ended: Running): Promise<void> {
    if (!wanted || running !== ended) return
    ownEnds += 1
    await wait(AgainMs)
    if (wanted && running === ended) await launch()
  }

  async function tooLate(): Promise<never> {
    await wait(UpWithinMs, undefined, { ref: false })
    throw new Error(`${name} did not come up within ${UpWithinMs / 1_000} s.`)
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    wanted = false
    running?.signal(signal)
    await running?.ended
  }

  return {
    async start(shift = 0) {
      clockMs = shift
      wanted = true
      await launch()
    },
    kill: () => end('SIGKILL'),
    async stop() {
      const late = setTimeout(() => running?.signal('SIGKILL'), StopWithinMs)
      await end('SIGTERM')
      clearTimeout(late)
    },
    freeze: () => running?.signal('SIGSTOP'),
    thaw: () => running?.signal('SIGCONT'),
    ownEnds: () => ownEnds,
  }
}
