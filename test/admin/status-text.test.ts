import { expect, it } from 'vitest'
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
const Whole: Status = {
  received: 46,
  accepted: 40,
  duplicates: 3,
  quarantined: 2,
  held: 1,
  unrouted: 0,
  possibleDuplicates: 0,
  crms: { hubspot: { state: 'up', ...Counted } },
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
  const blocked = { state: 'blocked', reason: 'hubspot refuses the token.', since, ...Counted } as const
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
