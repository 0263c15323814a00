import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fittingRules } from '../../src/core/follow-ups/fitting-rules.ts'
import { mayMeet } from '../../src/core/follow-ups/overlap.ts'
import type { FollowUpCondition, FollowUpRule } from '../../src/core/follow-ups/rules.ts'
import { anyLead, condition, scored } from './follow-up-arbitraries.ts'

function rule(name: string, when: FollowUpRule['when']): FollowUpRule {
  return { name, when, allowParallel: false, assign: null, steps: [] }
}

describe('two conditions can not meet in one lead when they ask for', () => {
  it.each<[string, FollowUpCondition, FollowUpCondition]>([
    ['other actions', { actions: ['PLT'] }, { actions: ['INS', 'Create'] }],
    ['other countries', { countries: ['US'] }, { countries: ['DE'] }],
    ['other stages', { stages: ['trial'] }, { stages: ['active'] }],
    ['other channels', { channels: ['api'] }, { channels: ['file'] }],
    ['other offers', { offers: ['contoso.one'] }, { offers: ['contoso.two'] }],
    ['other publishers', { offers: ['contoso.one'] }, { offers: ['fabrikam.one'] }],
    ['other offer ids', { offers: ['one'] }, { offers: ['two', 'three'] }],
    ['an offer id and a pair with another', { offers: ['one'] }, { offers: ['contoso.two'] }],
    ['other titles', { offers: ['Contoso One'] }, { offers: ['contoso two'] }],
    ['what the other wants lacking', { has: ['phone', 'email'] }, { lacks: ['company', 'phone'] }],
    ['a free address and a company’s', { freeMail: true }, { freeMail: false }],
    ['an address and none', { freeMail: true }, { lacks: ['email'] }],
    ['a country and none', { countries: ['US'] }, { lacks: ['country'] }],
    ['words in notes and no notes', { notes: ['price'] }, { lacks: ['notes'] }],
    ['words in a job title and none', { jobTitle: ['cto'] }, { lacks: ['jobTitle'] }],
    ['scores above and below', { score: { from: 60 } }, { score: { below: 60 } }],
    ['one thing in common and one apart', { actions: ['PLT'], countries: ['US'] }, { actions: ['PLT'], countries: ['DE'] }],
  ])('%s', (_, one, other) => {
    expect(mayMeet(one, other)).toBe(false)
    expect(mayMeet(other, one)).toBe(false)
  })
})

describe('two conditions may meet in one lead when they ask for', () => {
  it.each<[string, FollowUpRule['when'], FollowUpRule['when']]>([
    ['nothing', null, null],
    ['something and nothing', { actions: ['PLT'] }, null],
    ['different things', { actions: ['PLT'] }, { countries: ['US'] }],
    ['an action in other letters', { actions: ['PLT'] }, { actions: ['INS', ' plt'] }],
    ['other tags: a lead has several', { tags: ['a'] }, { tags: ['b'] }],
    ['other sources: a lead has ours and the sender’s', { sources: ['AppSource'] }, { sources: ['SPZA'] }],
    ['other words in the same text', { jobTitle: ['cto'], notes: ['price'] }, { jobTitle: ['ceo'], notes: ['trial'] }],
    ['an offer id and the pair of it', { offers: ['one'] }, { offers: ['contoso.one'] }],
    ['an id with a dot and the pair of it', { offers: ['beta.one'] }, { offers: ['contoso.beta.one'] }],
    ['an offer by id and by title', { offers: ['contoso.one'] }, { offers: ['Contoso One'] }],
    ['an offer by id and by what may be a title', { offers: ['one'] }, { offers: ['Analytics'] }],
    ['scores that share one', { score: { from: 60 } }, { score: { below: 61 } }],
    ['all others, both', 'otherwise', 'otherwise'],
  ])('%s', (_, one, other) => {
    expect(mayMeet(one, other)).toBe(true)
    expect(mayMeet(other, one)).toBe(true)
  })
})

it('what is for all others meets nothing else', () => {
  expect(mayMeet('otherwise', null)).toBe(false)
  expect(mayMeet({ actions: ['PLT'] }, 'otherwise')).toBe(false)
})

it('a condition that no lead can fit does not even meet itself', () => {
  expect(mayMeet({ has: ['phone'], lacks: ['phone'] }, { has: ['phone'], lacks: ['phone'] })).toBe(false)
  expect(mayMeet({ score: { from: 3, below: 3 } }, { score: { from: 3, below: 3 } })).toBe(false)
})

it('no lead fits two conditions that can not meet', () => {
  let met = 0
  let apart = 0
  fc.assert(
    fc.property(condition, condition, fc.array(anyLead, { minLength: 20, maxLength: 20 }), (one, other, leads) => {
      const rules = [rule('one', one), rule('other', other)]
      const both = leads.filter((lead) => fittingRules(rules, lead, scored).length === 2)
      met += both.length
      if (!mayMeet(one, other)) apart += 1
      expect(both.length > 0 && !mayMeet(one, other)).toBe(false)
      expect(mayMeet(one, other)).toBe(mayMeet(other, one))
    }),
    { numRuns: 1_000 },
  )
  expect(met).toBeGreaterThan(100)
  expect(apart).toBeGreaterThan(100)
})
