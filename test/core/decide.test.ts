import { describe, expect, it } from 'vitest'
import type { FieldRule } from '../../src/core/field-rule.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import type { Fields, Match, MatchedRecord } from '../../src/core/record.ts'
import { Deleted, decideOn, Earlier, fieldsOf, Later, makeLead, makeRecord, makeRules, Nobody, Now, no, one } from './deciding.ts'

const Known = { lastLeadId: 'lead-1', lastLeadAt: Earlier, wrote: {} }
const Full = {
  our_id: 'C1',
  email: 'jane@contoso.com',
  firstname: 'Jane',
  company: 'Contoso',
  last_lead_at: Earlier,
  last_offer: 'Old',
}
const Dnc = makeLead({ id: 'dnc', action: 'DNC' })
const NoMarkers = { mode: 'skip', createIfMissing: true, markers: { at: null, liftedAt: null, reason: null } } as const

function mappingOf(rules: Record<string, FieldRule>) {
  return compileMapping({ contact: rules })
}

describe('deciding about somebody new', () => {
  it('creates a record with identity and every mapped field', () => {
    expect(decideOn(Nobody)).toMatchObject({
      kind: 'write',
      outcome: 'delivered',
      dropped: [],
      write: {
        object: 'contact',
        recordId: null,
        contactId: 'C1',
        email: 'jane@contoso.com',
        fields: {
          our_id: 'C1',
          email: 'jane@contoso.com',
          firstname: 'Jane',
          company: 'Contoso',
          status: 'new',
          last_lead_at: Now,
          last_offer: 'Contoso Analytics',
        },
        required: ['email', 'our_id'],
      },
    })
  })

  it('creates by contact id alone when there is no e-mail', () => {
    const decision = decideOn(Nobody, { lead: makeLead({ person: { phone: '+16175555555' } }) })
    expect(decision).toMatchObject({ write: { email: null, required: ['our_id'] } })
    expect(fieldsOf(decision)).not.toHaveProperty('email')
  })

  it('enters a deleted record again for a newer lead, but not for one that was there before', () => {
    expect(decideOn(Deleted, { known: Known })).toMatchObject({ kind: 'write', write: { recordId: null } })
    expect(decideOn(Deleted, { known: { ...Known, lastLeadId: 'lead-2', lastLeadAt: Now } })).toMatchObject({
      kind: 'skip',
      record: null,
    })
    expect(decideOn(Deleted, { known: { ...Known, lastLeadAt: Later } })).toMatchObject({ kind: 'skip', outcome: 'delivered' })
  })

  it('forgets what it wrote to a record that is gone', () => {
    const lead = makeLead({ person: { email: 'jane@contoso.com' } })
    const decision = decideOn(Deleted, { lead, known: { ...Known, wrote: { company: 'digest of Contoso' } } })
    expect(decision.kind === 'write' && decision.known?.wrote).toEqual({})
  })

  it('parks for a deleted record when told to', () => {
    const policies = { ...makeRules().policies, onDeleted: 'park' as const }
    expect(decideOn(Deleted, { known: Known, policies })).toMatchObject({
      kind: 'park',
      code: 'invalid',
      reason: expect.stringMatching(/deleted/),
    })
  })
})

describe('deciding about a CRM that keeps times to the second', () => {
  const lead = makeLead({ occurredAt: '2026-11-23T10:00:00.437Z' })
  const shown = { ...Full, last_lead_at: '2026-11-23T10:00:00.000Z', last_offer: 'Contoso Analytics', company: 'Contoso' }

  it('changes nothing for a lead whose answer was lost, and makes no second record where it was closed since', () => {
    expect(decideOn(one(shown), { lead })).toMatchObject({ kind: 'skip', record: { id: '7' } })
    const closed: Match = { kind: 'one', record: makeRecord(shown, { closed: true }) }
    expect(decideOn(closed, { lead })).toMatchObject({ kind: 'skip', record: { id: '7' } })
  })

  it('takes a lead of the next second for a newer one', () => {
    const next = makeLead({ occurredAt: '2026-11-23T10:00:01.001Z', offer: { title: 'Another' } })
    expect(fieldsOf(decideOn(one(shown), { lead: next }))).toMatchObject({ last_offer: 'Another' })
  })

  it('does not write a marker again that it holds to the second', () => {
    const suppression = [no({ since: '2026-11-20T10:00:00.437Z' })]
    const first = fieldsOf(decideOn(one(shown), { lead, suppression }))
    const marked = { ...shown, ...first, dnc_at: '2026-11-20T10:00:00.000Z' }
    expect(first).toHaveProperty('dnc_at')
    expect(decideOn(one(marked), { lead, suppression })).toMatchObject({ kind: 'skip' })
  })
})

describe('deciding about a closed record', () => {
  const closed = (fields: Fields, parts: Partial<MatchedRecord> = {}): Match => ({
    kind: 'one',
    record: makeRecord(fields, { closed: true, ...parts }),
  })
  const onClosed = (mode: 'task' | 'park') => ({ policies: { ...makeRules().policies, onClosed: mode } })

  it.each([
    [0, 'C1.1'],
    [1, 'C1.2'],
    [9, 'C1.10'],
    [undefined, 'C1'],
  ])('enters a newer lead anew: after number %s comes %s', (lastNumber, next) => {
    const match = closed({ email: 'jane@contoso.com' }, lastNumber === undefined ? { ours: false } : { lastNumber })
    expect(decideOn(match)).toMatchObject({
      kind: 'write',
      write: { recordId: null, contactId: next, fields: { our_id: next, email: 'jane@contoso.com', status: 'new' } },
    })
  })

  it('numbers after a record that matching could not offer: converted, and what it became is deleted', () => {
    expect(decideOn({ kind: 'none', deleted: true, lastNumber: 0 })).toMatchObject({
      write: { recordId: null, contactId: 'C1.1' },
    })
    expect(decideOn(closed({ our_id: null }, { ours: false, lastNumber: 2 }))).toMatchObject({ write: { contactId: 'C1.3' } })
  })

  it('numbers by what matching says of the kind of new records, whatever kind the closed one is', () => {
    const lead = { object: 'lead' }
    expect(decideOn(closed({ our_id: 'C1' }, lead))).toMatchObject({ write: { object: 'contact', contactId: 'C1' } })
    expect(decideOn(closed({ our_id: 'C1' }, { ...lead, lastNumber: 0 }))).toMatchObject({
      write: { object: 'contact', contactId: 'C1.1' },
    })
  })

  it('changes nothing for a lead that was there before it was closed, even if our ledger is lost', () => {
    expect(decideOn(closed({ our_id: 'C1', last_lead_at: Now }))).toMatchObject({ kind: 'skip', record: { id: '7' } })
    expect(decideOn(closed({ our_id: 'C1' }), { known: { ...Known, lastLeadAt: Later } })).toMatchObject({ kind: 'skip' })
  })

  it('parks, or updates it as it is, when told to', () => {
    const reason = expect.stringMatching(/closed.*replay/)
    expect(decideOn(closed({ our_id: 'C1' }), onClosed('park'))).toMatchObject({ kind: 'park', code: 'invalid', reason })
    expect(decideOn(closed({ our_id: 'C1' }), onClosed('task'))).toMatchObject({ kind: 'write', write: { recordId: '7' } })
  })

  it('flags it for a do-not-contact', () => {
    const lead = makeLead({ action: 'DNC' })
    expect(decideOn(closed({ our_id: 'C1' }), { lead })).toMatchObject({ kind: 'write', write: { recordId: '7' } })
  })
})

describe('deciding about a record that exists', () => {
  it('leaves an identity field empty that another record has, and writes the rest', () => {
    const held = { ...Full, our_id: null, company: null }
    expect(fieldsOf(decideOn(one(held)))).toMatchObject({ our_id: 'C1', company: 'Contoso' })
    const record = makeRecord(held, { taken: ['our_id'] })
    expect(fieldsOf(decideOn({ kind: 'one', record }))).toEqual({
      company: 'Contoso',
      last_lead_at: Now,
      last_offer: 'Contoso Analytics',
    })
  })

  it('fills what is empty, overwrites what is to be overwritten, leaves the rest', () => {
    const decision = decideOn(one({ ...Full, email: 'other@contoso.com', firstname: 'J.', company: null, status: null }), {
      known: Known,
    })
    expect(fieldsOf(decision)).toEqual({ company: 'Contoso', last_lead_at: Now, last_offer: 'Contoso Analytics' })
  })

  it('never changes an e-mail or contact id, even when a mapping says so', () => {
    const mapping = mappingOf({
      email: { from: 'person.email', policy: 'overwrite' },
      OUR_ID: { value: 'x', policy: 'overwrite' },
    })
    expect(decideOn(one({ our_id: 'C0', email: 'other@contoso.com' }), { mapping })).toMatchObject({
      kind: 'skip',
      outcome: 'delivered',
    })
  })

  it('gives a record the identity that it lacks', () => {
    const decision = decideOn(one({ ...Full, email: '', our_id: null, last_lead_at: Later }))
    expect(decision).toMatchObject({
      write: { recordId: '7', fields: { email: 'jane@contoso.com', our_id: 'C1' }, required: ['email', 'our_id'] },
    })
  })

  it('overwrites under ours only while the CRM holds what Leadsync wrote', () => {
    const lead = makeLead({ person: { email: 'jane@contoso.com', company: 'New Inc' } })
    const known = { ...Known, wrote: { company: 'digest of Contoso' } }
    expect(fieldsOf(decideOn(one(Full), { lead, known }))).toHaveProperty('company', 'New Inc')
    expect(fieldsOf(decideOn(one({ ...Full, company: 'By hand' }), { lead, known }))).not.toHaveProperty('company')
    expect(fieldsOf(decideOn(one({ ...Full, company: null }), { lead, known }))).not.toHaveProperty('company')
    expect(fieldsOf(decideOn(one(Full), { lead, known: null }))).not.toHaveProperty('company')
  })

  it('remembers what it wrote under ours', () => {
    expect(decideOn(Nobody)).toMatchObject({
      known: { lastLeadId: 'lead-2', lastLeadAt: Now, wrote: { company: 'digest of Contoso' } },
    })
  })

  it('changes nothing for the same lead again', () => {
    const known = { lastLeadId: 'lead-2', lastLeadAt: Now, wrote: {} }
    expect(decideOn(one({ ...Full, firstname: null, last_offer: 'By hand' }), { known })).toMatchObject({
      kind: 'skip',
      record: { id: '7' },
    })
  })

  it.each([
    ['our ledger', { known: { ...Known, lastLeadAt: Later } }, Earlier],
    ['the record', { known: null }, String(Date.parse(Later))],
    ['the greater id at the same time', { known: { ...Known, lastLeadId: 'lead-3', lastLeadAt: Now } }, null],
    ['the record at the very time, by a lead nobody knows', { known: null }, Now],
  ])('only fills for a lead that is stale by %s', (_, parts, lastLeadAt) => {
    const decision = decideOn(one({ ...Full, firstname: '', last_lead_at: lastLeadAt ?? Now }), parts)
    expect(fieldsOf(decision)).toEqual({ firstname: 'Jane' })
  })

  it('does not let a stale lead fill what a newer one cleared', () => {
    const mapping = mappingOf({ plan: { from: 'stage', policy: 'overwrite', values: { gone: null }, onUnknown: 'keep' } })
    const newer = decideOn(one({ ...Full, plan: 'x' }), { mapping, lead: makeLead({ stage: 'gone', occurredAt: Later }) })
    expect(fieldsOf(newer)).toEqual({ plan: null })
    const known = newer.kind === 'write' ? newer.known : null
    expect(decideOn(one({ ...Full, plan: null }), { mapping, known })).toMatchObject({ kind: 'skip' })
  })

  it('names dropped fields, and only those that would have been written', () => {
    const mapping = mappingOf({ size: { from: 'notes', type: 'number' }, full: { from: 'notes', type: 'number' } })
    const decision = decideOn(one({ ...Full, full: '3' }), { mapping, lead: makeLead({ notes: 'secret' }) })
    expect(decision).toMatchObject({ kind: 'skip', dropped: [{ field: 'size' }] })
    expect(JSON.stringify(decision)).not.toContain('secret')
  })

  it.each<[string, FieldRule]>([
    ['a value that is not listed', { from: 'action', values: {}, onUnknown: 'park' }],
    ['a required value that cannot be read', { from: 'action', type: 'number', required: true }],
  ])('parks for %s, unless the field would not be written', (_, rule) => {
    const mapping = mappingOf({ plan: rule })
    expect(decideOn(one(Full), { mapping })).toMatchObject({
      kind: 'park',
      code: 'invalid',
      reason: expect.stringMatching(/^plan: /),
    })
    expect(decideOn(one({ ...Full, plan: '1' }), { mapping }).kind).toBe('skip')
  })

  it('never clears or falsifies an opt-out, in any spelling of its name', () => {
    const rules = { opted_out: { value: false, policy: 'overwrite' }, Opted_Out: { value: null, policy: 'overwrite' } } as const
    const decision = decideOn(one({ ...Full, opted_out: 'true', Opted_Out: 'true' }), { mapping: mappingOf(rules) })
    expect(decision).toMatchObject({ kind: 'skip', dropped: [{ field: 'opted_out' }, { field: 'Opted_Out' }] })
  })
})

describe('deciding about several records', () => {
  const match = {
    kind: 'many',
    records: [
      makeRecord(Full, { id: '1', modifiedAt: Earlier }),
      makeRecord(Full, { id: '2', modifiedAt: Now }),
      makeRecord(Full, { id: '3', modifiedAt: Later, closed: true }),
    ],
  } as const

  it('parks, with a reason that says what to do', () => {
    expect(decideOn(match)).toMatchObject({
      kind: 'park',
      code: 'multiple_matches',
      reason: expect.stringMatching(/3 records.*onMany: newest/),
    })
  })

  it('takes the open one that was modified last when told to', () => {
    const policies = { ...makeRules().policies, onMany: 'newest' as const }
    expect(decideOn(match, { policies })).toMatchObject({ write: { recordId: '2' } })
  })
})

describe('deciding about a do-not-contact', () => {
  const reason = 'Microsoft marketplace: do not contact about contoso.analytics (DNC)'

  it('writes the markers and nothing else', () => {
    const decision = decideOn(one({ email: null }), { lead: Dnc, suppression: [no()] })
    expect(decision).toMatchObject({ outcome: 'suppressed', known: null })
    expect(fieldsOf(decision)).toEqual({ dnc_at: Earlier, dnc_reason: reason })
  })

  it('writes nothing again where the record shows it already', () => {
    const fields = { dnc_at: String(Date.parse(Earlier)), dnc_reason: reason, dnc_lifted_at: '' }
    expect(decideOn(one(fields), { lead: Dnc, suppression: [no()] })).toMatchObject({
      kind: 'skip',
      outcome: 'suppressed',
      record: { id: '7' },
    })
  })

  it('flags by the lead itself should the suppression not hold it', () => {
    expect(fieldsOf(decideOn(one(Full), { lead: Dnc }))).toMatchObject({
      dnc_at: Now,
      dnc_reason: expect.stringMatching(/any offer/),
    })
  })

  it('enters nobody, unless told to, and then with identity and markers only', () => {
    expect(decideOn(Nobody, { lead: Dnc, suppression: [no()] })).toMatchObject({
      kind: 'skip',
      outcome: 'suppressed',
      record: null,
    })
    const doNotContact = { ...makeRules().doNotContact, createIfMissing: true }
    const decision = decideOn(Nobody, { lead: Dnc, suppression: [no()], doNotContact })
    expect(decision).toMatchObject({ outcome: 'suppressed', write: { recordId: null } })
    expect(fieldsOf(decision)).toEqual({ our_id: 'C1', email: 'jane@contoso.com', dnc_at: Earlier, dnc_reason: reason })
    expect(decideOn(Deleted, { lead: Dnc, suppression: [no()], doNotContact })).toMatchObject({
      kind: 'skip',
      outcome: 'suppressed',
    })
  })

  it.each([Nobody, Deleted, one(Full)])('writes nothing under skip: %j', (match) => {
    expect(decideOn(match, { lead: Dnc, suppression: [no()], doNotContact: NoMarkers })).toMatchObject({
      kind: 'skip',
      outcome: 'suppressed',
    })
  })

  it('makes no other lead stale', () => {
    const decision = decideOn(one(Full), { lead: makeLead({ action: 'dnc', occurredAt: Later }), known: Known })
    expect(decision).toMatchObject({ kind: 'write', known: Known })
  })

  it('delivers every other lead of the contact, with the markers', () => {
    expect(fieldsOf(decideOn(one(Full), { suppression: [no(), no({ offer: 'contoso.other', since: Now })] }))).toEqual({
      last_lead_at: Now,
      last_offer: 'Contoso Analytics',
      dnc_at: Now,
      dnc_reason: 'Microsoft marketplace: do not contact about contoso.analytics, contoso.other (DNC)',
    })
  })

  it('writes the same text for the same entries in any order', () => {
    const entries = [no({ offer: 'contoso.other' }), no()]
    const written = fieldsOf(decideOn(one(Full), { suppression: entries }))
    expect(fieldsOf(decideOn(one(Full), { suppression: entries.toReversed() }))).toEqual(written)
  })

  it('shows when the last one was lifted, and takes that back when another no comes', () => {
    const held = { ...Full, dnc_at: Earlier, dnc_reason: reason }
    const lifted = fieldsOf(decideOn(one(held), { suppression: [no({ liftedAt: Now })] }))
    expect(lifted).toMatchObject({ dnc_lifted_at: Now, dnc_reason: expect.stringMatching(/^Lifted: /) })
    expect(lifted).not.toHaveProperty('dnc_at')
    const again = fieldsOf(decideOn(one({ ...held, ...lifted }), { suppression: [no({ liftedAt: Now, since: Later })] }))
    expect(again).toMatchObject({ dnc_at: Later, dnc_lifted_at: null, dnc_reason: reason })
  })

  it('leaves the markers alone when there never was a no', () => {
    expect(fieldsOf(decideOn(one({ ...Full, dnc_at: 'by hand' })))).not.toHaveProperty('dnc_at')
  })
})

describe('deciding about a lead that a person asked for once more', () => {
  const known = { lastLeadId: 'lead-2', lastLeadAt: Now, wrote: {} }
  const older = makeLead({ id: 'lead-1', occurredAt: Earlier })
  const record = { our_id: 'C1', email: 'jane@contoso.com', last_lead_at: Now, last_offer: 'As the old mapping said' }

  it('takes the newest of all for newer, so that a mended mapping reaches the record, and an older one for what it is', () => {
    expect(decideOn(one(record), { known })).toMatchObject({ kind: 'skip', rule: 'delivered-before' })
    expect(fieldsOf(decideOn(one(record), { known, again: true }))).toMatchObject({ last_offer: 'Contoso Analytics' })
    expect(fieldsOf(decideOn(one(record), { known: null, again: true }))).toMatchObject({ last_offer: 'Contoso Analytics' })
    expect(fieldsOf(decideOn(one(record), { known, lead: older, again: true }))).not.toHaveProperty('last_offer')
    const newerInCrm = one({ ...record, last_lead_at: Later })
    expect(fieldsOf(decideOn(newerInCrm, { known, again: true }))).not.toHaveProperty('last_offer')
  })

  it('enters anew who was deleted, whichever lead of theirs comes first, also who is gone without a trace: the CRM was restored or emptied', () => {
    for (const lead of [older, makeLead()]) {
      expect(decideOn(Deleted, { known, lead })).toMatchObject({ kind: 'skip' })
      expect(decideOn(Deleted, { known, lead, again: true })).toMatchObject({ kind: 'write', rule: 'after-deleted' })
      const erased = { kind: 'none', deleted: true, erased: true } as const
      expect(decideOn(erased, { known, lead, again: true })).toMatchObject({ kind: 'write' })
    }
  })

  it('changes nothing of a record that sales closed since', () => {
    const closed = { kind: 'one', record: makeRecord(record, { closed: true }) } as const
    for (const lead of [older, makeLead()])
      expect(decideOn(closed, { known, lead, again: true })).toMatchObject({ kind: 'skip', rule: 'before-closed' })
  })
})
