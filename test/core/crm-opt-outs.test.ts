import { describe, expect, it } from 'vitest'
import {
  type ContactChannel,
  type CrmOptOuts,
  crmSuppression,
  type Match,
  optOutsRead,
  optOutsWritten,
  type RecordWrite,
  type WriteOutcome,
} from '../../src/core/index.ts'
import { hours } from '../kit/made-lead.ts'
import { makeRecord } from './deciding.ts'

function one(...optOuts: ContactChannel[]): Match {
  return { kind: 'one', record: makeRecord({}, { optOuts }) }
}

const fields = { contact: ['DoNotCall', 'HasOptedOutOfEmail'] }

function written(read: CrmOptOuts, optOut: ContactChannel[], dropped: string[] = []): CrmOptOuts {
  const write: RecordWrite = { object: 'contact', recordId: '1', contactId: 'c', email: null, fields: {}, required: [], optOut }
  const outcome: WriteOutcome = {
    object: 'contact',
    id: '1',
    result: 'updated',
    dropped: dropped.map((field) => ({ field, reason: 'It is read-only.' })),
  }
  return optOutsWritten(read, write, outcome, fields, hours(5))
}

function channels(optOuts: CrmOptOuts): readonly string[] {
  return crmSuppression('salesforce', optOuts).map(({ channel }) => channel)
}

describe("the CRM's own opt-outs", () => {
  it('stand against their own channel, of whatever offer, since they were first seen', () => {
    const first = optOutsRead(one('phone'), null, hours(1))
    const again = optOutsRead(one('phone'), first, hours(2))
    expect(crmSuppression('salesforce', again)).toEqual([
      { source: 'crm', crm: 'salesforce', channel: 'phone', offer: null, since: hours(1), liftedAt: null },
    ])
  })

  it('are over when the CRM no longer says so', () => {
    expect(channels(optOutsRead(one(), optOutsRead(one('phone', 'email'), null, hours(1)), hours(2)))).toEqual([])
    expect(channels(optOutsRead({ kind: 'none', deleted: true }, optOutsRead(one('email'), null, hours(1)), hours(2)))).toEqual(
      [],
    )
  })

  it('are those of any of the records that match', () => {
    const match: Match = {
      kind: 'many',
      records: [makeRecord({}, { optOuts: ['email'] }), makeRecord({}, { id: '2', optOuts: ['phone'] })],
    }
    expect(channels(optOutsRead(match, null, hours(1)))).toEqual(['email', 'phone'])
  })

  it('are no evidence where Leadsync itself closed the channel', () => {
    const closed = written(optOutsRead(one(), null, hours(1)), ['email', 'phone'])
    expect(channels(closed)).toEqual([])
    expect(channels(optOutsRead(one('email', 'phone'), closed, hours(2)))).toEqual([])
  })

  it('are evidence where the person had said no before, and where they say it again after the channel was opened', () => {
    const closed = written(optOutsRead(one('email'), null, hours(1)), ['phone'])
    expect(channels(closed)).toEqual(['email'])
    const opened = optOutsRead(one(), closed, hours(2))
    expect(channels(optOutsRead(one('phone'), opened, hours(3)))).toEqual(['phone'])
  })

  it("count as the CRM's own word when it refused one of the fields", () => {
    const refused = written(optOutsRead(one(), null, hours(1)), ['email', 'phone'], ['DoNotCall'])
    expect(channels(optOutsRead(one('email', 'phone'), refused, hours(2)))).toEqual(['email', 'phone'])
  })

  it('are not touched by a field that was left out beside them', () => {
    const closed = written(optOutsRead(one(), null, hours(1)), ['phone'], ['Industry'])
    expect(channels(optOutsRead(one('phone'), closed, hours(2)))).toEqual([])
  })

  it('say nothing of a contact that was never matched', () => {
    expect(crmSuppression('salesforce', null)).toEqual([])
  })
})
