import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fittingRules, followUpCrm } from '../../src/core/follow-ups/fitting-rules.ts'
import type { FollowUpCrm, FollowUpRule } from '../../src/core/follow-ups/rules.ts'
import { NoQualification, qualify } from '../../src/core/qualify.ts'
import { makeLead } from '../kit/made-lead.ts'
import { anyLead, condition, scored } from './follow-up-arbitraries.ts'

function rule(name: string, when: FollowUpRule['when']): FollowUpRule {
  return { name, when, allowParallel: false, assign: null, steps: [] }
}

const rules = [
  rule('trial', { actions: ['StartTestDrive'] }),
  rule('rest', 'otherwise'),
  rule('contact-me', { actions: ['plt'], countries: ['US'] }),
  rule('good', { score: { from: 2 } }),
  rule('poor', { score: { from: -1, below: 0 } }),
]

/** The names of the rules for a lead whose score is 2 for PLT, 1 for a company, -1 for free mail. */
function namesFor(parts: Parameters<typeof makeLead>[0]): string[] {
  return fittingRules(rules, makeLead(parts), scored).map(({ name }) => name)
}

describe('the rules that are about a lead', () => {
  it.each<[string, Parameters<typeof makeLead>[0], readonly string[]]>([
    ['its action', { action: 'STARTTESTDRIVE' }, ['trial']],
    ['all keys of one and the score of another', { action: 'PLT', person: { country: 'US' } }, ['contact-me', 'good']],
    ['its score alone, from the first one', { action: 'PLT', person: { country: 'DE' } }, ['good']],
    ['its score below', { action: 'INS', person: { email: 'jane@gmail.com' } }, ['poor']],
    ['nothing else', { action: 'INS' }, ['rest']],
    ['its action, and a score that is not below', { action: 'StartTestDrive', person: { company: 'Contoso' } }, ['trial']],
  ])('are found by %s', (_, parts, names) => {
    expect(namesFor(parts)).toEqual(names)
  })

  it('know the free mail that the qualification adds', () => {
    const free = [rule('free', { freeMail: true })]
    const lead = makeLead({ person: { email: 'jane@mail.example' } })
    expect(fittingRules(free, lead, NoQualification)).toEqual([])
    expect(fittingRules(free, lead, { ...NoQualification, freeMail: ['mail.example'] })).toEqual(free)
  })

  it('without a condition are about every lead, and leave none to otherwise', () => {
    const every = rule('every', null)
    expect(fittingRules([rule('rest', 'otherwise'), every], makeLead(), NoQualification)).toEqual([every])
    expect(fittingRules([], makeLead(), NoQualification)).toEqual([])
  })

  it('are in their order, and otherwise never stands beside another', () => {
    const when = fc.oneof(condition, fc.constantFrom<FollowUpRule['when']>(null, 'otherwise'))
    const several = fc.array(when, { maxLength: 4 }).map((list) => list.map((one, index) => rule(`r${index}`, one)))
    fc.assert(
      fc.property(several, anyLead, (list, lead) => {
        const found = fittingRules(list, lead, scored)
        expect(list.filter((one) => found.includes(one))).toEqual(found)
        const others = new Set(found.map(({ when: asked }) => asked === 'otherwise'))
        expect(others.size).toBeLessThan(2)
        if (found.length === 0) expect(list.some(({ when: asked }) => asked === 'otherwise' || asked === null)).toBe(false)
      }),
    )
  })

  it('fit a score from one number and less than the other', () => {
    fc.assert(
      fc.property(anyLead, fc.integer({ min: -3, max: 5 }), fc.integer({ min: -3, max: 5 }), (lead, from, below) => {
        const { score } = qualify(lead, scored)
        const found = fittingRules([rule('one', { score: { from, below } })], lead, scored)
        expect(found.length === 1).toBe(from <= score && score < below)
      }),
    )
  })
})

describe('the CRM of a lead’s follow-ups', () => {
  const crms: readonly FollowUpCrm[] = [
    { crm: 'dynamics', when: { countries: ['DE'] } },
    { crm: 'salesforce', when: { score: { from: 2 } } },
    { crm: 'hubspot', when: null },
  ]

  it.each<[string, Parameters<typeof makeLead>[0], readonly string[], string | null]>([
    ['is the first that fits and wants it', { person: { country: 'DE' } }, ['dynamics', 'hubspot'], 'dynamics'],
    ['is not one that does not want it', { person: { country: 'DE' } }, ['salesforce', 'hubspot'], 'hubspot'],
    ['is one by its score', { action: 'PLT' }, ['dynamics', 'salesforce', 'hubspot'], 'salesforce'],
    ['is the one without a condition', { action: 'INS' }, ['dynamics', 'salesforce', 'hubspot'], 'hubspot'],
    ['is none when nobody wants it', { action: 'INS' }, ['dynamics', 'salesforce'], null],
  ])('%s', (_, parts, wanting, crm) => {
    expect(followUpCrm(crms, makeLead(parts), scored, (name) => wanting.includes(name))).toBe(crm)
  })
})
