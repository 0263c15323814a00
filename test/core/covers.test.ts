import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, followUps, type Offer, refusedOffers, type SuppressionEntry, stands } from '../../src/core/index.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { no } from './deciding.ts'
import { suppression } from './deciding-arbitraries.ts'

const own = { publisherId: 'contoso', offerId: 'analytics', title: null, productId: null }
const other = { ...own, offerId: 'other' }
const nameless = { ...own, publisherId: null, offerId: null }
const lead = (offer: Offer, action = 'INS') => makeLead({ action, offer })

function kinds(offer: Offer, entries: readonly SuppressionEntry[]): string {
  const { email, phone } = followUps(lead(offer), entries)
  return `email ${email.kind}, phone ${phone.kind}`
}

describe('which follow-ups a lead may have', () => {
  it.each([
    { says: 'nobody', entries: [], offer: own, verdicts: 'email allowed, phone allowed' },
    { says: 'the marketplace about this offer', entries: [no()], offer: own, verdicts: 'email covered, phone covered' },
    { says: 'the marketplace about another offer', entries: [no()], offer: other, verdicts: 'email allowed, phone allowed' },
    {
      says: 'the marketplace, and the lead names no offer',
      entries: [no()],
      offer: nameless,
      verdicts: 'email covered, phone covered',
    },
    {
      says: 'the marketplace about everything',
      entries: [no({ offer: null })],
      offer: other,
      verdicts: 'email covered, phone covered',
    },
    {
      says: 'nobody any more',
      entries: [no({ since: hours(1), liftedAt: hours(2) })],
      offer: own,
      verdicts: 'email allowed, phone allowed',
    },
    {
      says: 'the marketplace at the time of the lift',
      entries: [no({ since: hours(2), liftedAt: hours(2) })],
      offer: own,
      verdicts: 'email covered, phone covered',
    },
    {
      says: 'an opt-out list, for e-mail',
      entries: [no({ source: 'import', channel: 'email', offer: null })],
      offer: own,
      verdicts: 'email covered, phone allowed',
    },
    {
      says: 'a CRM, for the phone',
      entries: [no({ source: 'crm', crm: 'hubspot', channel: 'phone', offer: null })],
      offer: own,
      verdicts: 'email allowed, phone covered',
    },
  ])('when $says says no: $verdicts', ({ entries, offer, verdicts }) => {
    expect(kinds(offer, entries)).toBe(verdicts)
  })

  it.each([
    { key: 'contoso.analytics', offer: { ...own, title: 'Analytics' }, covered: true },
    { key: 'contoso analytics', offer: { ...own, title: 'Contoso Analytics' }, covered: true },
    { key: 'contoso analytics', offer: { ...own, title: 'Contoso CRM' }, covered: false },
    { key: 'contoso.crm', offer: { ...own, title: 'Contoso CRM' }, covered: false },
    { key: 'contoso.crm', offer: { ...nameless, title: 'Contoso Analytics' }, covered: true },
    { key: 'contoso crm', offer: own, covered: true },
    { key: 'contoso crm', offer: { ...nameless, title: 'Contoso Analytics' }, covered: false },
    { key: 'analytics', offer: { ...own, title: 'Something' }, covered: true },
    { key: 'crm', offer: { ...own, title: 'Something' }, covered: false },
  ])(
    'are covered by a no about $key where that may be the offer ($offer.offerId, $offer.title): $covered',
    ({ key, offer, covered }) => {
      expect(kinds(offer, [no({ offer: key })])).toBe(covered ? 'email covered, phone covered' : 'email allowed, phone allowed')
    },
  )

  it.each(['DNC', 'dnc'])('are none for a do-not-contact itself (%s), even after it was lifted', (action) => {
    const lifted = [no({ since: hours(1), liftedAt: hours(2) })]
    expect(followUps(lead(own, action), lifted)).toMatchObject({ email: { kind: 'none' }, phone: { kind: 'none' } })
  })

  it('name the entry that stands in the way', () => {
    const entry = no({ source: 'admin', channel: 'phone', offer: null, reason: 'asked by letter' })
    expect(followUps(lead(own), [no({ offer: 'a.b' }), entry]).phone).toEqual({ kind: 'covered', by: entry })
  })

  it('are never more when one more says no, and never fewer when one is lifted', () => {
    fc.assert(
      fc.property(suppression, suppression, fc.constantFrom(own, other, nameless), (entries, more, offer) => {
        const [few, many] = [followUps(lead(offer), [...entries, ...more]), followUps(lead(offer), entries)]
        for (const channel of ['email', 'phone'] as const) {
          if (few[channel].kind === 'allowed') expect(many[channel].kind).toBe('allowed')
        }
        const lifted = entries.map((entry) => ({ ...entry, liftedAt: new Date(Date.parse(entry.since) + 1).toISOString() }))
        expect(lifted.some(stands)).toBe(false)
        expect(kinds(offer, lifted)).toBe('email allowed, phone allowed')
      }),
    )
  })
})

describe('the offers about which a channel is closed', () => {
  it.each([
    { entries: [no()], email: ['contoso.analytics'] },
    { entries: [no(), no({ offer: 'a.b' }), no()], email: ['a.b', 'contoso.analytics'] },
    { entries: [no(), no({ offer: null })], email: 'any' },
    { entries: [no({ channel: 'phone' })], email: [] },
  ])('are $email', ({ entries, email }) => {
    expect(refusedOffers(entries, 'email')).toEqual(email)
  })

  it('are those that cover it', () => {
    fc.assert(
      fc.property(suppression, fc.constantFrom('email', 'phone'), (entries, channel) => {
        const refused = refusedOffers(entries, channel)
        for (const { offer } of entries) {
          const [publisherId = '', offerId = ''] = (offer ?? 'some.other').split('.')
          const asked = lead({ ...own, publisherId, offerId, title: 'Some Title' })
          const isCovered = entries.some((entry) => covers(entry, asked, channel))
          expect(isCovered).toBe(refused === 'any' || refused.includes(`${publisherId}.${offerId}`))
        }
      }),
    )
  })
})
