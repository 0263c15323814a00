import { describe, expect, it } from 'vitest'
import { type AcceptRules, accepts, Lead } from '../../src/core/index.ts'

const lead = Lead.parse({
  v: 1,
  id: 'lead-1',
  channel: 'marketplace',
  receivedAt: '2026-11-23T10:00:00.000Z',
  occurredAt: '2026-11-23T10:00:00.000Z',
  action: 'PLT',
  offer: { publisherId: 'contoso', offerId: 'contoso-analytics', title: 'Contoso Analytics' },
  person: { email: 'jane@contoso.com', country: 'US' },
  tags: ['token:appsource-1', 'emea'],
  raw: null,
})

const bare = Lead.parse({
  v: 1,
  id: 'lead-2',
  channel: 'queue',
  receivedAt: lead.receivedAt,
  occurredAt: lead.occurredAt,
  raw: null,
})

describe('accept', () => {
  it.each<[string, AcceptRules, boolean]>([
    ['no list wants every lead', {}, true],
    ['a token is the tag that intake gave', { tokens: ['appsource-1'] }, true],
    ['another token is not wanted', { tokens: ['appsource-2'] }, false],
    ['a tag may name a token', { tags: ['token:appsource-1'] }, true],
    ['one tag of the list is enough', { tags: ['apac', 'emea'] }, true],
    ['letter case does not matter', { tags: ['EMEA'], publishers: ['CONTOSO'], actions: ['plt'], countries: ['us'] }, true],
    ['an offer by publisher and id', { offers: ['Contoso.contoso-analytics'] }, true],
    ['an offer by its id alone', { offers: ['contoso-analytics'] }, true],
    ['an offer by its title', { offers: ['contoso analytics'] }, true],
    ['the same offer id of another publisher', { offers: ['fabrikam.contoso-analytics'] }, false],
    ['part of an offer id', { offers: ['contoso'] }, false],
    ['another publisher', { publishers: ['fabrikam'] }, false],
    ['another action', { actions: ['INS', 'DNC'] }, false],
    ['another country', { countries: ['CA', 'MX'] }, false],
    ['a tag that is refused', { notTags: ['own-domain', 'EMEA'] }, false],
    ['a tag that is refused, though a list wants another', { tags: ['token:appsource-1'], notTags: ['emea'] }, false],
    ['no tag that is refused', { notTags: ['own-domain'] }, true],
    ['all lists must agree', { tokens: ['appsource-1'], countries: ['CA'] }, false],
  ])('%s', (_, rules, expected) => {
    expect(accepts(rules, lead)).toBe(expected)
  })

  it.each<[string, AcceptRules]>([
    ['tokens', { tokens: ['a'] }],
    ['publishers', { publishers: ['null'] }],
    ['offers', { offers: ['null.null'] }],
    ['actions', { actions: ['null'] }],
    ['countries', { countries: ['US'] }],
  ])('a lead that says nothing is not wanted by a list of %s', (_, rules) => {
    expect(accepts(rules, bare)).toBe(false)
    expect(accepts({}, bare)).toBe(true)
  })
})
