import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openInstallation } from '../../src/config/installation.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createHome } from '../kit/home.ts'
import { look } from '../kit/ledger-view.ts'
import { startTestRedis } from '../kit/redis.ts'

it('an export says what its lines are: what is kept under a number is nobody who was forgotten', async () => {
  const server = await startTestRedis()
  onTestFinished(() => server.stop())
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
  await openInstallation(home.dataDir)
  const write = (...more: readonly string[]) =>
    callLeadsync(home, ['dnc', 'export', join(home.dir, 'dnc.jsonl'), ...more, '--config', home.configDir])
  expect((await write()).stdout).toMatch(/^0 addresses and numbers and 0 contacts of whom the marketplace said it exported\n/)
  await look(server.url, async (redis) => {
    await redis.hset('{leadsync}:kept:number', 'd:*', 1)
    await redis.hset('{leadsync}:kept:contact-id', 'd:*', 1)
    await redis.set('{leadsync}:forgotten:alias', 1)
  })
  expect((await write()).stdout).toMatch(
    /, 2 pseudonyms without a contact under which what the marketplace said is kept and 1 pseudonyms of people who were forgotten exported\n/,
  )
  expect(JSON.parse((await write('--json')).stdout)).toEqual({ exported: 0, contacts: 0, kept: 2, forgotten: 1 })
})
