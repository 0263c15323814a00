import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockProblem } from '../../src/cli/live/clock.ts'
import { fleetingPlace, installationFindings, journalFindings } from '../../src/cli/live/disk.ts'
import { redisFindings } from '../../src/cli/live/redis.ts'
import { storeFindings } from '../../src/cli/live/store.ts'
import { openInstallation, unboundFile } from '../../src/config/installation.ts'
import { connectRedis, InstallationKey } from '../../src/store/redis.ts'
import { rebuildingId } from '../../src/store/store-binding.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createHome } from '../kit/home.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'leadsync-live-'))
}

describe('clocks', () => {
  const Asked = 1_000_000
  it.each([
    { theirs: Asked - 5_000, says: null },
    { theirs: Asked + 250, says: null },
    { theirs: Asked + 5_500, says: null },
    { theirs: Asked - 61_000, says: 'The clock of Redis is 61 s behind this machine' },
    { theirs: Asked + 61_500, says: 'The clock of Redis is 61 s ahead of this machine' },
    { theirs: Number.NaN, says: null },
  ])('that were $theirs when it was 1000000 to 1000500 here', ({ theirs, says }) => {
    const problem = clockProblem(theirs, Asked, Asked + 500, 'Redis')
    if (says === null) expect(problem).toBeNull()
    else expect(problem).toContain(says)
  })
})

describe('the journal', () => {
  it('in a folder that can be written is not wrong, and nothing is left there', async () => {
    const dir = folder()
    expect((await journalFindings(dir)).filter(({ severity }) => severity === 'error')).toEqual([])
    expect(readdirSync(dir)).toEqual([])
  })

  it('in a folder that is not there yet is judged by its parent, and not made', async () => {
    const dir = join(folder(), 'data', 'journal')
    expect((await journalFindings(dir)).filter(({ severity }) => severity === 'error')).toEqual([])
    expect(existsSync(dir)).toBe(false)
  })

  it('where nothing can be written is an error that says so', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    expect(await journalFindings(join(file, 'journal'))).toMatchObject([
      { severity: 'error', message: expect.stringContaining("can't be written (ENOTDIR)") },
    ])
  })

  it.each([
    [0x01021994, 'linux', 'in memory (tmpfs)'],
    [0x794c7630, 'linux', "in a container's own layer (overlayfs)"],
    [0xef53, 'linux', null],
    [0x01021994, 'darwin', null],
  ])('on a file system of type %i on %s lies %s', (type, platform, place) => {
    expect(fleetingPlace(type, platform)).toBe(place)
  })
})

describe('the installation', () => {
  it.each([
    { what: 'kept from others', mode: 0o600, severity: 'ok', says: 'backup' },
    { what: 'readable by others', mode: 0o640, severity: 'warning', says: 'chmod 600' },
  ])('that is $what is $severity', async ({ mode, severity, says }) => {
    const dir = folder()
    const { secret } = await openInstallation(dir)
    chmodSync(join(dir, 'installation.json'), mode)
    const findings = await installationFindings(dir)
    expect(findings).toMatchObject([{ severity, message: expect.stringContaining(says) }])
    expect(JSON.stringify(findings)).not.toContain(secret)
  })

  it('that is damaged is an error', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'installation.json'), '{}')
    expect(await installationFindings(dir)).toMatchObject([{ severity: 'error', message: expect.stringContaining('is damaged') }])
  })

  it('that is not there yet is not made by looking', async () => {
    const dir = folder()
    expect(await installationFindings(dir)).toMatchObject([{ severity: 'warning' }])
    expect(readdirSync(dir)).toEqual([])
  })
})

describe('Redis', () => {
  let server: TestRedis

  beforeAll(async () => {
    server = await startTestRedis({ durable: true })
  })
  afterAll(() => server.stop())

  async function findings(now: () => number, ...settings: readonly string[]) {
    const redis = connectRedis(server.url, { name: 'test', patience: 'patient' })
    try {
      for (const setting of settings) await redis.config('SET', ...(setting.split(' ') as [string, string]))
      return await redisFindings(redis, now)
    } finally {
      redis.disconnect()
    }
  }

  it('as it is shipped is fine', async () => {
    expect(await findings(Date.now)).toMatchObject([{ severity: 'ok', message: expect.stringContaining('appendfsync always') }])
  })

  it.each([
    { held: null, installed: true, bound: false, severity: 'ok', says: 'the first start' },
    { held: null, installed: false, bound: false, severity: 'ok', says: 'the first start' },
    { held: 'own', installed: true, bound: true, severity: 'ok', says: 'holds the data of this installation' },
    { held: null, installed: true, bound: true, severity: 'error', says: 'leadsync rebuild' },
    { held: 'rebuilding', installed: true, bound: true, severity: 'error', says: 'being rebuilt' },
    { held: 'another', installed: true, bound: true, severity: 'error', says: 'another installation' },
    { held: 'another', installed: false, bound: false, severity: 'error', says: 'another installation' },
  ])('that holds $held, installed $installed and bound before $bound: $severity', async (stand) => {
    const { held, installed, bound, severity, says } = stand
    const dir = folder()
    const id = installed ? (await openInstallation(dir)).id : ''
    if (bound) rmSync(unboundFile(dir, id))
    const values: Readonly<Record<string, string>> = { own: id, rebuilding: rebuildingId(id), another: randomUUID() }
    const redis = connectRedis(server.url, { name: 'test', patience: 'patient' })
    try {
      await redis.del(InstallationKey)
      if (held !== null) await redis.set(InstallationKey, values[held] ?? '')
      const { findings, isOurs } = await storeFindings(redis, dir)
      expect(findings).toMatchObject([{ severity, about: 'redis', message: expect.stringContaining(says) }])
      expect(isOurs).toBe(severity === 'ok')
      // Looking makes nothing ours.
      expect(await redis.get(InstallationKey)).toBe(held === null ? null : (values[held] ?? ''))
      expect(existsSync(unboundFile(dir, id))).toBe(installed && !bound)
    } finally {
      await redis.del(InstallationKey)
      redis.disconnect()
    }
  })

  it('that has lost its data ends the whole command with exit code 1', async () => {
    const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
    await rm(join(home.configDir, 'crm'), { recursive: true })
    await mkdir(join(home.configDir, 'crm'))
    const look = ['check', '--live', '--config', home.configDir]
    const { id } = await openInstallation(home.dataDir)
    expect(await callLeadsync(home, look)).toMatchObject({ code: 0 })
    rmSync(unboundFile(home.dataDir, id))
    const { code, stdout, stderr } = await callLeadsync(home, look)
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('Redis has lost the data of this installation')])
  })

  it('with another clock is worth a look', async () => {
    const tomorrow = () => Date.now() + 86_400_000
    expect(await findings(tomorrow)).toMatchObject([{ severity: 'warning', message: expect.stringContaining('86400 s behind') }])
  })

  it('that may lose what it acknowledged is not fine', async () => {
    expect(await findings(Date.now, 'maxmemory-policy allkeys-lru', 'appendfsync everysec')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('noeviction') },
      { severity: 'warning', message: expect.stringContaining('appendfsync is everysec') },
    ])
    const off = await findings(Date.now, 'appendonly no')
    expect(off).toContainEqual(expect.objectContaining({ severity: 'error', message: expect.stringContaining('appendonly yes') }))
  })
})
