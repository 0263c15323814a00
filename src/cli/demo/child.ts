import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment } from '../../config/environment.ts'

const Command = fileURLToPath(new URL('../../../scripts/leadsync.mjs', import.meta.url))
const StartTimeoutMs = 60_000

export interface Child {
  readonly process: ChildProcess
  /** The facts of the JSON line that said it was up. */
  readonly up: Readonly<Record<string, unknown>>
  stop(): Promise<void>
}

/** Runs a `leadsync` command as a process of its own and waits for the JSON line in which `isUp` sees that it is ready. */
export async function startChild(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isUp: (line: Record<string, unknown>) => boolean,
): Promise<Child> {
  const child = spawn(process.execPath, [Command, ...args], {
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const up = await waitForLine(child, isUp)
  return {
    process: child,
    up,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function waitForLine(child: ChildProcess, isUp: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It did not come up within a minute.')), StartTimeoutMs)
    child.once('exit', (code) => reject(new Error(`It ended with exit code ${code} before it was up.`)))
    if (!child.stdout) return
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parse(text)
      if (line.level === 'error' || line.level === 'fatal') process.stderr.write(`${text}\n`)
      if (!isUp(line)) return
      clearTimeout(timer)
      resolve(line)
    })
  })
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
