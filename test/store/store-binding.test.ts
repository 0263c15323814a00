import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { connectRedis, InstallationKey, isNotOurs, Scripts } from '../../src/store/redis.ts'
import { acceptStore, beginRebuild, bindStore, endRebuild, rebuildingId } from '../../src/store/store-binding.ts'
import { startStoreGuard } from '../../src/store/store-guard.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { until } from '../kit/until.ts'

const Ours = 'aaaaaaaa-0000-4000-8000-000000000000'
const Theirs = 'bbbbbbbb-0000-4000-8000-000000000000'

let server: TestRedis
let redis: Redis
let dataDir: string
let unbound: string

beforeAll(async () => {
  server = await startTestRedis()
  redis = connectRedis(server.url, { name: 'test', patience: 'patient' })
})
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'leadsync-binding-'))
  unbound = join(dataDir, 'redis-unbound')
  await writeFile(unbound, '')
  await redis.flushall()
})
afterEach(() => rm(dataDir, { recursive: true }))
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

function bind() {
  return bindStore(redis, { unboundFile: unbound, installation: Ours })
}

it('makes a Redis that nobody has its own at the first start, and knows it again', async () => {
  expect(await bind()).toBe('ours')
  expect(await bind()).toBe('ours')
  expect(await redis.get(InstallationKey)).toBe(Ours)
})

it('takes a Redis that was its own and is empty for one that lost its data, until a person accepts it', async () => {
  await bind()
  await redis.flushall()
  expect([await bind(), await bind()]).toEqual(['empty', 'empty'])
  await acceptStore(redis, Ours)
  expect(await bind()).toBe('ours')
})

it('is not taken for rebuilt when it was emptied once more before the end, or when another rebuild has ended it', async () => {
  await bind()
  const end = () => endRebuild(redis, Ours, Date.now())
  await beginRebuild(redis, Ours)
  await redis.flushall()
  await expect(end()).rejects.toThrow('lost its data while it was rebuilt')
  expect(await bind()).toBe('empty')
  await beginRebuild(redis, Ours)
  await end()
  expect(await bind()).toBe('ours')
  await expect(end()).rejects.toThrow('rebuilt twice at once')
})

it('leaves another installation’s Redis alone', async () => {
  await redis.set(InstallationKey, Theirs)
  expect(await bind()).toBe('foreign')
  expect(await redis.get(InstallationKey)).toBe(Theirs)
})

it('of two that start at once on a new Redis one gets it', async () => {
  const other = join(dataDir, 'other')
  await writeFile(other, '')
  const both = await Promise.all([bind(), bindStore(redis, { unboundFile: other, installation: Theirs })])
  expect(both.toSorted()).toEqual(['foreign', 'ours'])
})

it('on another machine, to which the installation was copied, an empty Redis is a lost one, too', async () => {
  await bind()
  await redis.flushall()
  expect(await bindStore(redis, { unboundFile: join(dataDir, 'missing'), installation: Ours })).toBe('empty')
})

it('takes up what a version held that knew no installation', async () => {
  await rm(unbound)
  await redis.hset('{leadsync}:counters', 'received', 1)
  expect(await bind()).toBe('ours')
})

it('lets no script work on data that is not its own, from the moment when it is gone', async () => {
  const scripts = new Scripts(redis, Ours)
  await bind()
  expect(await scripts.run('suppression', 'nobody')).toEqual([])
  await redis.flushall()
  const refused = await scripts.run('suppression', 'nobody').catch((error: unknown) => error)
  expect(isNotOurs(refused)).toBe(true)
  await redis.set(InstallationKey, rebuildingId(Ours))
  await expect(scripts.run('suppression', 'nobody')).rejects.toThrow('NOTOURS')
  expect(await new Scripts(redis, rebuildingId(Ours)).run('suppression', 'nobody')).toEqual([])
})

it('says what to do when the data is lost under it, once, and when it is there again', async () => {
  const { log, lines } = recordedLog()
  const guard = await startStoreGuard({ redis, unboundFile: unbound, installation: Ours, log })
  expect([guard.holding(), lines]).toEqual(['ours', []])
  await redis.flushall()
  await until('the loss is seen', () => guard.holding() === 'empty')
  await redis.set(InstallationKey, Ours)
  await until('it is seen again', () => guard.holding() === 'ours')
  guard.stop()
  expect(lines.map(({ level }) => level)).toEqual(['error', 'info'])
  expect(JSON.stringify(lines)).toContain('leadsync rebuild')
})

it('does not hold up the start while Redis hangs, and asks it when it is there again', async () => {
  const { log } = recordedLog()
  server.pause()
  const slow = connectRedis(server.url, { name: 'slow', patience: 'hasty' })
  slow.on('error', () => undefined)
  const guard = await startStoreGuard({ redis: slow, unboundFile: unbound, installation: Ours, log })
  expect(guard.holding()).toBeNull()
  server.resume()
  await until('it is asked', () => guard.holding() === 'ours')
  guard.stop()
  slow.disconnect()
})
