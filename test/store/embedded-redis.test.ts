import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/store/embedded-redis.ts'
import { identifyRedis } from '../../src/store/redis-probe.ts'
import { serversStartedWith } from '../../src/store/redis-process.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const starter = fileURLToPath(new URL('../kit/embedded-redis-starter.ts', import.meta.url))

let dir: string
let children: ChildProcess[]

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'leadsync embedded ')), '.leadsync')
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const pid of [...(await living()), ...(await living(join(dir, 'other')))]) await endOf(pid, 'SIGKILL')
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

function start(options: { port?: number } = {}): Promise<EmbeddedRedis> {
  return startEmbeddedRedis({ dir, log: quiet, ...options })
}

function living(folder = dir): Promise<number[]> {
  return serversStartedWith(join(folder, 'redis.conf'))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A killed server whose starter is dead too stays a zombie where nobody reaps: it is not alive.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function endOf(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal)
  await expect.poll(() => isAlive(pid), { interval: 5, timeout: 10_000 }).toBe(false)
}

/** Some other program on the port, as soon as the kernel has closed it after a kill. */
async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const tries = () =>
    once(server.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
  await expect.poll(tries, { interval: 10 }).toBe(true)
  return server
}

async function startInProcess(): Promise<{ pid: number; port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, [starter, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  return { ...JSON.parse(String(line)), child }
}

async function withClient<T>(port: number, name: string | undefined, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1', name === undefined ? {} : { connectionName: name })
  redis.on('error', () => {})
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

function put(port: number, key: string): Promise<unknown> {
  return withClient(port, undefined, (redis) => redis.set(key, '1'))
}

function get(port: number, key: string): Promise<string | null> {
  return withClient(port, undefined, (redis) => redis.get(key))
}

function record(): { pid: number | null; port: number } {
  return JSON.parse(readFileSync(join(dir, 'redis.json'), 'utf8'))
}

describe('the embedded Redis', () => {
  it('runs with every acknowledged write on disk, no eviction, on loopback only, and says where it is', async () => {
    const redis = await start()
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`)
    expect(record()).toEqual({ pid: redis.pid, port: redis.port })
    const names = [
      'appendonly',
      'appendfsync',
      'maxmemory-policy',
      'hash-max-listpack-value',
      'bind',
      'save',
      'aof-load-truncated',
    ]
    const settings = await withClient(redis.port, undefined, async (client) => {
      const pairs = await Promise.all(names.map((name) => client.config('GET', name)))
      return Object.fromEntries(pairs as [string, string][])
    })
    expect(settings).toEqual({
      appendonly: 'yes',
      appendfsync: 'always',
      'maxmemory-policy': 'noeviction',
      'hash-max-listpack-value': '256',
      bind: '127.0.0.1',
      save: '',
      'aof-load-truncated': 'yes',
    })
  })

  it('keeps its files from other users', async () => {
    const redis = await start()
    await put(redis.port, 'lead')
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name !== 'redis.lock',
    )
    const readable = files.filter((entry) => (statSync(join(entry.parentPath, entry.name)).mode & 0o077) !== 0)
    expect(files.length).toBeGreaterThan(3)
    expect(readable.map((entry) => entry.name)).toEqual([])
    expect(statSync(dir).mode & 0o077).toBe(0)
  })

  it('does not hand the environment of the daemon, where secrets may be, to the server', async () => {
    if (process.platform !== 'linux') return
    process.env.LEADSYNC_TEST_SECRET = 'hunter2'
    const redis = await start()
    delete process.env.LEADSYNC_TEST_SECRET
    expect(readFileSync(`/proc/${redis.pid}/environ`, 'utf8')).not.toContain('hunter2')
  })

  it('is adopted, not doubled, by the next start', async () => {
    const first = await start()
    const second = await start()
    expect([second.pid, second.port]).toEqual([first.pid, first.port])
    expect(await living()).toEqual([first.pid])
  })

  it('outlives a starter that is killed, and is adopted with its data', async () => {
    const first = await startInProcess()
    await put(first.port, 'lead')
    await endOf(first.child.pid ?? 0, 'SIGKILL')
    const second = await start()
    expect(second.pid).toBe(first.pid)
    expect(await get(second.port, 'lead')).toBe('1')
  })

  it('is one server when two processes start at once', async () => {
    const [a, b] = await Promise.all([startInProcess(), startInProcess()])
    expect([a.pid, a.port]).toEqual([b.pid, b.port])
    expect(await living()).toEqual([a.pid])
  })

  it('is one server when the first starter is killed at any moment of its start', async () => {
    for (const delay of [60, 90, 120, 150, 180]) {
      const child = spawn(process.execPath, [starter, dir], { stdio: 'ignore' })
      children.push(child)
      const exited = once(child, 'exit')
      setTimeout(() => child.kill('SIGKILL'), delay)
      await exited
      const redis = await start()
      expect(await living()).toEqual([redis.pid])
      await redis.stop()
    }
  })

  it('comes back on its port with its data after a kill -9', async () => {
    const redis = await start()
    await put(redis.port, 'lead')
    const before = redis.pid
    await endOf(before, 'SIGKILL')
    await redis.ensure()
    expect(redis.pid).not.toBe(before)
    expect(record()).toEqual({ pid: redis.pid, port: redis.port })
    expect(await get(redis.port, 'lead')).toBe('1')
  })

  it('is left alone by ensure while it lives', async () => {
    const redis = await start()
    const before = redis.pid
    await redis.ensure()
    expect(redis.pid).toBe(before)
  })

  it('is started once when several ask for it at the same time', async () => {
    const redis = await start()
    const other = await start()
    await endOf(redis.pid, 'SIGKILL')
    await Promise.all([redis.ensure(), other.ensure(), redis.ensure()])
    expect(await living()).toEqual([redis.pid])
    expect(other.pid).toBe(redis.pid)
  })

  it('is not mistaken for whoever got its pid or its port', async () => {
    const redis = await start()
    await endOf(redis.pid, 'SIGKILL')
    const foreign = await listenOn(redis.port)
    const next = await start()
    expect(next.port).not.toBe(redis.port)
    expect(await living()).toEqual([next.pid])
    await expect(redis.ensure()).rejects.toThrow(`can't come back on port ${redis.port}`)
    foreign.close()
  })

  it('is not mistaken for another folder’s server on the recorded port', async () => {
    const redis = await start()
    await endOf(redis.pid, 'SIGKILL')
    const otherDir = join(dir, 'other')
    const other = await startEmbeddedRedis({ dir: otherDir, port: redis.port, log: quiet })
    const next = await start()
    expect(other.port).toBe(redis.port)
    expect(next.pid).not.toBe(other.pid)
    await other.stop()
  })

  it('is adopted when its record was deleted', async () => {
    const redis = await start()
    rmSync(join(dir, 'redis.json'))
    expect((await start()).pid).toBe(redis.pid)
    expect(record()).toEqual({ pid: redis.pid, port: redis.port })
  })

  it('is waited for, never doubled, while it is frozen', async () => {
    const redis = await start()
    process.kill(redis.pid, 'SIGSTOP')
    const second = start()
    // Two questions of ours that run into their time limit, one after the other, outlast the first one of the start.
    expect([await identifyRedis(redis.port), await identifyRedis(redis.port)]).toEqual([undefined, undefined])
    expect(await living()).toEqual([redis.pid])
    process.kill(redis.pid, 'SIGCONT')
    expect((await second).pid).toBe(redis.pid)
    expect(await living()).toEqual([redis.pid])
  })

  it('starts when the end of its AOF is torn off', async () => {
    const redis = await start()
    await put(redis.port, 'whole')
    await redis.stop()
    const aof = readdirSync(join(dir, 'appendonlydir')).find((name) => name.endsWith('.incr.aof')) ?? ''
    appendFileSync(join(dir, 'appendonlydir', aof), '*3\r\n$3\r\nSET\r\n$4\r\nto')
    const next = await start()
    expect(await get(next.port, 'whole')).toBe('1')
  })

  it('says in the server’s own words why it does not start', async () => {
    const redis = await start()
    await redis.stop()
    appendFileSync(join(dir, 'appendonlydir', 'appendonly.aof.manifest'), 'no manifest\n')
    await expect(start()).rejects.toThrow(/ended at once: .*AOF manifest.*redis\.log/is)
    expect(await living()).toEqual([])
  })
})

describe('stop', () => {
  it('shuts the server down with its data when nobody else is at work', async () => {
    const redis = await start()
    await put(redis.port, 'lead')
    await redis.stop()
    expect(await living()).toEqual([])
    expect(record()).toEqual({ pid: null, port: redis.port })
    const next = await start()
    expect(next.port).toBe(redis.port)
    expect(await get(next.port, 'lead')).toBe('1')
  })

  it.each([
    ['leadsync-worker', true],
    ['leadsync:{leads}:bGVhZHM=', true],
    ['somebody-looking', false],
    [undefined, false],
  ])('with a connection named %s open, leaves the server running: %s', async (name, left) => {
    const redis = await start()
    await withClient(redis.port, name, async (client) => {
      await client.ping()
      await redis.stop()
    })
    expect(await living()).toEqual(left ? [redis.pid] : [])
  })

  it('does nothing when the server is already gone', async () => {
    const redis = await start()
    await endOf(redis.pid, 'SIGKILL')
    await redis.stop()
    expect(await living()).toEqual([])
  })
})
