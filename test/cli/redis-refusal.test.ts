import { ReplyError } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { redisRefusal } from '../../src/cli/redis-refusal.ts'
import { openInstallation } from '../../src/config/installation.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createHome } from '../kit/home.ts'
import { look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

async function give(maxmemory: (used: number) => number): Promise<void> {
  await look(server.url, async (redis) => {
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
    await redis.config('SET', 'maxmemory', Math.round(maxmemory(used)))
  })
}

it('a full Redis is said in one sentence by the command that it refused, which has noted nothing, and by the status', async () => {
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
  await openInstallation(home.dataDir)
  const run = (...args: readonly string[]) => callLeadsync(home, [...args, '--config', home.configDir])
  const status = async () => JSON.parse((await run('status', '--json')).stdout)
  expect((await status()).memory).toMatchObject({ ratio: expect.any(Number), stopped: false })

  await give(() => 1)
  const refused = await run('dnc', 'add', 'ada@people.example')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(/^leadsync dnc: Redis is full and takes no writes: .* run the same command again then\.\n$/)
  expect((await status()).memory).toMatchObject({ journalOnly: true, stopped: true })
  expect((await run('status')).stdout).toMatch(
    /^\d+ % of Redis's memory is used\. Redis is almost full: workers take no new jobs/,
  )

  await give((used) => used / 0.88)
  expect((await status()).memory).toMatchObject({ ratio: expect.closeTo(0.88, 1), journalOnly: true, stopped: false })
  await give(() => 0)
  expect((await run('status')).stdout).toMatch(/^leads: 0 received/)
  expect(await run('dnc', 'add', 'ada@people.example')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Noted:/) })
})

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'is full'],
  ['ERR Error running script (call to f_1): @user_script:9: @user_script: 9: -OOM command not allowed when …', 'is full'],
  ["READONLY You can't write against a read only replica.", 'is a replica'],
  ['MISCONF Redis is configured to save RDB snapshots, but …', "can't write to its disk"],
  ['NOTOURS this Redis does not hold the data of this installation', 'check --live'],
  ['ERR wrong number of arguments', null],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', null],
])('what Redis calls %j is for a person: %s', (message, says) => {
  const sentence = redisRefusal(new ReplyError(message))
  expect(sentence).toEqual(says === null ? null : expect.stringContaining(says))
  expect(redisRefusal(new Error(message))).toBeNull()
})
