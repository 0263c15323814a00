import { mkdir, open, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../core/index.ts'
import { withFileLock } from './file-lock.ts'
import { becomesFree, freePort, isFree } from './loopback-port.ts'
import { findRedisServer, redisConfigText } from './redis-binary.ts'
import { askRedis, countLeadsyncClients, identifyRedis } from './redis-probe.ts'
import { launchRedis, serversStartedWith } from './redis-process.ts'

export interface EmbeddedRedisOptions {
  /** Holds the data, the log, `redis.conf` and `redis.json`; made with mode 0700 when it is not there. */
  readonly dir: string
  /** Found on the PATH or in `.leadsync/tools` when absent. */
  readonly executable?: string
  /** Wished for at a first start. A living server is adopted on the port that it has. */
  readonly port?: number
  readonly log: Log
}

export interface EmbeddedRedis {
  readonly url: string
  readonly port: number
  /** Changes when `ensure` had to start a new one. */
  readonly pid: number
  /** Starts the server again, on the same port, when it is gone. */
  ensure(): Promise<void>
  /** Shuts the server down, its AOF complete, unless a connection named `leadsync…` is still open. Close your own first. */
  stop(): Promise<void>
}

interface Place {
  readonly dir: string
  readonly configFile: string
  readonly executable: string
  readonly log: Log
}

interface Running {
  readonly pid: number
  readonly port: number
}

const AnswerTimeoutMs = 30_000

/**
 * Adopts the Redis server of the folder, or starts one on loopback that outlives this process. Rejects with the server's own last words when
 * it does not come up.
 *
 * There are never two on one folder: whoever starts one holds the kernel's lock on `redis.lock`; the port is on disk before the server
 * is there, so that of a server whose starter was killed at once and a second one only one can bind it; and a server that does not answer,
 * but is in the process list, is waited for and never replaced.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const dir = await realpath(options.dir)
  const executable = options.executable ?? (await findRedisServer())
  const place = { dir, configFile: join(dir, 'redis.conf'), executable, log: options.log }
  const locked = <T>(work: () => Promise<T>) => withFileLock(join(dir, 'redis.lock'), work)

  let running = await locked(() => adoptOrStart(place, options.port))
  const { port } = running
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid
    },
    async ensure() {
      running = await locked(() => bringBack(place, port))
    },
    async stop() {
      await locked(() => shutDownIfUnused(place, port))
    },
  }
}

async function adoptOrStart(place: Place, wish: number | undefined): Promise<Running> {
  const known = await knownPort(place)
  const living = await adopt(place, known)
  if (living) return living
  const port = known ?? wish
  if (port !== undefined && (await becomesFree(port))) return await start(place, port)
  if (port !== undefined)
    place.log.warn({ port }, 'the port of the embedded Redis is taken by another program; it gets a new one')
  return await startAnywhere(place)
}

async function bringBack(place: Place, port: number): Promise<Running> {
  const living = await adopt(place, (await knownPort(place)) ?? port)
  if (living?.port === port) return living
  if (living === undefined && (await becomesFree(port))) return await start(place, port)
  throw new Error(
    `The embedded Redis can't come back on port ${port}, another program has it: restart Leadsync, which finds a new port.`,
  )
}

/** A port found free may be taken a moment later; only then another one is tried. */
async function startAnywhere(place: Place): Promise<Running> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return await start(place, port)
    } catch (error) {
      if (tries === 3 || (await isFree(port))) throw error
    }
  }
}

/** The living server of this folder, once it answers; undefined when there is none. */
async function adopt(place: Place, port: number | undefined): Promise<Running | undefined> {
  const deadline = performance.now() + AnswerTimeoutMs
  for (;;) {
    const found = port === undefined ? undefined : await identifyRedis(port)
    // The folder as the server names it, not the pid on disk, is the proof: pids and ports are given out again.
    if (port !== undefined && found?.dir === place.dir) return await takeOver(place, { pid: found.pid, port })
    const [pid] = await serversStartedWith(place.configFile)
    if (pid === undefined) return undefined
    if (performance.now() > deadline) throw new Error(unanswered(place, pid, port))
    await wait(50)
  }
}

function unanswered(place: Place, pid: number, port: number | undefined): string {
  const where = port === undefined ? 'its port is not on record' : `it does not answer on port ${port}`
  return `The Redis server of ${place.dir} lives (pid ${pid}), but ${where}. A second one would damage its data: end it with "kill ${pid}" and start again.`
}

async function takeOver(place: Place, running: Running): Promise<Running> {
  await loaded(place, running.port)
  await writeRecord(place, running.port, running.pid)
  place.log.info(running, 'adopted the embedded Redis that was running')
  return running
}

async function start(place: Place, port: number): Promise<Running> {
  await writeFile(place.configFile, redisConfigText({ dir: place.dir, port }), { mode: 0o600 })
  await writeRecord(place, port, undefined)
  const logFile = join(place.dir, 'redis.log')
  const launched = await launchRedis({ ...place, logFile })
  const ended = new AbortController()
  launched.ended.then(() => ended.abort())
  try {
    await loaded(place, port, ended.signal)
  } catch (error) {
    if (!ended.signal.aborted) throw error
    throw new Error(`The embedded Redis on port ${port} ended at once: ${await launched.lastWords()} (more in ${logFile}).`)
  } finally {
    launched.letGo()
  }
  await writeRecord(place, port, launched.pid)
  const running = { pid: launched.pid, port }
  place.log.info(running, 'started the embedded Redis')
  return running
}

/** Resolves when this folder's server has read its AOF, however long that takes, and rejects when it stops answering before. */
async function loaded(place: Place, port: number, ended?: AbortSignal): Promise<void> {
  let deadline = performance.now() + AnswerTimeoutMs
  for (;;) {
    ended?.throwIfAborted()
    const found = await identifyRedis(port)
    const ours = found?.dir === place.dir
    if (ours && !found.loading) return
    if (ours) deadline = performance.now() + AnswerTimeoutMs
    if (performance.now() > deadline)
      throw new Error(`The embedded Redis of ${place.dir} does not answer on port ${port}; look into its redis.log.`)
    await wait(25)
  }
}

async function shutDownIfUnused(place: Place, port: number): Promise<void> {
  const found = await identifyRedis(port)
  if (found?.dir !== place.dir) return
  const others = await leadsyncClients(port)
  if (others > 0) {
    place.log.info({ port, connections: others }, 'left the embedded Redis running: another Leadsync is connected to it')
    return
  }
  const refusal = await askRedis(port, (redis) => redis.shutdown()).catch((error: Error) => error)
  if (refusal instanceof Error && refusal.message.startsWith('ERR')) {
    throw new Error(`The embedded Redis refused to shut down: ${refusal.message} Look into ${join(place.dir, 'redis.log')}.`)
  }
  while ((await serversStartedWith(place.configFile)).length > 0 || (await identifyRedis(port))?.dir === place.dir) await wait(20)
  await writeRecord(place, port, undefined)
  place.log.info({ port }, 'stopped the embedded Redis')
}

/** The server sees that a client is gone a moment after the client; a connection just closed must not keep it alive. */
async function leadsyncClients(port: number): Promise<number> {
  const deadline = performance.now() + 1_000
  for (;;) {
    const count = await askRedis(port, countLeadsyncClients)
    if (count === 0 || performance.now() > deadline) return count
    await wait(50)
  }
}

/** From `redis.json`, else from the configuration of the last start: the record may have been deleted while the server lives. */
async function knownPort(place: Place): Promise<number | undefined> {
  const record = await readFile(join(place.dir, 'redis.json'), 'utf8').catch(() => '')
  const config = await readFile(place.configFile, 'utf8').catch(() => '')
  const port = /"port":(\d+)/.exec(record)?.[1] ?? /^port (\d+)$/m.exec(config)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** `redis.json` is what other programs read: `pid` is null while the server is down. */
async function writeRecord(place: Place, port: number, pid: number | undefined): Promise<void> {
  const file = join(place.dir, 'redis.json')
  const draft = await open(`${file}.new`, 'w', 0o600)
  await draft.writeFile(`${JSON.stringify({ pid: pid ?? null, port })}\n`)
  await draft.sync()
  await draft.close()
  await rename(`${file}.new`, file)
}
