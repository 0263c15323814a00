import { describe, expect, it } from 'vitest'
import { isWithin, readDomain } from '../../src/core/domain.ts'
import { readEmail } from '../../src/core/normalize/email.ts'
import { judgeOwn, type OwnDomains } from '../../src/core/own-domain.ts'
import { makeLead } from './deciding.ts'

function own(leads: OwnDomains['leads'], ...domains: readonly string[]): OwnDomains {
  return { leads, domains: domains.map((domain) => readDomain(domain) ?? expect.unreachable()) }
}

describe('a domain', () => {
  it.each([
    ['contoso.com', 'contoso.com'],
    [' Contoso.COM ', 'contoso.com'],
    ['contoso.com.', 'contoso.com'],
    ['mail.contoso.co.uk', 'mail.contoso.co.uk'],
    ['müller.de', 'xn--mller-kva.de'],
    ['MÜLLER.de', 'xn--mller-kva.de'],
    ['xn--mller-kva.de', 'xn--mller-kva.de'],
  ])('%j is kept as %j', (text, expected) => {
    expect(readDomain(text)).toBe(expected)
  })

  it.each([
    '',
    'contoso',
    '.com',
    '@contoso.com',
    'jane@contoso.com',
    '*.contoso.com',
    'contoso.com, fabrikam.com',
    'contoso.com;x',
    'https://contoso.com',
    'a b.com',
    'x <a@contoso.com>',
    '10.0.0.1',
  ])('%j is none', (text) => {
    expect(readDomain(text)).toBeNull()
  })

  it.each([
    ['contoso.com', true],
    ['dev.eu.contoso.com', true],
    ['notcontoso.com', false],
    ['contoso.com.evil.example', false],
    ['com', false],
  ])('%s is within contoso.com: %s', (domain, expected) => {
    expect(isWithin(domain, ['fabrikam.com', 'contoso.com'])).toBe(expected)
  })
})

describe('a lead of the publisher’s own people', () => {
  it.each<[string, OwnDomains, readonly string[], boolean]>([
    ['is like any other where that is said', own('deliver', 'contoso.com'), ['web'], false],
    ['is tagged', own('tag', 'fabrikam.com', 'contoso.com'), ['web', 'own-domain'], false],
    ['is held', own('hold', 'contoso.com'), ['web'], true],
    ['of another company is not', own('hold', 'fabrikam.com'), ['web'], false],
  ])('%s', (_, rules, tags, held) => {
    const lead = makeLead({ tags: ['web'] })
    expect(judgeOwn(lead, rules)).toEqual({ lead: { ...lead, tags }, held })
  })

  it('is known by its domain in punycode and in Unicode', () => {
    for (const typed of ['jane@müller.de', 'Jane@XN--MLLER-KVA.de', 'jane@entwicklung.Müller.de']) {
      const lead = makeLead({ person: { email: readEmail(typed).email } })
      for (const domain of ['müller.de', 'xn--mller-kva.de']) expect(judgeOwn(lead, own('hold', domain)).held).toBe(true)
    }
  })

  it('is none without an e-mail', () => {
    expect(judgeOwn(makeLead({ person: { company: 'contoso.com' } }), own('hold', 'contoso.com')).held).toBe(false)
  })

  it('that says no is never held', () => {
    for (const action of ['DNC', 'dnc']) expect(judgeOwn(makeLead({ action }), own('hold', 'contoso.com')).held).toBe(false)
  })
})

it.each(['own-domain', 'Own-Domain', ' own-domain '])('the tag %j of a stranger is taken off', (tag) => {
  const lead = makeLead({ tags: [tag, 'web'], person: { email: 'jane@stranger.example' } })
  for (const leads of ['deliver', 'tag', 'hold'] as const) {
    expect(judgeOwn(lead, own(leads, 'contoso.com'))).toMatchObject({ lead: { tags: ['web'] }, held: false })
  }
})

it('who is tagged once is not tagged twice', () => {
  const once = judgeOwn(makeLead(), own('tag', 'contoso.com')).lead
  expect(judgeOwn(once, own('tag', 'contoso.com')).lead.tags).toEqual(['own-domain'])
})
