import { describe, expect, it } from 'vitest'
import { type DecideInput, type Match, type Rule, Rules } from '../../src/core/index.ts'
import { Deleted, decideOn, Earlier, Later, makeLead, makeRecord, makeRules, Nobody, Now, no, one } from './deciding.ts'

const Dnc = { lead: makeLead({ action: 'DNC' }), suppression: [no()] }
const known = { lastLeadId: 'lead-1', lastLeadAt: Later, wrote: {} }
const { policies, doNotContact } = makeRules()
const newest = { policies: { ...policies, onMany: 'newest' as const } }
const record = one({ email: 'jane@contoso.com' })
const several: Match = { kind: 'many', records: [makeRecord({}), makeRecord({}, { id: '8', modifiedAt: Now })] }
const closed: Match = { kind: 'one', record: makeRecord({}, { closed: true }) }

describe('a decision says which rule made it', () => {
  it.each<{ rule: Rule; match: Match; parts?: Partial<DecideInput> }>([
    { rule: 'nobody-matched', match: Nobody },
    { rule: 'one-matched', match: record },
    { rule: 'newest-of-several', match: several, parts: newest },
    { rule: 'after-closed', match: closed },
    { rule: 'onto-closed', match: closed, parts: { policies: { ...policies, onClosed: 'task' } } },
    { rule: 'after-deleted', match: Deleted },
    { rule: 'older-lead', match: record, parts: { known } },
    { rule: 'delivered-before', match: record, parts: { known: { ...known, lastLeadId: 'lead-2', lastLeadAt: Now } } },
    { rule: 'before-closed', match: closed, parts: { known } },
    { rule: 'before-deleted', match: Deleted, parts: { known } },
    { rule: 'do-not-contact', match: record, parts: Dnc },
    { rule: 'do-not-contact', match: Nobody, parts: { ...Dnc, doNotContact: { ...doNotContact, createIfMissing: true } } },
    { rule: 'no-to-skip', match: record, parts: { ...Dnc, doNotContact: { ...doNotContact, mode: 'skip' } } },
    { rule: 'no-to-deleted', match: Deleted, parts: Dnc },
    { rule: 'no-to-nobody', match: Nobody, parts: Dnc },
  ])('$rule', ({ rule, match, parts }) => {
    expect(decideOn(match, parts)).toMatchObject({ rule })
    expect(Rules[rule]).toMatch(/^[a-z]/)
  })

  it('also when there was nothing left to write', () => {
    const full = one({
      our_id: 'C1',
      email: 'jane@contoso.com',
      firstname: 'Jane',
      company: 'Contoso',
      last_lead_at: Now,
      last_offer: 'A',
    })
    const lead = makeLead({ occurredAt: Earlier })
    expect(decideOn(full, { lead, known })).toMatchObject({ kind: 'skip', rule: 'older-lead' })
  })
})
