import { describe, expect, it } from 'vitest'
import { DeliveryError, type Fields, type RecordWrite } from '../../../src/core/index.ts'
import { change, contact, described, Key, lead, orgOf, planned } from './writing.ts'

/** What one write sends, without what says which record it is. */
function sentOf(write: RecordWrite, org = orgOf(), settings: Record<string, unknown> = {}) {
  const { requests, settled } = planned([write], { org }, settings)
  const { attributes: _, id: __, ...sent } = requests[0]?.rows[0]?.record ?? {}
  const outcome = settled.get(0)
  const dropped = requests[0]?.rows[0]?.dropped ?? (outcome instanceof DeliveryError ? [] : (outcome?.dropped ?? []))
  return { sent, outcome, dropped: Object.fromEntries(dropped.map(({ field, reason }) => [field, reason])) }
}

const names = { LastName: 'Doe', Company: 'Contoso' }

describe('fields by what the org says of them', () => {
  it('go out under Salesforce’s own spelling, in the type that it has', () => {
    const { sent } = sentOf(change(1, { title: 7, LEADSYNC_LAST_LEAD_AT__C: '2026-11-23T10:00:00.000Z', donotcall: 'true' }))
    expect(sent).toEqual({ Title: '7', leadsync_last_lead_at__c: '2026-11-23T10:00:00.000Z', DoNotCall: true })
  })

  it.each<[string, Fields, string]>([
    ['is not there, or hidden', { Nobody__c: 'x' }, 'field-level security'],
    ['is read-only', { CreatedDate: '2026-11-23T10:00:00.000Z' }, 'read-only'],
    ['never is empty', { DoNotCall: null }, 'empty'],
    ['is too short for the text', { FirstName: 'x'.repeat(41) }, '40 characters'],
  ])('are left out with a reason when one %s', (_, fields, reason) => {
    const { sent, dropped } = sentOf(change(1, { Title: 'kept', ...fields }))
    expect(sent).toEqual({ Title: 'kept' })
    expect(Object.values(dropped)).toEqual([expect.stringContaining(reason)])
    expect(Object.keys(dropped)).toEqual(Object.keys(fields))
  })

  it('refuse the record when one is required and can not be written', () => {
    const { outcome } = sentOf(change(1, { Nobody__c: 'x', Title: 'y' }, { required: ['Nobody__c'] }))
    expect(outcome).toMatchObject({ code: 'invalid', fields: ['Nobody__c'] })
  })

  it('are all sent when nothing is known of the org', () => {
    const { sent, dropped } = sentOf(change(1, { Nobody__c: 'x', FirstName: 'x'.repeat(41) }), orgOf(null, null))
    expect([Object.keys(sent), dropped]).toEqual([['Nobody__c', 'FirstName'], {}])
  })

  it('count what a reader counts: a text of emoji fits that has as many as the field', () => {
    const { sent } = sentOf(change(1, { FirstName: '👋'.repeat(40) }))
    expect(sent).toEqual({ FirstName: '👋'.repeat(40) })
  })

  it('may be read-only for a change and not for a new record', () => {
    const org = orgOf(described('Lead', { Title: { createable: true, updateable: false } }))
    expect(sentOf(lead(1, { fields: { Title: 'x' } }), org).sent).toHaveProperty('Title', 'x')
    expect(sentOf(change(1, { Title: 'x' }), org).dropped).toHaveProperty('Title')
  })

  it.each(['Status', 'status'])('give a new Lead its %s, and never one that is there: that is for sales to say', (name) => {
    const org = orgOf(described('Lead', { Status: { type: 'picklist' } }))
    expect(sentOf(lead(1, { fields: { [name]: 'Working' } }), org).sent).toHaveProperty('Status', 'Working')
    const { sent, dropped } = sentOf(change(1, { [name]: 'Working', Title: 'x' }), org)
    expect([sent, dropped]).toEqual([{ Title: 'x' }, { [name]: expect.stringContaining('create-only') }])
    expect(sentOf(change(1, { [name]: 'Working', Title: 'x' }), orgOf(null, null)).sent).toEqual({ Title: 'x' })
  })

  it('that a new record leaves empty are not sent', () => {
    expect(sentOf(lead(1, { fields: { Title: null } })).sent).not.toHaveProperty('Title')
  })
})

describe('last name and company', () => {
  it.each<[string, RecordWrite, Fields]>([
    ['a new Lead', lead(1, { fields: { LastName: null, Company: ' ' } }), { LastName: '[unknown]', Company: '[unknown]' }],
    [
      'a new Lead whose company the lead names',
      lead(1, { fields: { Company: null }, company: 'Contoso' }),
      { Company: 'Contoso' },
    ],
    ['a new Lead whose names are spelt otherwise', lead(1, { fields: { LastName: null, lastname: 'Doe' } }), { LastName: 'Doe' }],
    ['a new Contact', contact(1, { fields: {} }), { LastName: '[unknown]' }],
  ])('never miss on %s', (_, write, expected) => {
    expect(sentOf(write).sent).toMatchObject(expected)
  })

  it('are what the settings say where the lead says nothing', () => {
    const settings = { placeholders: { lastName: '(none)', company: '(none given)' } }
    const write = lead(1, { fields: { LastName: null, Company: null } })
    expect(sentOf(write, orgOf(), settings).sent).toMatchObject({ LastName: '(none)', Company: '(none given)' })
  })

  it('fit their fields even where they are not mapped', () => {
    expect(sentOf(lead(1, { fields: { Company: null }, company: 'x'.repeat(300) })).sent.Company).toBe('x'.repeat(255))
  })

  it('are not put on a record that exists', () => {
    expect(sentOf(change(1, { Title: 'x' })).sent).toEqual({ Title: 'x' })
  })

  it('are never cleared', () => {
    const { sent, dropped } = sentOf(change(1, { LastName: null, Company: null, Title: 'x' }))
    expect([sent, Object.keys(dropped)]).toEqual([{ Title: 'x' }, ['LastName', 'Company']])
  })

  it('are cut to what the field holds, and the cut is told', () => {
    const { sent, dropped } = sentOf(lead(1, { fields: { LastName: 'x'.repeat(90) } }))
    expect(sent.LastName).toBe('x'.repeat(80))
    expect(dropped).toEqual({ LastName: expect.stringContaining('80') })
  })
})

describe('state and country picklists', () => {
  const options = [
    { value: 'US', label: 'United States' },
    { value: 'MX', label: 'Mexico' },
  ]
  const states = [
    { value: 'WA', label: 'Washington' },
    { value: 'LP', label: 'La Paz' },
    { value: 'LPZ', label: 'La Paz' },
  ]
  const org = orgOf(
    described('Lead', {
      Country: {},
      CountryCode: { type: 'picklist', picklistValues: options },
      State: {},
      StateCode: { picklistValues: states, type: 'picklist' },
    }),
    described('Contact', { MailingCountry: {}, MailingCountryCode: { type: 'picklist', picklistValues: options } }),
  )

  it.each(['US', 'us', 'United States', ' united states '])('take %j as a code', (Country) => {
    expect(sentOf(change(1, { Country }), org).sent).toEqual({ CountryCode: 'US' })
  })

  it('are the Contact’s as well', () => {
    const { sent } = sentOf(change(1, { MailingCountry: 'Mexico' }, { object: 'contact' }), org)
    expect(sent).toEqual({ MailingCountryCode: 'MX' })
  })

  it.each(['Atlantis', ''])('take nothing that is no entry: %j', (Country) => {
    expect(Object.keys(sentOf(change(1, { Country }), org).dropped)).toEqual(['Country'])
  })

  it('take no state whose name two countries have', () => {
    expect(sentOf(change(1, { State: 'La Paz' }), org)).toMatchObject({
      sent: {},
      dropped: { State: expect.stringContaining('StateCode') },
    })
  })

  it('are cleared as a code', () => {
    expect(sentOf(change(1, { Country: null }), org).sent).toEqual({ CountryCode: null })
  })

  it('leave a mapping alone that writes codes itself', () => {
    const { sent } = sentOf(change(1, { Country: 'United States', CountryCode: 'US' }), org)
    expect(sent).toEqual({ Country: 'United States', CountryCode: 'US' })
  })

  it('are plain text where the org has none', () => {
    const plain = orgOf(described('Lead', { Country: {} }))
    expect(sentOf(change(1, { Country: 'US' }), plain).sent).toEqual({ Country: 'US' })
  })
})

describe('opt-outs', () => {
  it('are only ever set', () => {
    const { sent } = sentOf(change(1, {}, { optOut: ['email', 'phone'] }))
    expect(sent).toEqual({ HasOptedOutOfEmail: true, DoNotCall: true })
  })

  it('that the user may not see are told, and cost nothing else', () => {
    const org = orgOf(described('Lead', { HasOptedOutOfEmail: null }))
    const { sent, dropped } = sentOf(change(1, {}, { optOut: ['email', 'phone'] }), org)
    expect([sent, Object.keys(dropped)]).toEqual([{ DoNotCall: true }, ['HasOptedOutOfEmail']])
  })
})

describe('the contact id', () => {
  const plain = described('Lead', { leadsync_contact_id__c: { ...Key, unique: false } })

  it('is given to a record that exists where it is a key', () => {
    expect(sentOf(change(1, { LEADSYNC_contact_id__c: 'c-1' })).sent).toEqual({ leadsync_contact_id__c: 'c-1' })
  })

  it('is left out where the org’s field is none, even though it is required', () => {
    const write = change(1, { leadsync_contact_id__c: 'c-1', Title: 'x' }, { required: ['leadsync_contact_id__c'] })
    const { sent, dropped } = sentOf(write, orgOf(plain))
    expect([sent, dropped]).toEqual([{ Title: 'x' }, { leadsync_contact_id__c: expect.stringContaining('unique') }])
  })

  it('is not spoken of where the settings say that there is none', () => {
    const write = change(1, { none: 'c-1', Title: 'x' }, { required: ['none'] })
    const { sent, dropped } = sentOf(write, orgOf(undefined, undefined, 'none'), { contactIdField: 'none' })
    expect([sent, dropped]).toEqual([{ Title: 'x' }, {}])
  })

  it('must be there for a customer who could not be found again', () => {
    const nameless = lead(1, { email: null, fields: { LastName: null, Company: 'Contoso', Phone: '+16175555555' } })
    expect(sentOf(nameless, orgOf(plain)).outcome).toMatchObject({ code: 'invalid', fields: ['leadsync_contact_id__c'] })
    expect(sentOf({ ...nameless, fields: { ...names, Phone: '+1617' } }, orgOf(plain)).outcome).toBeUndefined()
  })
})
