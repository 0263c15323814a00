import { describe, expect, it } from 'vitest'
import { normalizeMarketplace } from '../../src/core/index.ts'
import { Context, Jane, leadOf } from './context.ts'

const Documented = {
  UserDetails: {
    FirstName: 'Some',
    LastName: 'One',
    Email: 'someone@contoso.com',
    Phone: '16175555555',
    Country: 'USA',
    Company: 'Contoso',
    Title: 'Esquire',
  },
  LeadSource: 'AzureMarketplace',
  ActionCode: 'INS',
  OfferTitle: 'Test Microsoft',
  Description: 'Test run through Power Automate',
}
const SomeOne = {
  email: 'someone@contoso.com',
  phone: '+16175555555',
  phoneRaw: '16175555555',
  firstName: 'Some',
  lastName: 'One',
  company: 'Contoso',
  jobTitle: 'Esquire',
  country: 'US',
  countryRaw: 'USA',
}
const { UserDetails, ...beside } = Documented

describe('a marketplace lead', () => {
  it('has everything that the documented example says, and nothing else', () => {
    expect(leadOf(Documented)).toEqual({
      v: 1,
      id: '01JDCONTEXT',
      channel: 'marketplace',
      externalId: null,
      receivedAt: '2026-11-23T10:00:00.000Z',
      occurredAt: '2026-11-23T10:00:00.000Z',
      occurredPrecision: 'exact',
      source: 'AzureMarketplace',
      sourceRaw: 'AzureMarketplace',
      action: 'INS',
      stage: 'active',
      offer: { publisherId: null, offerId: null, title: 'Test Microsoft', productId: null },
      person: SomeOne,
      notes: 'Test run through Power Automate',
      campaign: {},
      test: false,
      tags: ['token:appsource-1', 'emea'],
      raw: Documented,
    })
  })

  it.each([
    [
      'camelCase keys, as they come over the wire',
      {
        userDetails: {
          firstName: 'Some',
          lastName: 'One',
          email: 'someone@contoso.com',
          phone: '16175555555',
          country: 'USA',
          company: 'Contoso',
          title: 'Esquire',
        },
        leadSource: 'AzureMarketplace',
        actionCode: 'INS',
        offerTitle: 'Test Microsoft',
        description: 'Test run through Power Automate',
      },
    ],
    ['a camelCase object with PascalCase fields', { userDetails: UserDetails, ...beside }],
    ['UserDetails as JSON in text', { UserDetails: JSON.stringify(UserDetails), ...beside }],
    [
      'the Azure table columns',
      {
        CustomerInfo: JSON.stringify(UserDetails),
        LeadSource: 'AzureMarketplace-INS',
        OfferDisplayName: 'Test Microsoft',
        Description: Documented.Description,
      },
    ],
    ['fields beside each other', { ...UserDetails, ...beside }],
    ['fields beside an empty UserDetails', { UserDetails: {}, ...UserDetails, ...beside }],
    [
      "Salesforce's web-to-lead names",
      {
        first_name: 'Some',
        last_name: 'One',
        email: 'someone@contoso.com',
        phone: '16175555555',
        country: 'USA',
        company: 'Contoso',
        title: 'Esquire',
        lead_source: 'AzureMarketplace-INS|Test Microsoft',
        description: Documented.Description,
      },
    ],
    ['a numeric phone', { ...Documented, UserDetails: { ...UserDetails, Phone: 16175555555 } }],
  ])('is the same with %s', (_what, body) => {
    const { raw: _raw, ...lead } = leadOf(body)
    const { raw: _documented, ...documented } = leadOf(Documented)
    expect(lead).toEqual(documented)
  })

  it.each([
    ['AzureMarketplace', 'INS', 'AzureMarketplace', 'AzureMarketplace', 'INS'],
    ['AppSource (SPZA)-PLT|contoso.analytics', undefined, 'AppSource', 'AppSource (SPZA)', 'PLT'],
    ['AppSource (SPZA) - PLT | contoso.analytics', undefined, 'AppSource', 'AppSource (SPZA)', 'PLT'],
    ['SPZA-DNC|contoso.analytics', undefined, 'AppSource', 'SPZA', 'DNC'],
    ['SPZA', 'dnc', 'AppSource', 'SPZA', 'DNC'],
    ['AzurePortal-Create|contoso.x', undefined, 'AzurePortal', 'AzurePortal', 'Create'],
    ['TestDrive-StartTestDrive|contoso.x', undefined, 'TestDrive', 'TestDrive', 'StartTestDrive'],
    ['AzureMarketplace-XYZ', undefined, 'AzureMarketplace', 'AzureMarketplace', 'XYZ'],
    ['New-Store-PLT|contoso.x', undefined, 'New-Store', 'New-Store', 'PLT'],
    ['NewStore-NewAction|contoso.x', undefined, 'NewStore', 'NewStore', 'NewAction'],
    ['Co-Sell', 'INS', 'Co-Sell', 'Co-Sell', 'INS'],
    ['Co-Sell', undefined, 'Co-Sell', 'Co-Sell', null],
    ['AzureMarketplace-PLT|contoso.x', 'INS', 'AzureMarketplace', 'AzureMarketplace', 'INS'],
    ['NewStore-NewAction', 'newaction', 'NewStore', 'NewStore', 'newaction'],
    ['AppSource-|contoso.x', undefined, 'AppSource', 'AppSource', null],
    [' | contoso.x', undefined, null, null, null],
    ['', 'INS', null, null, 'INS'],
    [undefined, undefined, null, null, null],
  ])('reads LeadSource %j with ActionCode %j as %j (raw %j), %j', (LeadSource, ActionCode, source, sourceRaw, action) => {
    expect(leadOf({ UserDetails: Jane, LeadSource, ActionCode })).toMatchObject({ source, sourceRaw, action })
  })

  it.each([
    ['contoso.analytics', undefined, { publisherId: 'contoso', offerId: 'analytics', title: null }],
    [
      'checkpoint.check-point-r77-10sg-byol',
      'R77',
      { publisherId: 'checkpoint', offerId: 'check-point-r77-10sg-byol', title: 'R77' },
    ],
    [
      'docusign.3701c77e-1cfa-4c56-91e6-3ed0b62214',
      undefined,
      { publisherId: 'docusign', offerId: '3701c77e-1cfa-4c56-91e6-3ed0b62214' },
    ],
    ['a.b.c', undefined, { publisherId: 'a', offerId: 'b.c' }],
    ['Contoso Analytics 2.0', undefined, { publisherId: null, offerId: null, title: 'Contoso Analytics 2.0' }],
    ['Contoso.NET', 'Contoso.NET', { publisherId: null, offerId: null, title: 'Contoso.NET' }],
    ['Contoso | Analytics', undefined, { title: 'Contoso | Analytics' }],
  ])('reads the offer %j beside the title %j', (named, OfferTitle, offer) => {
    expect(leadOf({ ...Jane, LeadSource: `AppSource-INS|${named}`, OfferTitle }).offer).toMatchObject(offer)
  })

  it("fills in the token's own offer only where the lead names none", () => {
    const context = { ...Context, offer: { publisherId: 'own', offerId: 'offer' } }
    expect(leadOf({ ...Jane, OfferTitle: 'T' }, context).offer).toEqual({
      publisherId: 'own',
      offerId: 'offer',
      title: 'T',
      productId: null,
    })
    expect(leadOf({ ...Jane, LeadSource: 'SPZA-INS|a.b', ProductId: 7 }, context).offer).toEqual({
      publisherId: 'a',
      offerId: 'b',
      title: null,
      productId: '7',
    })
  })

  it.each([
    ['Please call me.\r\nAfter 5 pm.', 'Please call me.\nAfter 5 pm.', {}],
    [' ', null, {}],
    ['Campaigns: ', null, {}],
    ['Campaigns: autumn-2026', null, { campaigns: 'autumn-2026' }],
    ['Campaigns: autumn\nPlease call', 'Please call', { campaigns: 'autumn' }],
    ['{"mktcmpid":"1234","partnerid":"98765"}', null, { mktcmpid: '1234', partnerid: '98765' }],
    ['{&quot;mktcmpid&quot;:&quot;1234&quot;}', null, { mktcmpid: '1234' }],
    [
      '{"id":1234,"on":true,"none":null,"blank":"","deep":{"a":[1]},"__proto__":"x"}',
      null,
      { id: '1234', on: 'true', deep: '{"a":[1]}' },
    ],
    [{ mktcmpid: '1234' }, null, { mktcmpid: '1234' }],
    ['{not json}', '{not json}', {}],
    ['["a"]', '["a"]', {}],
    [42, '42', {}],
    [['a'], null, {}],
  ])('reads the description %j', (Description, notes, campaign) => {
    const lead = leadOf({ ...Jane, Description })
    expect({ notes: lead.notes, campaign: lead.campaign }).toEqual({ notes, campaign })
  })

  it.each([
    ['the description', { ...Jane, Description: 'MSFT_TEST_636573304831318844' }],
    ['a field that is not ours', { ...Jane, Extra: { deep: ['msft_test_1'] } }],
    ['the source', { ...Jane, LeadSource: 'MSFT_TEST_1-MSFT_TEST_1|Offer' }],
  ])('is a test when the marker stands in %s', (_where, body) => {
    expect(leadOf(body).test).toBe(true)
  })

  it('takes the documented spelling when keys differ in case only, unless that one is blank', () => {
    expect(leadOf({ email: 'second@contoso.com', EMAIL: 'third@contoso.com', Email: 'first@contoso.com' }).person.email).toBe(
      'first@contoso.com',
    )
    expect(leadOf({ Email: ' ', email: 'second@contoso.com' }).person.email).toBe('second@contoso.com')
    expect(leadOf({ userDetails: { Company: 'B' }, UserDetails: { Company: 'A' } }).person.company).toBe('A')
  })

  it('keeps values that are too long for any CRM in full', () => {
    const long = 'x'.repeat(10_000)
    expect(leadOf({ ...Jane, Company: long, Description: long })).toMatchObject({ person: { company: long }, notes: long })
  })

  it('keeps an e-mail that can not be read where a person will see it', () => {
    const lead = leadOf({ FirstName: 'Jane', Email: 'jane at contoso', Description: 'Call me' })
    expect(lead).toMatchObject({ person: { email: null }, notes: 'Call me\nE-mail as it arrived: jane at contoso' })
  })

  it('never occurs after it was received', () => {
    expect(leadOf(Jane, { ...Context, occurredAt: '2026-11-23T12:00:00+01:00' }).occurredAt).toBe('2026-11-23T10:00:00.000Z')
    expect(leadOf(Jane, { ...Context, occurredAt: '2026-11-23T10:30:00+01:00' }).occurredAt).toBe('2026-11-23T09:30:00.000Z')
  })

  it.each([
    ['a list', [], 'A lead is a JSON object; this body is a list.'],
    ['null', null, 'A lead is a JSON object; this body is null.'],
    ['a text', 'hello', 'A lead is a JSON object; this body is a string.'],
    ['an empty object', {}, 'The lead names nobody: it has no e-mail, phone, name or company.'],
    [
      'a lead whose values were lost',
      {
        userDetails: { firstName: '', lastName: ' ', email: '', phone: '&nbsp;', company: '\u200b' },
        leadSource: 'AppSource',
        offerTitle: 'X',
      },
      'The lead names nobody: it has no e-mail, phone, name or company.',
    ],
    [
      'objects where text should be',
      { Email: {}, FirstName: ['a'] },
      'The lead names nobody: it has no e-mail, phone, name or company.',
    ],
    [
      'nothing but an unreadable e-mail',
      { Email: 'jane' },
      'The lead names nobody: it has no phone, name or company, and its e-mail can not be read as an address.',
    ],
  ])('is refused when the body is %s', (_what, parsed, reason) => {
    expect(normalizeMarketplace(parsed, Context)).toEqual({ ok: false, reason })
  })
})
