// The chaos suite, so short that it can be part of every test run: `npm run chaos` is the real one.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { foreignEnvironment } from '../kit/home.ts'
import { Failings } from './verdict.ts'

const Run = fileURLToPath(new URL('./run.ts', import.meta.url))
/** Its plan is always the same; `npm run chaos` has others. */
const Seed = 7
const Leads = 60

it('loses and doubles nothing of 60 leads while processes are killed and frozen, Redis is killed and emptied, and CRMs and connections fail', async () => {
  const plan = ['--seed', `${Seed}`, '--leads', `${Leads}`, '--pace', '8']
  const { code, stdout, stderr } = await run([...plan, '--json'])
  expect(code, stderr).toBe(0)
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>
  expect(result).toMatchObject({ seed: Seed, accepted: Leads, waiting: 0, parked: 0 })
  expect(result).toMatchObject(Object.fromEntries(Failings.map((failing) => [failing, 0])))
  expect(result.faults).toMatchObject({ workerKilled: 1, intakeKilled: 1, workerFrozen: 1, redisKilled: 1, redisEmptied: 1 })
  expect(Object.keys(result.faults ?? {}).length).toBeGreaterThanOrEqual(15)
}, 180_000)

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, [Run, ...args], { env: foreignEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  // Told so, it ends everything that it has started.
  onTestFinished(() => void child.kill('SIGTERM'))
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}
