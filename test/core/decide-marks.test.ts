import { describe, expect, it } from 'vitest'
import { decideMarks } from '../../src/core/decide-marks.ts'
import type { DecideRules } from '../../src/core/decision.ts'
import type { Match } from '../../src/core/record.ts'
import type { SuppressionEntry } from '../../src/core/suppression.ts'
import { Deleted, Earlier, makeRecord, makeRules, Nobody, Now, one } from './deciding.ts'

const no: SuppressionEntry = {
  source: 'admin',
  channel: 'any',
  offer: null,
  since: Earlier,
  liftedAt: null,
  reason: 'asked us to',
}
const several: Match = { kind: 'many', records: [makeRecord({}), makeRecord({}, { id: '8' })] }

function marks(match: Match, suppression: readonly SuppressionEntry[] = [no], rules: Partial<DecideRules> = {}) {
  return decideMarks({ ...makeRules(rules), contactId: 'C1', match, suppression })
}

function handling(parts: Partial<DecideRules['doNotContact']>): Partial<DecideRules> {
  return { doNotContact: { ...makeRules().doNotContact, ...parts } }
}

const Shown = { dnc_at: Earlier, dnc_lifted_at: null, dnc_reason: 'An admin: do not contact about any offer (asked us to)' }

describe('the markers of a record', () => {
  it('show what stands, and nothing but what they do not show yet is written', () => {
    expect(marks(one({ email: 'jane@contoso.com', company: 'Old' }))).toEqual({
      object: 'contact',
      recordId: '7',
      contactId: 'C1',
      email: 'jane@contoso.com',
      fields: { dnc_at: Earlier, dnc_reason: Shown.dnc_reason },
      required: [],
    })
    expect(marks(one({ ...Shown, dnc_reason: 'Another one' }))?.fields).toEqual({ dnc_reason: Shown.dnc_reason })
    expect(marks(one(Shown))).toBeNull()
  })

  it('show a lift, and are left alone where nothing was ever said', () => {
    expect(marks(one(Shown), [{ ...no, liftedAt: Now }])?.fields).toMatchObject({ dnc_lifted_at: Now })
    expect(marks(one({ ...Shown, dnc_at: Now }), [])).toBeNull()
  })

  it('do not go stale in mode skip where another lead of the contact has shown them', () => {
    const lifted = [{ ...no, liftedAt: Now }]
    expect(marks(one(Shown), lifted, handling({ mode: 'skip' }))?.fields).toMatchObject({ dnc_lifted_at: Now })
  })

  it('never close a channel of the CRM’s own', () => {
    expect(marks(one({}), [no], handling({ mode: 'opt-out' }))).not.toHaveProperty('optOut')
    expect(
      marks(one({}), [{ ...no, liftedAt: Now }], handling({ markers: { at: 'opted_out', liftedAt: 'opted_out', reason: null } })),
    ).toBeNull()
  })

  it.each([
    ['where nobody matches', Nobody, {}],
    ['where the record was deleted', Deleted, { createIfMissing: true }],
    ['where several match', several, {}],
    ['in mode skip, where the record shows none', one({ dnc_at: '' }), { mode: 'skip' as const }],
    ['where the CRM has no fields for it', one({}), { markers: { at: null, liftedAt: null, reason: null } }],
  ])('are not written %s', (_, match, parts) => {
    expect(marks(match, [no], handling(parts))).toBeNull()
  })
})
