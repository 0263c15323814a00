import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFailed } from 'vitest'
import { type Home, MarketplaceToken } from './home.ts'
import { until } from './until.ts'

export const LeadsyncCommand = fileURLToPath(new URL('../../scripts/leadsync.mjs', import.meta.url))

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Urls {
  /** Where the marketplace posts its leads. */
  readonly marketplace: string
  /** Empty where this role does not listen. */
  readonly intake: string
  readonly admin: string
  readonly redis: string
}

/** A `leadsync start` that is under way. */
export interface Launched {
  readonly pid: number
  /** When it says so in its log. Rejects when it ends before. */
  readonly up: Promise<Urls>
  readonly exited: Promise<Exit>
  /** Lines of its log that are JSON. */
  readonly log: readonly Readonly<Record<string, unknown>>[]
  kill(signal: NodeJS.Signals): Promise<Exit>
}

export interface Daemon extends Omit<Launched, 'up'> {
  readonly urls: Urls
}

export type Role = 'all' | 'intake' | 'worker' | 'admin'

/** The real command as a process of its own; what it said is printed when the test fails. */
export function launchDaemon(home: Home, role: Role = 'all'): Launched {
  const child = spawnLeadsync(home, ['start', '--config', home.configDir, '--role', role])
  const said: string[] = []
  const log: Record<string, unknown>[] = []
  const exited = whenEnded(child, said)
  const up = Promise.withResolvers<Urls>()
  // Nobody may be waiting for it: a test may kill it before.
  up.promise.catch(() => undefined)
  exited.then(({ code, signal, stderr }) =>
    up.reject(new Error(`leadsync ended (${code ?? signal}) before it was up. ${stderr}`)),
  )
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line)
      const facts = parse(line)
      if (facts) log.push(facts)
      if (facts?.msg === 'leadsync is up') up.resolve(urlsOf(facts))
    })
  }
  onTestFailed(() => console.error(`leadsync ${child.pid} (${role}):\n${said.slice(-40).join('\n')}`))
  return {
    pid: child.pid ?? 0,
    up: up.promise,
    exited,
    log,
    kill(signal) {
      child.kill(signal)
      return exited
    },
  }
}

export async function startDaemon(home: Home, role: Role = 'all'): Promise<Daemon> {
  const { up, ...launched } = launchDaemon(home, role)
  return { ...launched, urls: await up }
}

/** Waits until what was only in the journal, as after a crash, is in Redis. */
export async function untilQueued({ admin }: Urls): Promise<void> {
  await until('nothing waits in the journal', async () => {
    const response = await fetch(`${admin}/readyz`)
    const { journal } = (await response.json()) as { journal: { backlog: number } | null }
    return journal?.backlog === 0
  })
}

/** Any other command, to its end. */
export async function runLeadsync(home: Home, args: readonly string[]): Promise<Exit> {
  const child = spawnLeadsync(home, args)
  const said: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  return await whenEnded(child, said)
}

function spawnLeadsync(home: Home, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [LeadsyncCommand, ...args], {
    cwd: home.dir,
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  home.adopt(child)
  return child
}

function whenEnded(child: ChildProcess, said: readonly string[]): Promise<Exit> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout: said.join('\n'), stderr }))
  })
}

function urlsOf(up: Readonly<Record<string, unknown>>): Urls {
  const [intake, admin, redis] = [up.intake, up.admin, up.redis].map((url) => (typeof url === 'string' ? url : ''))
  return {
    intake: intake ?? '',
    admin: admin ?? '',
    redis: redis ?? '',
    marketplace: `${intake}/intake/marketplace/${MarketplaceToken}`,
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
