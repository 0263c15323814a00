import { afterAll, beforeAll, expect, it } from 'vitest'
import { readStatus } from '../../src/admin/status.ts'
import { StepStates } from '../../src/core/index.ts'
import { bring, follow, HourMs } from '../kit/follow-up-plans.ts'
import { makeLead } from '../kit/made-lead.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { openStore } from '../kit/store-parts.ts'
import { arrival, lead, Now, openParts, type Parts, WarnMs } from './running-admin.ts'

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

function status(now = Now) {
  return readStatus({ ...parts, crms: [{ name: 'hubspot', valid: true }], warnMs: WarnMs, now: () => now })
}

const NoFollowUps = {
  ...Object.fromEntries(StepStates.map((state) => [state, 0])),
  ...{ planned: 0, tasks: 0, madeInTime: 0, madeLate: 0, workedInTime: 0, workedLate: 0, missed: 0, notMade: 0 },
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
        followUps: NoFollowUps,
      },
    },
    followUpsDueSoon: [],
    queues: { leads: Empty, quarantine: Empty, 'follow-ups': Empty, alerts: Empty, 'deliver-hubspot': Empty },
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

it('tells how follow-ups stand, and which promises are about to be broken or were', async () => {
  const store = openStore(redis.url)
  try {
    store.clock.ms = Now
    const jane = makeLead({ id: 'jane' })
    const john = makeLead({ id: 'john', person: { email: 'secret@contoso.com' } })
    const [janes] = await follow(store, jane, { steps: [{ slaAt: Now + WarnMs }, {}] })
    const [johns] = await follow(store, john, { steps: [{ slaAt: Now + WarnMs + HourMs }] })
    await bring(store.followUps, johns, 'made')
    expect(await status()).toMatchObject({
      crms: { hubspot: { followUps: { ...NoFollowUps, planned: 3, waiting: 2, made: 1, tasks: 1, madeInTime: 1 } } },
      followUpsDueSoon: [{ step: janes, crm: 'hubspot', slaAt: Now + WarnMs, state: 'waiting', missed: false }],
    })
    store.clock.ms = Now + WarnMs + HourMs
    await store.followUps.judge(johns, 'missed')
    const { followUpsDueSoon, crms } = await status(store.clock.ms)
    expect(followUpsDueSoon.map(({ step, missed }) => [step, missed])).toEqual([
      [janes, false],
      [johns, true],
    ])
    expect(crms.hubspot?.followUps.missed).toBe(1)
    expect(JSON.stringify(followUpsDueSoon)).not.toMatch(/secret|@/)
  } finally {
    await store.close()
  }
})
