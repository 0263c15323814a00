import { expect, it } from 'vitest'
import { decideRecord } from '../../src/core/follow-ups/decide-record.ts'
import type { FollowUpPlan } from '../../src/core/follow-ups/plan.ts'
import type { Match, MatchedRecord } from '../../src/core/record.ts'
import { plannedStep, planOfLead } from '../kit/follow-up-rules.ts'
import { makeLead } from '../kit/made-lead.ts'
import { makeRecord } from './deciding.ts'

const lead = { object: 'lead', id: '7' }
const begun = [plannedStep('1', { state: 'made', madeAt: 1 }), plannedStep('2')]

function record(parts: Partial<MatchedRecord> = {}): MatchedRecord {
  return makeRecord({}, { ...lead, ...parts })
}

function one(parts: Partial<MatchedRecord> = {}): Match {
  return { kind: 'one', record: record(parts) }
}

const Closed = { kind: 'cancel', reason: 'Sales closed the record in the CRM.' }
const Deleted = { kind: 'cancel', reason: 'The record was deleted in the CRM.' }
const several: Match = { kind: 'many', records: [record({ id: '8' }), record({ id: '9' }), record({ id: '10' })] }
const withOwn: Match = { kind: 'many', records: [record({ id: '8' }), record()] }

it.each<[string, Match, Partial<FollowUpPlan>, object]>([
  ['goes on the record as it was', one(), {}, { kind: 'on', record: record() }],
  ['goes on the record that it was merged into', one({ id: '9' }), { steps: begun }, { kind: 'on', record: record({ id: '9' }) }],
  ['is not made on one that was deleted', { kind: 'none', deleted: true }, {}, Deleted],
  ['is not made where nothing is found', { kind: 'none', deleted: false }, {}, Deleted],
  ['is not made on one that was closed since', one({ closed: true }), {}, Closed],
  [
    'goes on one that had been closed before',
    one({ closed: true }),
    { ontoClosed: true },
    { kind: 'on', record: record({ closed: true }) },
  ],
  [
    'goes on what was made of the record before anything was',
    one({ object: 'contact' }),
    {},
    { kind: 'on', record: record({ object: 'contact' }) },
  ],
  [
    'is not made on what sales made of the record when the first task was there',
    one({ object: 'contact' }),
    { steps: begun },
    { kind: 'cancel', reason: 'Sales made a contact of the lead since.' },
  ],
  ['goes on the known one of several', withOwn, {}, { kind: 'on', record: record() }],
  ['waits for a person where several are unknown', several, {}, { kind: 'several', count: 3 }],
  [
    'is not made on the known one of several when that was closed',
    { kind: 'many', records: [record({ id: '8' }), record({ closed: true })] },
    {},
    Closed,
  ],
])('a task %s', (_, match, plan, decision) => {
  expect(decideRecord(match, planOfLead(makeLead(), { record: lead, ...plan }))).toEqual(decision)
})
