import { describe, expect, it } from 'vitest'
import type { DecideInput } from '../../src/core/decision.ts'
import type { FieldRule } from '../../src/core/field-rule.ts'
import { compileMapping, MappingError } from '../../src/core/mapping.ts'
import type { FieldValue } from '../../src/core/record.ts'
import { stageRank } from '../../src/core/stage-order.ts'
import { decideOn, Earlier, fieldsOf, makeLead, makeRules, Nobody, Now, one } from './deciding.ts'

const Overwrite: FieldRule = { from: 'stage', policy: 'overwrite' }
const Translated: FieldRule = { ...Overwrite, values: { 'initial-interest': 'New', trial: 'Trial', active: 'Customer' } }

/** What a lead of this stage writes into a record that holds this; undefined when it leaves the field alone. */
function written(rule: FieldRule, holds: FieldValue, stage: string | null, parts: Partial<DecideInput> = {}): unknown {
  const mapping = compileMapping({ contact: { stage: rule, last_lead_at: { from: 'occurredAt', policy: 'overwrite' } } })
  const match = one({ our_id: 'C1', email: 'jane@contoso.com', last_lead_at: Earlier, stage: holds })
  return fieldsOf(decideOn(match, { ...makeRules({ mapping }), lead: makeLead({ stage }), ...parts })).stage
}

describe('a stage in the CRM', () => {
  it.each<[string, FieldRule, FieldValue, string | null, unknown]>([
    ['moves on', Overwrite, 'initial-interest', 'trial', 'trial'],
    ['moves on over a stage between', Overwrite, 'initial-interest', 'active', 'active'],
    ['is not turned back', Overwrite, 'active', 'initial-interest', undefined],
    ['is not turned back to the one between', Overwrite, 'active', 'trial', undefined],
    ['is not turned back in another letter case of either side', Overwrite, 'ACTIVE', 'Trial', undefined],
    ['moves on in another letter case', Overwrite, 'Trial', 'Active', 'Active'],
    ['is filled in where there is none', Overwrite, '', 'trial', 'trial'],
    ['of sales’ own making follows the policy', Overwrite, 'Negotiation', 'initial-interest', 'initial-interest'],
    ['of sales’ own making stays under fill-if-empty', { from: 'stage' }, 'Negotiation', 'active', undefined],
    ['stays when the lead has none', Overwrite, 'trial', null, undefined],
    ['stays when the lead has none, in spite of a default', { ...Overwrite, default: 'unknown' }, 'trial', null, undefined],
    ['gives way to a default where it is sales’ own', { ...Overwrite, default: 'unknown' }, 'Lost', null, 'unknown'],
    ['stays when the lead’s has no place in the order', Overwrite, 'active', 'newsletter', undefined],
    ['that has no place either is overwritten', Overwrite, 'newsletter', 'webinar', 'webinar'],
    ['moves on in the CRM’s words', Translated, 'Trial', 'active', 'Customer'],
    ['is not turned back in the CRM’s words', Translated, 'Customer', 'initial-interest', undefined],
    ['in the lead’s word where the CRM has another is sales’ own', Translated, 'active', 'trial', 'Trial'],
    ['is not cleared by an earlier one', { ...Overwrite, values: { trial: null, active: 'A' } }, 'A', 'trial', undefined],
    ['moves on from a number', { ...Overwrite, type: 'number', values: { trial: 20, active: 30 } }, '20.0', 'active', 30],
    [
      'is not turned back from a number',
      { ...Overwrite, type: 'number', values: { trial: 20, active: 30 } },
      '30',
      'trial',
      undefined,
    ],
    ['that was cut is known', { ...Overwrite, maxLength: 3 }, 'act', 'trial', undefined],
    ['goes back where the field says so', { ...Overwrite, mayGoBack: true }, 'active', 'trial', 'trial'],
    ['of a template goes back', { template: '{{ stage }}', policy: 'overwrite' }, 'active', 'trial', 'trial'],
  ])('%s', (_, rule, holds, stage, expected) => {
    expect(written(rule, holds, stage)).toBe(expected)
  })

  it('that several stages are translated to counts as the last of them', () => {
    const rule: FieldRule = { ...Overwrite, values: { 'initial-interest': 'Open', trial: 'In trial', active: 'Open' } }
    expect(written(rule, 'Open', 'trial')).toBeUndefined()
    expect(written(rule, 'In trial', 'active')).toBe('Open')
  })

  it('goes back where there is no order, and by another order as that says', () => {
    expect(written(Overwrite, 'active', 'trial', { stageOrder: [] })).toBe('trial')
    expect(written(Overwrite, 'active', 'trial', { stageOrder: ['Active', 'Trial'] })).toBe('trial')
    expect(written(Overwrite, 'trial', 'active', { stageOrder: ['Active', 'Trial'] })).toBeUndefined()
  })

  it.each(['initial-interest', 'active'])('under `ours` moves on only from what Leadsync wrote, and never back: %s', (stage) => {
    const ours = { ...Overwrite, policy: 'ours' } as const
    const known = (wrote: string) => ({ known: { lastLeadId: 'a', lastLeadAt: Earlier, wrote: { stage: `digest of ${wrote}` } } })
    expect(written(ours, 'trial', stage, known('trial'))).toBe(stage === 'active' ? 'active' : undefined)
    expect(written(ours, 'trial', stage, known('initial-interest'))).toBeUndefined()
  })

  it('that a lead leaves alone is still ours: the ledger keeps what was last written', () => {
    const mapping = compileMapping({ contact: { stage: { from: 'stage', policy: 'ours' } } })
    const known = { lastLeadId: 'a', lastLeadAt: Earlier, wrote: { stage: 'digest of active' } }
    const match = one({ our_id: 'C1', email: 'jane@contoso.com', stage: 'active' })
    const decision = decideOn(match, { ...makeRules({ mapping }), lead: makeLead({ stage: 'trial' }), known })
    expect(decision).toMatchObject({ kind: 'skip', known: { lastLeadAt: Now, wrote: { stage: 'digest of active' } } })
  })

  it('is what the lead says on a new record', () => {
    const mapping = compileMapping({ contact: { stage: Translated } })
    expect(fieldsOf(decideOn(Nobody, makeRules({ mapping }))).stage).toBe('Customer')
  })
})

it('mayGoBack belongs to fields that read the stage', () => {
  expect(() => compileMapping({ contact: { x: { from: 'action', mayGoBack: true } } })).toThrow(MappingError)
  expect(() => compileMapping({ contact: { x: { template: '{{ stage }}', mayGoBack: true } } })).toThrow(
    /only a field with from: stage/,
  )
})

it.each([
  ['trial', 1],
  [' TRIAL ', 1],
  ['trials', -1],
])('the place of %j is %d', (stage, rank) => {
  expect(stageRank(stage, ['initial-interest', 'Trial'])).toBe(rank)
})
