import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { findRedisServer, redisConfigText } from '../../src/store/redis-binary.ts'
import { identifyRedis } from '../../src/store/redis-probe.ts'
import { portForServer } from './port.ts'

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Changes with every `restart`. */
  readonly pid: number
  /** Ends it for good and removes its folder. Call it in `afterAll`. */
  stop(): Promise<void>
  /** Ends the server at once; its data stays. `SIGTERM` shuts it down in order. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again on the same port and data, ending it first when it lives. */
  restart(): Promise<void>
  /** Freezes the server: connections stay open and nobody answers. */
  pause(): void
  resume(): void
}

export interface TestRedisOptions {
  /** fsync before every answer, as the shipped Redis does. Without it the data still survives a killed server, only not a power cut. */
  readonly durable?: boolean
}

/** A Redis of its own for one test file, configured like the shipped one. It ends with the test run even when that is killed. */
export async function startTestRedis({ durable = false }: TestRedisOptions = {}): Promise<TestRedis> {
  const executable = await findRedisServer()
  const dir = await mkdtemp(join(tmpdir(), 'leadsync-redis-'))
  const guard = startGuard(dir)
  const port = await portForServer()
  const configFile = join(dir, 'redis.conf')
  await writeFile(configFile, redisConfigText({ dir, port, appendfsync: durable ? 'always' : 'no' }))
  let server = await launch(executable, configFile, port)

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
    // A pid that is free again must not be the guard's aim.
    await rm(`${configFile}.pid`, { force: true })
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid ?? 0
    },
    kill: (signal = 'SIGKILL') => end(signal),
    async restart() {
      await end('SIGKILL')
      server = await launch(executable, configFile, port)
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      await end('SIGKILL')
      guard.kill('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** A Redis for the tests of one file. Before each of them `open` opens what it works with, which is closed after it. */
export function onTestRedis(open: (server: TestRedis) => Promise<{ close(): Promise<void> }>): void {
  let server: TestRedis
  let opened: { close(): Promise<void> }
  beforeAll(async () => {
    server = await startTestRedis()
  })
  beforeEach(async () => {
    opened = await open(server)
  })
  afterEach(() => opened.close())
  afterAll(() => server.stop())
}

async function launch(executable: string, configFile: string, port: number) {
  const log = join(configFile, '..', 'redis.log')
  // The shell leaves its pid, which becomes the server's, for the guard.
  const script = 'echo $$ > "$3"; exec "$1" "$2" --logfile "$4"'
  const args = ['-c', script, 'sh', executable, configFile, `${configFile}.pid`, log]
  const server = spawn('/bin/sh', args, { stdio: 'ignore', detached: true })
  server.unref()
  for (;;) {
    if (server.exitCode !== null)
      throw new Error(`The test Redis did not start: ${await readFile(log, 'utf8').catch(() => executable)}`)
    const found = await identifyRedis(port)
    if (found?.pid === server.pid && !found?.loading) return server
    await wait(10)
  }
}

/** A shell whose input ends when this process ends, however it ends; then it takes the server and the folder with it. */
function startGuard(dir: string) {
  const script = 'cat; kill -9 "$(cat "$1/redis.conf.pid")"; rm -rf "$1"'
  const guard = spawn('/bin/sh', ['-c', script, 'sh', dir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.unref()
  return guard
}
