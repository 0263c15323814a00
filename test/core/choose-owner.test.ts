import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/core/follow-ups/assignment.ts'
import { firstOf, namesIn, ownerCandidates, ownersNamed } from '../../src/core/follow-ups/choose-owner.ts'
import { NoQualification } from '../../src/core/qualify.ts'
import { makeFollowUps, makeRule } from '../kit/follow-up-rules.ts'
import { makeLead } from '../kit/made-lead.ts'

const rotation: Assignment = { kind: 'rotation', key: 'team', owners: ['ann', 'bob'] }
const table: Assignment = {
  kind: 'table',
  offers: { 'contoso.analytics': 'by id', ANALYTICS: 'by short id', 'Contoso Analytics': 'by title', other: 'nobody' },
  countries: { us: 'by country', DE: 'nobody' },
  otherwise: rotation,
}

interface Asked {
  readonly owner?: string
  readonly qualified?: string
  readonly assign?: Assignment
  readonly own?: Assignment
  readonly lead?: Parameters<typeof makeLead>[0]
}

function candidates({ owner, qualified, assign = { kind: 'crm' }, own, lead }: Asked) {
  const rules = makeFollowUps({ assign })
  const rule = makeRule({ assign: own ?? null })
  return ownerCandidates({ owner: owner ?? null, qualified: qualified ?? null, lead: makeLead(lead), rule, rules })
}

const All = ['keeper', 'qualified', 'by id', 'by short id', 'by title', 'by country', 'ann', 'bob']
const us = { offer: { title: 'Contoso Analytics' }, person: { email: 'jane@contoso.com', country: 'US' } }

describe('who may have a task', () => {
  it.each<[string, Asked, readonly string[]]>([
    ['nobody, where the CRM is to say and does not', {}, []],
    ['whoever has the record', { owner: 'keeper' }, ['keeper']],
    [
      'the record’s before the qualification’s before the rule’s',
      { owner: 'keeper', qualified: 'qualified', assign: { kind: 'fixed', owner: 'eve' } },
      ['keeper', 'qualified', 'eve'],
    ],
    ['the rule’s own instead of everybody’s', { assign: rotation, own: { kind: 'fixed', owner: 'eve' } }, ['eve']],
    ['the rule’s own, even where it leaves it to the CRM', { assign: rotation, own: { kind: 'crm' } }, []],
    [
      'those of the offer, then of the country, then the others',
      { owner: 'keeper', qualified: 'qualified', assign: table, lead: us },
      All,
    ],
    [
      'the others alone, for a lead that is in no table',
      { assign: table, lead: { offer: { publisherId: null, offerId: 'x' } } },
      ['ann', 'bob'],
    ],
    [
      'nobody else, where a table has no others',
      { assign: { ...table, otherwise: null }, lead: { offer: { offerId: 'x' } } },
      [],
    ],
    ['each asked for once', { owner: 'ann', assign: rotation }, ['ann', 'bob']],
  ])('%s', (_, asked, names) => {
    expect(namesIn(candidates(asked))).toEqual(names)
  })
})

describe('who has it', () => {
  const all = candidates({ owner: 'keeper', qualified: 'qualified', assign: table, lead: us })

  it.each([
    [[], { kind: 'one', owner: 'keeper' }],
    [['keeper'], { kind: 'one', owner: 'qualified' }],
    [['keeper', 'qualified', 'by id', 'by short id', 'by title'], { kind: 'one', owner: 'by country' }],
    [All.slice(0, 6), { kind: 'turn', key: 'team', owners: ['ann', 'bob'], able: ['ann', 'bob'] }],
    [[...All.slice(0, 6), 'ann'], { kind: 'turn', key: 'team', owners: ['ann', 'bob'], able: ['bob'] }],
    [All, null],
  ])('is the first who can, without %j', (inactive, first) => {
    expect(firstOf(all, (owner) => !inactive.includes(owner))).toEqual(first)
  })

  it('is nobody only where none can, and never one who cannot', () => {
    fc.assert(
      fc.property(fc.subarray(All), (able) => {
        const first = firstOf(all, (owner) => able.includes(owner))
        const owners = first === null ? [] : first.kind === 'one' ? [first.owner] : first.able
        expect(owners.length > 0).toBe(able.length > 0)
        for (const owner of owners) expect(able).toContain(owner)
      }),
    )
  })
})

it('all whom assignments, rules and the qualification name are found, each once', () => {
  const rules = makeFollowUps({
    assign: table,
    rules: [makeRule({ assign: { kind: 'fixed', owner: 'eve' } }), makeRule({ assign: { kind: 'crm' } })],
  })
  const qualification = {
    ...NoQualification,
    rules: [{ when: {}, score: 0, reason: 'any', owner: 'ann' }],
    bands: [{ from: 1, owner: 'zoe' }, { from: 0 }],
  }
  expect(ownersNamed(rules, qualification).toSorted()).toEqual(
    ['ann', 'bob', 'by country', 'by id', 'by short id', 'by title', 'eve', 'nobody', 'zoe'].toSorted(),
  )
})
