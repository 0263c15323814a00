import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsToRead } from '../../src/core/fields-to-read.ts'
import { fold } from '../../src/core/fold.ts'
import { withOwnFields } from '../../src/core/own-fields.ts'
import { touchOf, withTouch } from '../../src/core/touch.ts'
import { Deleted, decideOn, Earlier, fieldsOf, makeLead, makeRecord, makeRules, Nobody, no, one } from './deciding.ts'

const asField = { touches: { as: 'field', field: 'history' } } as const
const asNotes = { touches: { as: 'notes' } } as const

describe('a touch', () => {
  it('says when, from where, about what, who and what they said', () => {
    const lead = makeLead({ source: 'AppSource', notes: 'Please call.' })
    expect(touchOf(lead)).toEqual({
      id: 'lead-2',
      at: '2026-11-23T10:00:00.000Z',
      text: '2026-11-23 10:00 UTC · AppSource · INS (active) · Contoso Analytics\nJane Doe, Contoso, jane@contoso.com\nPlease call.',
    })
  })

  it('claims no time of day that the channel did not give', () => {
    expect(touchOf(makeLead({ occurredPrecision: 'day' })).text).toMatch(/^2026-11-23 · /)
  })

  it('comes on top of a field, once, and the oldest make room', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(texts, (notes) => {
        let field: string | null = null
        for (const [n, text] of notes.entries()) {
          const touch = { id: `lead-${n}`, at: '', text }
          field = withTouch(field, touch)
          expect(withTouch(field, touch)).toBe(field)
        }
        expect(field?.match(/\[lead [a-z2-7]{26}\]/g)).toHaveLength(notes.length)
      }),
    )
    const full = withTouch('old '.repeat(20_000), touchOf(makeLead({ notes: 'new '.repeat(20_000) })))
    expect(full.length).toBeLessThanOrEqual(65_000)
    expect(full).toMatch(/\[lead [a-z2-7]{26}\]\n\nold /)
  })
})

describe('decide', () => {
  it('shows touches nowhere unless told', () => {
    const decision = decideOn(Nobody)
    expect(decision).toMatchObject({ kind: 'write', write: expect.not.objectContaining({ touches: expect.anything() }) })
    expect(fieldsToRead(makeRules()).contact).not.toContain('history')
  })

  it('adds a touch to the field that it has read, and nothing for the same lead again', () => {
    expect(fieldsToRead(makeRules(asField)).contact).toContain('history')
    const fields = fieldsOf(decideOn(one({ history: 'before' }), asField))
    expect(fields.history).toMatch(/^2026-11-23 10:00 UTC · INS .+\n\[lead [a-z2-7]+\]\n\nbefore$/s)
    expect(fieldsOf(decideOn(one({ ...fields, our_id: 'C1' }), asField))).not.toHaveProperty('history')
  })

  it('writes a note even when the record holds all of it already', () => {
    const { fields } = decideOn(Nobody).kind === 'write' ? { fields: fieldsOf(decideOn(Nobody)) } : { fields: {} }
    expect(decideOn(one(fields))).toMatchObject({ kind: 'skip' })
    expect(decideOn(one(fields), asNotes)).toMatchObject({ kind: 'write', write: { fields: {}, touches: [{ id: 'lead-2' }] } })
  })

  it('shows no touch of a do-not-contact', () => {
    const lead = makeLead({ action: 'DNC' })
    for (const touches of [asField, asNotes]) {
      const decision = decideOn(one({}), { ...touches, lead, suppression: [no()] })
      expect(decision).toMatchObject({ write: expect.not.objectContaining({ touches: expect.anything() }) })
      expect(fieldsOf(decision)).not.toHaveProperty('history')
    }
  })

  it('closes channels by mode only, and those that are open', () => {
    const lead = makeLead({ action: 'DNC' })
    const markers = { at: null, liftedAt: null, reason: null }
    const given = { lead, suppression: [no()] }
    const optOut = { ...given, doNotContact: { mode: 'opt-out', createIfMissing: false, markers } } as const
    const flag = { ...given, doNotContact: { mode: 'flag', createIfMissing: false, markers } } as const
    const known = { our_id: 'C1', email: 'jane@contoso.com' }
    expect(decideOn(one(known), flag)).toMatchObject({ kind: 'skip' })
    expect(decideOn(one(known), optOut)).toMatchObject({
      write: { fields: {}, optOut: ['email', 'phone'] },
      outcome: 'suppressed',
    })
    const half = { kind: 'one', record: makeRecord(known, { optOuts: ['email'] }) } as const
    expect(decideOn(half, optOut)).toMatchObject({ write: { optOut: ['phone'] } })
    const closed = { kind: 'one', record: makeRecord(known, { optOuts: ['email', 'phone'] }) } as const
    expect(decideOn(closed, optOut)).toMatchObject({ kind: 'skip', outcome: 'suppressed' })
    expect(decideOn(Nobody, optOut)).toMatchObject({ kind: 'skip' })
    expect(decideOn(one(known), { ...optOut, lead: makeLead() })).toMatchObject({
      write: expect.not.objectContaining({ optOut: expect.anything() }),
    })
  })

  it('enters nobody again who may have been erased for privacy', () => {
    expect(decideOn(Deleted)).toMatchObject({ kind: 'write' })
    expect(decideOn({ kind: 'none', deleted: true, erased: true })).toMatchObject({
      kind: 'park',
      reason: expect.stringContaining('erased for privacy'),
    })
  })
})

it('several leads of one contact show each touch in one write, and close channels once', () => {
  const leads = [makeLead({ id: 'a', occurredAt: Earlier }), makeLead({ id: 'b' }), makeLead({ id: 'c', action: 'DNC' })]
  const deliveries = leads.map((lead) => ({ lead }))
  const doNotContact = { mode: 'opt-out', createIfMissing: false, markers: { at: null, liftedAt: null, reason: null } } as const
  const given = { contactId: 'C1', first: Nobody, suppression: [no()], known: null }
  const notes = fold({ ...makeRules({ ...asNotes, doNotContact }), ...given }, deliveries).write
  expect(notes).toMatchObject({ touches: [{ id: 'a' }, { id: 'b' }], optOut: ['email', 'phone'] })
  const field = fold({ ...makeRules({ ...asField, doNotContact }), ...given }, deliveries).write
  expect(String(field?.fields.history).match(/^20\d\d-\d\d-\d\d/gm)).toEqual(['2026-11-23', '2026-11-20'])
})

it('what Leadsync writes beside the mapping stands beside it as rules', () => {
  const markers = { at: 'dnc_at', liftedAt: null, reason: 'dnc_reason' }
  const rules = withOwnFields({
    mapping: { contact: { email: { from: 'person.email' } } },
    doNotContact: { markers },
    ...asField,
  })
  expect(Object.keys(rules.contact ?? {})).toEqual(['email', 'dnc_at', 'dnc_reason', 'history'])
  expect(rules.contact).toMatchObject({ dnc_at: { type: 'datetime' }, history: { maxLength: 65_000 } })
})
