import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut } from '../../src/core/cut.ts'
import type { FieldRule } from '../../src/core/field-rule.ts'
import { canonical, sameValue } from '../../src/core/field-type.ts'
import { type MappedValue, mapLead } from '../../src/core/map-lead.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import { makeLead } from './deciding.ts'

function mapped(rule: FieldRule, parts: Record<string, unknown> = {}): MappedValue | undefined {
  return mapLead(compileMapping({ contact: { f: rule } }), 'contact', makeLead(parts), 'C1')[0]?.mapped
}

function set(value: string | number | boolean): MappedValue {
  return { state: 'set', value }
}

describe('what a lead says about a field', () => {
  it.each<[string, FieldRule, Record<string, unknown>, MappedValue]>([
    ['absent where the lead has nothing', { from: 'notes' }, {}, { state: 'absent' }],
    ['absent where the lead has blanks', { from: 'notes' }, { notes: ' \n ' }, { state: 'absent' }],
    ['absent where a template comes out blank', { template: ' {{ notes }} ' }, {}, { state: 'absent' }],
    ['clear where the rule says null', { value: null }, {}, { state: 'clear' }],
    ['clear where values say null', { from: 'action', values: { INS: null } }, {}, { state: 'clear' }],
    ['the default where the lead has nothing', { from: 'notes', default: 'none' }, {}, set('none')],
    ['0, not nothing', { from: 'raw.n', type: 'number' }, { raw: { n: 0 } }, set(0)],
    ['false, not nothing', { from: 'test' }, {}, set(false)],
    ['trimmed text', { from: 'notes' }, { notes: ' hello ' }, set('hello')],
    ['the contact id', { from: 'contactId' }, {}, set('C1')],
    ['a campaign parameter', { from: 'campaign.mktcmpid' }, { campaign: { mktcmpid: '1234' } }, set('1234')],
    ['no inherited key', { from: 'campaign.constructor' }, {}, { state: 'absent' }],
    ['all tags as one text', { from: 'tags' }, { tags: ['a', 'b'] }, set('a;b')],
    ['a number as text', { value: 7, type: 'string' }, {}, set('7')],
    ['text as a number', { from: 'notes', type: 'number' }, { notes: ' 1.50 ' }, set(1.5)],
    ['text as a boolean', { from: 'notes', type: 'boolean' }, { notes: 'No' }, set(false)],
    ['a time as its UTC day', { from: 'occurredAt', type: 'date' }, {}, set('2026-11-23')],
    [
      'a day as the time it begins',
      { from: 'notes', type: 'datetime' },
      { notes: '2026-11-23' },
      set('2026-11-23T00:00:00.000Z'),
    ],
    [
      'a zoned time in UTC',
      { from: 'notes', type: 'datetime' },
      { notes: '2026-11-23T01:00:00+02:00' },
      set('2026-11-22T23:00:00.000Z'),
    ],
    [
      'a zone-less time as UTC',
      { from: 'notes', type: 'datetime' },
      { notes: '2026-11-23 01:00' },
      set('2026-11-23T01:00:00.000Z'),
    ],
    ['a listed value', { from: 'action', values: { ins: 'wrong', INS: 'Install' } }, {}, set('Install')],
    ['a listed value in another case', { from: 'action', values: { ins: 'Install' } }, {}, set('Install')],
    ['an unknown value that is kept', { from: 'action', values: {}, onUnknown: 'keep' }, {}, set('INS')],
    [
      'the default for an unknown value',
      { from: 'action', values: {}, onUnknown: 'default', default: 'Other' },
      {},
      set('Other'),
    ],
    ['text cut to its length', { from: 'notes', maxLength: 5 }, { notes: 'hello world' }, set('hello')],
    ['a rendered template', { template: '{{ person.firstName }} {{ person.lastName | upcase }}' }, {}, set('Jane DOE')],
    ['a time formatted in UTC', { template: '{{ occurredAt | date: "%Y-%m-%d %H" }}' }, {}, set('2026-11-23 10')],
    ['no clock', { template: '{{ notes | date: "%Y" }}' }, { notes: 'now' }, set('now')],
    [
      'Liquid in the lead as plain text',
      { template: '{{ notes }}' },
      { notes: '{{ person.email }}{% raw %}' },
      set('{{ person.email }}{% raw %}'),
    ],
  ])('is %s', (_, rule, parts, expected) => {
    expect(mapped(rule, parts)).toEqual(expected)
  })

  it.each<[string, FieldRule, Record<string, unknown>, 'dropped' | 'park', RegExp]>([
    [
      'no number',
      { from: 'notes', type: 'number' },
      { notes: '12 secret' },
      'dropped',
      /^What the lead has in notes is not a number\.$/,
    ],
    ['NaN', { from: 'notes', type: 'number' }, { notes: 'NaN' }, 'dropped', /number/],
    ['30 February', { from: 'notes', type: 'date' }, { notes: '2026-02-30' }, 'dropped', /not a date/],
    [
      'a time on 30 February',
      { from: 'notes', type: 'datetime' },
      { notes: '2026-02-30T10:00:00Z' },
      'dropped',
      /not a datetime/,
    ],
    ['an ambiguous day', { from: 'notes', type: 'date' }, { notes: '11/12/2026' }, 'dropped', /not a date/],
    ['maybe', { from: 'notes', type: 'boolean' }, { notes: 'maybe' }, 'dropped', /not a boolean/],
    ['an object', { from: 'raw.o' }, { raw: { o: {} } }, 'dropped', /not a single value/],
    ['a list of objects', { from: 'raw.o' }, { raw: { o: [{}] } }, 'dropped', /not a single value/],
    ['an unknown value', { from: 'notes', values: { x: 'y' } }, { notes: 'secret' }, 'dropped', /not listed under values/],
    [
      'an unknown value to be looked at',
      { from: 'notes', values: {}, onUnknown: 'park' },
      { notes: 'secret' },
      'park',
      /not listed/,
    ],
    [
      'a loop without end',
      { template: '{% for i in (1..raw.n) %}x{% endfor %}' },
      { raw: { n: 1e12 } },
      'dropped',
      /could not be rendered/,
    ],
  ])('for %s is a reason without the value', (_, rule, parts, state, reason) => {
    const value = mapped(rule, parts)
    expect(value).toMatchObject({ state, reason: expect.stringMatching(reason) })
    expect(JSON.stringify(value)).not.toContain('secret')
  })

  it('is not changed by a template that counts, for the next field neither', () => {
    const lead = makeLead()
    const before = structuredClone(lead)
    const mapping = compileMapping({
      contact: { f: { template: '{% increment notes %}{% assign person = 1 %}' }, g: { template: '{{ notes }}' } },
    })
    expect(mapLead(mapping, 'contact', lead, 'C1').map(({ mapped }) => mapped)).toEqual([set('0'), { state: 'absent' }])
    expect(lead).toEqual(before)
  })
})

describe('cutting text', () => {
  it.each([
    ['👨‍👩‍👧‍👦x', 7, '👨‍👩‍👧‍👦'],
    ['ab👨‍👩‍👧‍👦', 5, 'ab'],
    ['cafe\u0301s', 4, 'caf'],
    ['a\u{1F600}b', 2, 'a\u{1F600}'],
    ['one two', 4, 'one'],
    ['👨‍👩‍👧‍👦', 1, '👨'],
  ])('cuts %j at %i to %j', (text, length, expected) => {
    expect(cut(text, length)).toBe(expected)
  })

  it('never passes the length, never leaves half a character, and is a beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, length) => {
        const short = cut(text, length)
        expect([...short].length).toBeLessThanOrEqual(length)
        expect(text.startsWith(short)).toBe(true)
        expect(short.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('values that a CRM holds to be the same', () => {
  it.each([
    [' Jane ', 'Jane', 'string'],
    ['a\nb', 'a\r\nb', undefined],
    [5, '5', undefined],
    [5, '5.0', 'number'],
    [true, 'true', undefined],
    [false, 'False', 'boolean'],
    ['2026-11-23T10:00:00.000Z', '1795428000000', 'datetime'],
    ['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00Z', 'datetime'],
    ['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00.000+0000', 'datetime'],
    ['2026-11-23', 1795392000000, 'date'],
    [null, '', 'string'],
    [null, null, undefined],
  ] as const)('%j and %j as %s', (value, current, type) => {
    expect(sameValue(value, current, type)).toBe(true)
  })

  it.each([
    [0, null, 'number'],
    [false, null, undefined],
    ['jane', 'Jane', 'string'],
    ['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:01.000Z', 'datetime'],
  ] as const)('%j and %j as %s are not', (value, current, type) => {
    expect(sameValue(value, current, type)).toBe(false)
  })

  it('have one spelling that stays itself', () => {
    const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null))
    const type = fc.constantFrom('string', 'number', 'boolean', 'date', 'datetime', undefined)
    fc.assert(
      fc.property(value, type, (one, of) => {
        const spelling = canonical(one, of)
        expect(canonical(spelling, of)).toBe(spelling)
      }),
    )
  })
})
