import { afterAll, beforeAll, expect, it } from 'vitest'
import { readStatus } from '../../src/admin/status.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arrival, lead, openParts, type Parts } from './running-admin.ts'

let redis: TestRedis
let parts: Parts

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
})

afterAll(async () => {
  await parts.close()
  await redis.stop()
})

function status() {
  return readStatus({ ...parts, crms: [{ name: 'hubspot', valid: true }] })
}

const Empty = { waiting: 0, prioritized: 0, active: 0, delayed: 0, failed: 0, completed: 0 }

it('is all zeros on an empty Redis', async () => {
  expect(await status()).toEqual({
    received: 0,
    accepted: 0,
    duplicates: 0,
    quarantined: 0,
    held: 0,
    unrouted: 0,
    possibleDuplicates: 0,
    crms: {
      hubspot: {
        state: 'up',
        accepted: 0,
        delivered: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        suppressed: 0,
        notWanted: 0,
        parked: 0,
        discarded: 0,
        forgotten: 0,
        waiting: 0,
      },
    },
    queues: { leads: Empty, quarantine: Empty, 'deliver-hubspot': Empty },
    lastTestLead: null,
  })
})

it('tells the last test lead, a repeated one too', async () => {
  const test = (id: string, receivedAt: string, contentKey: string | null) => ({
    ...arrival('held', lead(id, { test: true, receivedAt, occurredAt: receivedAt, tags: ['early', 'token:appsource-1'] })),
    contentKey,
  })
  await parts.intake.accept([test('T1', '2026-11-23T08:00:00.000Z', 'same')])
  await parts.intake.accept([test('T2', '2026-11-23T09:00:00.000Z', 'same')])
  await parts.intake.accept([arrival('held', lead('H1'))])
  const { lastTestLead, received, held, duplicates } = await status()
  expect(lastTestLead).toEqual({ at: '2026-11-23T09:00:00.000Z', token: 'appsource-1' })
  expect({ received, held, duplicates }).toEqual({ received: 3, held: 2, duplicates: 1 })
})
