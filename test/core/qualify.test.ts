import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LeadPart, type QualificationCondition } from '../../src/core/condition.ts'
import { Channel } from '../../src/core/lead.ts'
import { mapLead } from '../../src/core/map-lead.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import {
  NoQualification,
  type Qualification,
  type QualificationRule,
  type QualificationRules,
  qualify,
  Unqualified,
} from '../../src/core/qualify.ts'
import { decideOn, fieldsOf, makeLead, makeRules, one } from './deciding.ts'
import { lead } from './deciding-arbitraries.ts'

function rulesOf(parts: Partial<QualificationRules>): QualificationRules {
  return { ...NoQualification, ...parts }
}

function rule(when: QualificationCondition, parts: Partial<QualificationRule> = {}): QualificationRule {
  return { when, score: 1, reason: 'it fits', ...parts }
}

/** Whether a rule with this condition fits Jane, a CTO of Contoso who bought, and what a test says otherwise of her. */
function fits(when: QualificationCondition, parts: Record<string, unknown> = {}, freeMail: readonly string[] = []): boolean {
  return (
    qualify(makeLead({ source: 'AppSource', tags: ['token:web'], ...parts }), rulesOf({ rules: [rule(when)], freeMail }))
      .score === 1
  )
}

const nobody = { person: { lastName: 'Doe' }, source: null, action: null, stage: null, offer: {}, tags: [] }

describe('a condition', () => {
  it.each<[string, QualificationCondition]>([
    ['an action', { actions: ['PLT', 'ins'] }],
    ['an offer by publisher and id', { offers: ['Contoso.analytics'] }],
    ['an offer by its id alone', { offers: ['analytics'] }],
    ['an offer by its title', { offers: ['contoso analytics'] }],
    ['a stage', { stages: ['Active'] }],
    ['a source', { sources: ['appsource'] }],
    ['a tag', { tags: ['token:web'] }],
    ['a channel', { channels: ['marketplace'] }],
    ['an e-mail that is not free', { freeMail: false }],
  ])('on %s fits the lead that has it, and no lead that says nothing', (_, when) => {
    expect(fits(when)).toBe(true)
    expect(fits(when, { ...nobody, channel: 'queue' })).toBe(false)
  })

  it.each<[string, QualificationCondition, Record<string, unknown>, boolean]>([
    ['a country', { countries: ['us', 'CA'] }, { person: { country: 'US' } }, true],
    ['another country', { countries: ['DE'] }, { person: { country: 'US' } }, false],
    ['another publisher’s offer of that id', { offers: ['fabrikam.analytics'] }, {}, false],
    ['all that it has', { has: ['email', 'company'] }, {}, true],
    ['one thing that it lacks', { has: ['email', 'phone'] }, {}, false],
    ['a number that could not be read', { has: ['phone'] }, { person: { phoneRaw: '12 34' } }, true],
    ['a country that could not be read', { lacks: ['country'] }, { person: { countryRaw: 'Ruritania' } }, false],
    ['a campaign', { has: ['campaign'] }, { campaign: { mktcmpid: '1' } }, true],
    ['no campaign', { lacks: ['campaign'] }, {}, true],
    ['notes', { has: ['notes'] }, { notes: 'x' }, true],
    ['all that it lacks', { lacks: ['phone', 'jobTitle'] }, {}, true],
    ['one thing that it has', { lacks: ['phone', 'email'] }, {}, false],
    ['several keys that agree', { actions: ['INS'], has: ['company'] }, {}, true],
    ['several keys of which one does not', { actions: ['INS'], has: ['phone'] }, {}, false],
    ['anything where nothing is asked', {}, nobody, true],
  ])('on %s', (_, when, parts, expected) => {
    expect(fits(when, parts)).toBe(expected)
  })

  it.each([
    ['jane@gmail.com', true],
    ['jane@mail.yahoo.co.uk', true],
    ['jane@own.example', true],
    ['jane@contoso.com', false],
    ['jane@notgmail.com', false],
  ])('on free mail finds that of %s: %s', (email, free) => {
    expect(fits({ freeMail: true }, { person: { email } }, ['own.example'])).toBe(free)
    expect(fits({ freeMail: false }, { person: { email } }, ['own.example'])).toBe(!free)
  })

  it('on free mail fits nobody without an e-mail', () => {
    for (const freeMail of [true, false]) expect(fits({ freeMail }, { person: { company: 'Contoso' } })).toBe(false)
  })

  it.each([
    ['CTO', 'cto', true],
    ['Director', 'cto', false],
    ['Vice-President of IT', 'vice president', true],
    ['Vice and President', 'vice president', false],
    ['Geschäftsführer', 'GESCHÄFTSFÜHRER', true],
    ['Geschäftsführer', 'führer', false],
    ['営業部長', '部長', true],
    ['ＣＴＯ', 'cto', true],
    ['Head of R&D', 'r&d', true],
    [null, 'cto', false],
    ['CTO', '!!', false],
  ])('of a title %j finds %j: %s', (jobTitle, word, expected) => {
    expect(fits({ jobTitle: ['nothing', word] }, { person: { email: 'a@b.example', jobTitle } })).toBe(expected)
    expect(fits({ notes: ['nothing', word] }, { notes: jobTitle && `(${jobTitle})\nThank you.` })).toBe(expected)
  })
})

describe('a qualification', () => {
  const plt = makeLead({ action: 'PLT', person: { email: 'jane@contoso.com', phone: '+16175555555' } })

  it('of no rules is score 0, a follow-up by nobody in particular, priority normal', () => {
    expect(qualify(plt, NoQualification)).toEqual({ score: 0, reasons: [], followUp: true, owner: null, priority: 'normal' })
  })

  it('adds up what fits, and says why in the order of the rules', () => {
    const rules = [
      rule({ has: ['phone'] }, { score: 20, reason: 'has a phone number' }),
      rule({ has: ['jobTitle'] }, { score: 100, reason: 'has a title' }),
      rule({ actions: ['PLT'] }, { score: -5, reason: 'only asked' }),
    ]
    expect(qualify(plt, rulesOf({ rules }))).toMatchObject({ score: 15, reasons: ['has a phone number', 'only asked'] })
  })

  it('takes owner, priority and follow-up each from the first rule that names it, a false one, too', () => {
    const rules = [
      rule({ actions: ['INS'] }, { owner: 'does not fit' }),
      rule({}, { followUp: false }),
      rule({}, { owner: 'erika', followUp: true, priority: 'low' }),
      rule({}, { owner: 'max', priority: 'high' }),
    ]
    expect(qualify(plt, rulesOf({ rules }))).toMatchObject({ owner: 'erika', followUp: false, priority: 'low' })
  })

  it.each([
    [60, 'high', true],
    [59, 'normal', true],
    [20, 'normal', true],
    [19, 'low', false],
    [0, 'low', false],
    [-1, 'normal', true],
  ] as const)('with a score of %d takes the band that it reaches: %s, %s', (score, priority, followUp) => {
    const bands = [{ from: 0, priority: 'low', followUp: false }, { from: 60, priority: 'high' }, { from: 20 }] as const
    expect(qualify(plt, rulesOf({ rules: [rule({}, { score })], bands }))).toMatchObject({ priority, followUp })
  })

  it('lets a rule win over a band, key by key', () => {
    const bands = [{ from: 0, priority: 'high', owner: 'the band', followUp: false }] as const
    const rules = [rule({}, { owner: 'the rule' })]
    expect(qualify(plt, rulesOf({ rules, bands }))).toMatchObject({ owner: 'the rule', priority: 'high', followUp: false })
  })

  it('of a DNC never asks for a follow-up', () => {
    const rules = [rule({}, { followUp: true })]
    expect(qualify(makeLead({ action: 'DNC' }), rulesOf({ rules }))).toMatchObject({ score: 1, followUp: false })
  })
})

describe('any qualification', () => {
  const some = fc.subarray(['INS', 'PLT', 'trial', 'active', 'analytics', 'US', 'web', 'a'], { minLength: 1 })
  const condition: fc.Arbitrary<QualificationCondition> = fc.record(
    {
      actions: some,
      offers: some,
      stages: some,
      tags: some,
      channels: fc.subarray([...Channel.options]),
      has: fc.subarray([...LeadPart]),
      lacks: fc.subarray([...LeadPart]),
      freeMail: fc.boolean(),
      jobTitle: fc.array(fc.string()),
      notes: fc.array(fc.oneof(fc.string(), fc.constant('a'))),
    },
    { requiredKeys: [] },
  )
  const score = fc.integer({ min: -1_000_000, max: 1_000_000 })
  const rules: fc.Arbitrary<QualificationRule[]> = fc.array(
    fc.record({ when: condition, score, reason: fc.string() }, { requiredKeys: ['when', 'score', 'reason'] }),
    { maxLength: 8 },
  )
  const bands = fc.array(fc.record({ from: score, priority: fc.constantFrom('low', 'high') }), { maxLength: 3 })

  it('is made without throwing, its score the sum of the rules that fit by themselves, whatever their order', () => {
    fc.assert(
      fc.property(lead, rules, bands, (given, all, steps) => {
        const made = qualify(given, rulesOf({ rules: all, bands: steps, freeMail: ['y.z'] }))
        const alone = all.filter((each) => qualify(given, rulesOf({ rules: [each], freeMail: ['y.z'] })).reasons.length === 1)
        expect(made.score).toBe(alone.reduce((sum, each) => sum + each.score, 0))
        expect(made.reasons).toEqual(alone.map(({ reason }) => reason))
        const turned = qualify(given, rulesOf({ rules: all.toReversed(), bands: steps.toReversed(), freeMail: ['y.z'] }))
        expect(turned.score).toBe(made.score)
        const reached = steps.filter(({ from }) => from <= made.score).map(({ from }) => from)
        const at = steps.filter(({ from }) => from === Math.max(...reached)).map(({ priority }) => priority)
        expect(at.length === 0 ? ['normal'] : at).toContain(made.priority)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a mapping', () => {
  const qualification = {
    ...Unqualified,
    score: 45,
    reasons: ['has a phone number', 'company e-mail'],
    priority: 'high' as const,
  }
  const mapping = compileMapping({
    contact: {
      score: { from: 'score' },
      reasons: { from: 'scoreReasons' },
      priority: { from: 'priority', values: { high: '1', normal: '2', low: '3' } },
      text: { template: '{{ score }}: {{ scoreReasons }} ({{ priority }})' },
    },
  })

  function values(given: Qualification) {
    const fields = mapLead(mapping, 'contact', makeLead(), 'C1', given)
    return fields.map(({ mapped }) => (mapped.state === 'set' ? mapped.value : null))
  }

  it('shows the score, its reasons in words and the priority', () => {
    expect(values(qualification)).toEqual([
      45,
      'has a phone number; company e-mail',
      '1',
      '45: has a phone number; company e-mail (high)',
    ])
  })

  it('shows a score of 0 and writes nothing for no reasons', () => {
    expect(values(Unqualified)).toEqual([0, null, '2', '0:  (normal)'])
  })

  it('knows that the score is a number', () => {
    expect(mapping.get('contact')?.[0]?.type).toBe('number')
  })

  it('that shows them is written by the rules in force: a newer lead overwrites, a DNC writes none', () => {
    const rules = makeRules({
      mapping: compileMapping({ contact: { score: { from: 'score', policy: 'overwrite' } } }),
      qualification: rulesOf({ rules: [rule({ has: ['email'] }, { score: 30 })] }),
    })
    const match = one({ our_id: 'C1', email: 'jane@contoso.com', score: '20' })
    expect(fieldsOf(decideOn(match, rules))).toEqual({ score: 30 })
    expect(fieldsOf(decideOn(one({ our_id: 'C1', email: 'jane@contoso.com', score: '30' }), rules))).toEqual({})
    expect(fieldsOf(decideOn(match, { ...rules, lead: makeLead({ action: 'DNC' }) }))).not.toHaveProperty('score')
  })
})
