import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { leadBody } from '../kit/leads.ts'
import { counted, expectBalanced } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

it('the configuration reaches the CRM: own people are held, a stage is not turned back, and the score shows why', {
  timeout: 60_000,
}, async () => {
  const sandbox = await startSandbox()
  const at = await createHome({
    hubspotUrl: sandbox.url,
    redisUrl: server.url,
    leadsync: {
      ownDomains: { domains: ['own.example'], leads: 'hold' },
      stageOrder: ['active', 'trial', 'initial-interest'],
      qualification: { rules: [{ when: { actions: ['PLT'] }, score: 40, reason: 'asked for it', priority: 'high' }] },
    },
    hubspot: {
      'mapping.contact.leadsync_notes': { template: '{{ score }} {{ scoreReasons }} {{ priority }}', policy: 'overwrite' },
    },
  })
  const { urls } = await startDaemonHere(at)
  const client = createClient(1)
  const send = async (parts: Record<string, unknown>): Promise<string> => {
    const { text } = await client.post(urls.marketplace, leadBody(1, parts))
    return JSON.parse(text).status
  }
  const userDetails = { firstName: 'Ada', lastName: 'Own', email: 'ada@dev.own.example' }
  expect(await send({ userDetails, actionCode: 'PLT' })).toBe('held')
  expect(await send({ actionCode: 'PLT' })).toBe('accepted')
  await until('the first is delivered', async () => (await counted(server.url)).hubspot.delivered === 1)
  expect(await sandbox.contacts()).toMatchObject([
    { leadsync_last_stage: 'initial-interest', leadsync_notes: '40 asked for it high' },
  ])
  expect(await send({ actionCode: 'INS' })).toBe('accepted')
  await until('the second is delivered', async () => (await counted(server.url)).hubspot.delivered === 2)
  expect(await sandbox.contacts()).toMatchObject([
    { leadsync_last_action: 'INS', leadsync_last_stage: 'initial-interest', leadsync_notes: '0  normal' },
  ])
  const now = await counted(server.url)
  expectBalanced(now)
  expect(now).toMatchObject({ received: 3, accepted: 2, held: 1 })
})
