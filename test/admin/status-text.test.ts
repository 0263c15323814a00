import { describe, expect, it } from 'vitest'
import type { Status } from '../../src/admin/status.ts'
import { formatStatus } from '../../src/admin/status-text.ts'
import { Now } from './running-admin.ts'

const Empty = { waiting: 0, prioritized: 0, active: 0, delayed: 0, failed: 0, completed: 0 }
const Counted = {
  accepted: 40,
  delivered: 37,
  created: 30,
  updated: 5,
  unchanged: 2,
  suppressed: 1,
  notWanted: 0,
  parked: 2,
  discarded: 0,
  forgotten: 0,
  waiting: 0,
}
const NoFollowUps = {
  ...{ waiting: 0, due: 0, making: 0, made: 0, worked: 0, withdrawing: 0, withdrawn: 0, kept: 0, cancelled: 0, failed: 0 },
  ...{ planned: 0, tasks: 0, madeInTime: 0, madeLate: 0, workedInTime: 0, workedLate: 0, missed: 0, notMade: 0 },
}
const HubSpot = { state: 'up', ...Counted, followUps: NoFollowUps } as const
const Whole: Status = {
  received: 46,
  accepted: 40,
  duplicates: 3,
  quarantined: 2,
  held: 1,
  unrouted: 0,
  possibleDuplicates: 0,
  crms: { hubspot: HubSpot },
  followUpsDueSoon: [],
  queues: { leads: Empty, 'deliver-hubspot': { ...Empty, failed: 2, completed: 38 } },
  lastTestLead: { at: new Date(Now - 125_000).toISOString(), token: 'appsource-1' },
}

it('reads like a page', () => {
  expect(formatStatus(Whole, Now)).toEqual([
    'leads: 46 received = 40 accepted + 3 duplicates + 2 quarantined + 1 held',
    'last test lead 2 min ago via token appsource-1',
    '',
    'CRMs',
    '  hubspot          up',
    '                   40 accepted: 37 delivered (30 created, 5 updated, 2 unchanged), 2 parked, 1 suppressed',
    '',
    'queues',
    '  leads            empty',
    '  deliver-hubspot  2 failed, 38 completed',
  ])
})

it('says why a CRM stands still and since when', () => {
  const since = new Date(Now - 3 * 3_600_000).toISOString()
  const blocked = { ...HubSpot, state: 'blocked', reason: 'hubspot refuses the token.', since } as const
  expect(formatStatus({ ...Whole, crms: { hubspot: blocked } }, Now)).toContain(
    '  hubspot          blocked since 3 h ago: hubspot refuses the token.',
  )
})

it('says that contacts may be one person, and how to see which', () => {
  expect(formatStatus({ ...Whole, possibleDuplicates: 2 }, Now)).toContain(
    'possible duplicates: 2 (leadsync lead --possible-duplicates)',
  )
})

it('says that leads found no CRM', () => {
  expect(formatStatus({ ...Whole, unrouted: 2 }, Now)).toContain('       2 of the accepted are unrouted: no CRM wanted them')
})

it.each([
  [-5_000, '0 s ago'],
  [59_000, '59 s ago'],
  [60_000, '1 min ago'],
  [119 * 60_000, '119 min ago'],
  [2 * 3_600_000, '2 h ago'],
  [47 * 3_600_000, '47 h ago'],
  [48 * 3_600_000, '2 days ago'],
])('calls %i ms %s', (ms, words) => {
  const lastTestLead = { at: new Date(Now - ms).toISOString(), token: null }
  expect(formatStatus({ ...Whole, lastTestLead }, Now)[1]).toBe(`last test lead ${words}`)
})

it('tells how follow-ups stand: only what there is', () => {
  const followUps = { ...NoFollowUps, planned: 9, waiting: 3, made: 4, worked: 1, failed: 1, workedInTime: 1, workedLate: 2 }
  const lines = (missed: number, notMade: number) =>
    formatStatus({ ...Whole, crms: { hubspot: { ...HubSpot, followUps: { ...followUps, missed, notMade } } } }, Now).slice(6, 8)
  expect(lines(3, 1)).toEqual([
    '                   follow-ups: 9 planned: 3 waiting, 4 made, 1 worked, 1 failed',
    '                   promises: 1 begun in time, 2 begun late, 3 missed (1 had no task yet)',
  ])
  expect(lines(2, 0)[1]).toBe('                   promises: 1 begun in time, 2 begun late, 2 missed')
})

describe('promises that are about to be broken, or were', () => {
  const HourMs = 3_600_000
  const one = (step: string, hours: number, missed = false) => ({
    step: `${step}.sales.call`,
    crm: 'hubspot',
    slaAt: Now + hours * HourMs,
    state: 'waiting' as const,
    missed,
  })
  const lines = (...followUpsDueSoon: Status['followUpsDueSoon']) => {
    const all = formatStatus({ ...Whole, followUpsDueSoon }, Now)
    const from = all.findIndex((line) => line.startsWith('about to be late'))
    return from < 0 ? [] : all.slice(from + 1, all.indexOf('queues') - 1)
  }

  it('are listed, those that can still be kept first, then those that were missed last', () => {
    expect(lines(one('a', -30, true), one('b', -3, true), one('c', -0.1), one('d', 1), one('e', 3))).toEqual([
      '  d.sales.call  hubspot  waiting  in 60 min (2026-11-23T11:00:00.000Z)',
      '  e.sales.call  hubspot  waiting  in 3 h (2026-11-23T13:00:00.000Z)',
      '  c.sales.call  hubspot  waiting  over 6 min ago (2026-11-23T09:54:00.000Z)',
      '  b.sales.call  hubspot  waiting  missed 3 h ago (2026-11-23T07:00:00.000Z)',
      '  a.sales.call  hubspot  waiting  missed 30 h ago (2026-11-22T04:00:00.000Z)',
    ])
  })

  it('take no more than a screen', () => {
    const many = Array.from({ length: 23 }, (_, index) => one(`a${index}`, 1))
    expect(lines(...many)).toHaveLength(21)
    expect(lines(...many).at(-1)).toBe('  and 3 more (--json lists them)')
  })

  it('are not mentioned where there are none', () => {
    expect(formatStatus(Whole, Now).join('\n')).not.toContain('late')
  })
})

it('works without any CRM or test lead', () => {
  expect(formatStatus({ ...Whole, crms: {}, queues: {}, lastTestLead: null }, Now)).toEqual([
    'leads: 46 received = 40 accepted + 3 duplicates + 2 quarantined + 1 held',
    'no test lead has come yet',
    '',
    'CRMs',
    '',
    'queues',
  ])
})
