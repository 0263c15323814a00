import { expect, it } from 'vitest'
import { judgeQuota, type OrgUsage, type QuotaSettings, quotaReason } from '../../src/core/index.ts'
import { NewDeliveries } from '../../src/delivery/new-deliveries.ts'
import { Noon } from '../kit/made-lead.ts'

const HalfForOthers: QuotaSettings = { reservePercent: 50, dailyRequests: null }

const At = Date.parse(Noon)
it.each<[string, OrgUsage | null, QuotaSettings, 'waits' | 'goes']>([
  ['nothing is known', null, HalfForOthers, 'goes'],
  ['the CRM says nothing', { day: null, spentToday: 9_999 }, HalfForOthers, 'goes'],
  ['as much is left as others are to have', { day: { used: 50, limit: 100, at: At }, spentToday: 0 }, HalfForOthers, 'goes'],
  ['one less is left', { day: { used: 51, limit: 100, at: At }, spentToday: 0 }, HalfForOthers, 'waits'],
  ['more is used than there is', { day: { used: 120, limit: 100, at: At }, spentToday: 0 }, HalfForOthers, 'waits'],
  [
    'nothing is kept for others',
    { day: { used: 120, limit: 100, at: At }, spentToday: 0 },
    { reservePercent: 0, dailyRequests: null },
    'goes',
  ],
  ['the own share is used up', { day: null, spentToday: 7 }, { reservePercent: 20, dailyRequests: 7 }, 'waits'],
  ['one is left of it', { day: null, spentToday: 6 }, { reservePercent: 20, dailyRequests: 7 }, 'goes'],
])('when %s', async (_what, usage, settings, expected) => {
  const quota = { usage: async () => usage, mayLook: async () => false }
  const waits = [0, 0.5, 1].map((random) => new NewDeliveries({ quota, settings, now: () => At, random: () => random }).waitMs())
  expect(await Promise.all(waits)).toEqual(expected === 'goes' ? [0, 0, 0] : [60_000, 90_000, 120_000])
})

it.each<[QuotaSettings, string]>([
  [
    HalfForOthers,
    "New deliveries wait: of the org's 100 requests a day 10 were left at 2026-11-23T12:00:00.000Z, and quota.reservePercent keeps 50 % for others. Do-not-contacts and tasks of leads that are delivered go on.",
  ],
  [
    { reservePercent: 50, dailyRequests: 80 },
    'New deliveries wait until midnight UTC: Leadsync has sent 80 requests today, and quota.dailyRequests is 80. Do-not-contacts and tasks of leads that are delivered go on.',
  ],
])('a person is told why', (settings, sentence) => {
  const usage = { day: { used: 90, limit: 100, at: At }, spentToday: 80 }
  expect(quotaReason(judgeQuota(usage, settings), usage, settings)).toBe(sentence)
})
