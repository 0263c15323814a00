import { afterAll, beforeAll, expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { startSandbox } from '../kit/sandbox.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

it('leadsync forget takes a person out beside a running daemon', async () => {
  const sandbox = await startSandbox()
  const at = await createHome({ hubspotUrl: sandbox.url, redisUrl: server.url })
  const daemon = await startDaemonHere(at)
  const forget = (...args: readonly string[]) => ['forget', '--config', at.configDir, ...args]
  const client = createClient(1)
  await client.post(daemon.urls.marketplace, leadBody(1))
  await client.post(daemon.urls.marketplace, leadBody(2))
  await untilSettled(server.url, 2)
  const requests = (await sandbox.requests()).length

  const mistyped = await callLeadsync(at, forget('person-1.people.example'))
  expect(mistyped).toMatchObject({ code: 2, stdout: '' })
  expect(mistyped.stderr).not.toContain('person-1')
  expect((await callLeadsync(at, forget(emailOf(1), '--dry-run'))).stdout).toMatch(
    /^Held: 1 in the ledger, 1 in the queues, 0 in the quarantine/,
  )

  const { code, stdout, stderr } = await runLeadsync(at, forget(emailOf(1), '--json'))
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toMatchObject({
    known: true,
    removed: { leads: 1, jobs: 1, quarantined: 0, journal: 1 },
    records: { hubspot: [expect.stringMatching(/^contact\/\d+$/)] },
    redisProblem: null,
  })
  expect((await sandbox.requests()).length).toBe(requests)
  expect(await callLeadsync(at, ['lead', '--config', at.configDir, emailOf(1)])).toMatchObject({ code: 1 })
  expect(await callLeadsync(at, ['lead', '--config', at.configDir, emailOf(2)])).toMatchObject({ code: 0 })

  await client.post(daemon.urls.marketplace, leadBody(1))
  const now = await untilSettled(server.url, 3)
  expectBalanced(now)
  expect((await counted(server.url)).hubspot).toMatchObject({ accepted: 3, created: 2, forgotten: 0 })
})
