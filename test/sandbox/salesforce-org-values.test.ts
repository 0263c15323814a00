import { expect, it } from 'vitest'
import { codes, jane, openOrg } from './salesforce-org.ts'

it.each([
  ['Lead', { Company: 'Contoso' }, 'REQUIRED_FIELD_MISSING', ['LastName']],
  ['Lead', { LastName: ' ', Company: '' }, 'REQUIRED_FIELD_MISSING', ['LastName', 'Company']],
  ['Contact', { FirstName: 'Jane' }, 'REQUIRED_FIELD_MISSING', ['LastName']],
  ['Lead', { ...jane, FirstName: 'x'.repeat(41) }, 'STRING_TOO_LONG', ['FirstName']],
  ['Lead', { ...jane, leadsync_contact_id__c: 'x'.repeat(81) }, 'STRING_TOO_LONG', ['leadsync_contact_id__c']],
  ['Lead', { ...jane, Email: 'foo' }, 'INVALID_EMAIL_ADDRESS', ['Email']],
  ['Lead', { ...jane, Region__c: 'Mars' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', ['Region__c']],
  ['Contact', { LastName: 'Doe', Region__c: 'Mars' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', ['Region__c']],
  ['Contact', jane, 'INVALID_FIELD', ['Company']],
  ['Lead', { ...jane, Name: 'Jane Doe', IsConverted: true }, 'INVALID_FIELD_FOR_INSERT_UPDATE', ['Name', 'IsConverted']],
  ['Lead', { ...jane, Address: 'x' }, 'INVALID_FIELD_FOR_INSERT_UPDATE', ['Address']],
  ['Lead', { ...jane, Shoes__c: 'x' }, 'INVALID_FIELD', ['Shoes__c']],
  ['Lead', { ...jane, Id: '00QgL00000000001AA' }, 'INVALID_FIELD', ['Id']],
  ['Lead', { ...jane, DoNotCall: 'maybe' }, 'INVALID_TYPE_ON_FIELD_IN_RECORD', ['DoNotCall']],
  ['Lead', { ...jane, DoNotCall: null }, 'INVALID_TYPE_ON_FIELD_IN_RECORD', ['DoNotCall']],
  ['Lead', { ...jane, NumberOfEmployees: 'many' }, 'INVALID_TYPE_ON_FIELD_IN_RECORD', ['NumberOfEmployees']],
  ['Lead', { ...jane, NumberOfEmployees: 100_000_000 }, 'NUMBER_OUTSIDE_VALID_RANGE', ['NumberOfEmployees']],
  ['Lead', { ...jane, leadsync_last_lead_at__c: 'yesterday' }, 'INVALID_TYPE_ON_FIELD_IN_RECORD', ['leadsync_last_lead_at__c']],
  ['Contact', { LastName: 'Doe', Birthdate: '2026-02-31' }, 'INVALID_TYPE_ON_FIELD_IN_RECORD', ['Birthdate']],
  ['Lead', { ...jane, Title: { a: 1 } }, 'JSON_PARSER_ERROR', []],
  ['Lead', { ...jane, OwnerId: 'nobody' }, 'MALFORMED_ID', ['OwnerId']],
  ['Lead', { ...jane, OwnerId: '005gL0000099999' }, 'INVALID_CROSS_REFERENCE_KEY', ['OwnerId']],
  ['Contact', { LastName: 'Doe', AccountId: '003gL0000099999' }, 'FIELD_INTEGRITY_EXCEPTION', ['AccountId']],
  ['LeadStatus', { MasterLabel: 'Mine' }, 'INVALID_TYPE_FOR_OPERATION', []],
  ['Unicorn', {}, 'INVALID_TYPE', []],
])('refuses to create %s %j with %s', (object, values, code, fields) => {
  const { org, create } = openOrg()

  const result = create(object, values)

  expect(result).toMatchObject({ success: false, id: null, errors: [{ code, fields }] })
  expect(org.allRecords()).toEqual([])
})

it('keeps values as Salesforce does: trimmed, whole seconds, flags false, derived name and stamps', () => {
  const { org, made, write } = openOrg()

  const id = made('lead', { ...jane, lastname: '  Doe ', leadsync_last_lead_at__c: '2026-11-23T11:00:00.999+02:00', Title: '' })

  expect(org.read('Lead', id)).toMatchObject({
    Id: id,
    Name: 'Jane Doe',
    LastName: 'Doe',
    Title: null,
    Status: 'Open - Not Contacted',
    DoNotCall: false,
    IsConverted: false,
    IsDeleted: false,
    OwnerId: write.userId,
    leadsync_last_lead_at__c: '2026-11-23T09:00:00.000+0000',
    CreatedDate: '2026-11-23T12:00:00.000+0000',
    SystemModstamp: '2026-11-23T12:00:00.000+0000',
  })
})

it('an update changes what it names, clears with null or an empty text, and may not clear a required field', () => {
  const { org, clock, made, update } = openOrg()
  const id = made('Lead', { ...jane, Title: 'CTO', Phone: '1' })
  clock.now += 60_000

  expect(update('Lead', id.slice(0, 15), { Title: null, Phone: '', Rating: 'Lukewarm' })).toEqual({
    success: true,
    id,
    created: false,
  })
  expect(codes(update('Lead', id, { Company: '' }))).toEqual(['REQUIRED_FIELD_MISSING'])

  const after = { Title: null, Phone: null, Rating: 'Lukewarm', Company: 'Contoso', FirstName: 'Jane' }
  const stamps = { CreatedDate: '2026-11-23T12:00:00.000+0000', LastModifiedDate: '2026-11-23T12:01:00.000+0000' }
  expect(org.read('Lead', id)).toMatchObject({ ...after, ...stamps })
})

it('a validation rule of the admin names no field', () => {
  const { create } = openOrg({ validationRule: { object: 'Lead', field: 'Title', forbidden: 'King' } })

  expect(create('Lead', { ...jane, Title: 'King' })).toMatchObject({
    errors: [{ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: [] }],
  })
  expect(create('Lead', { ...jane, Title: 'CTO' })).toMatchObject({ success: true })
})

it('with country picklists a label brings its code, a code its label, and free text is refused', () => {
  const { org, create, made, update } = openOrg({ stateAndCountryPicklists: true })

  const id = made('Lead', { ...jane, Country: 'United States', StateCode: 'WA' })
  expect(org.read('Lead', id)).toMatchObject({ CountryCode: 'US', State: 'Washington', Address: { countryCode: 'US' } })
  expect(made('Contact', { LastName: 'Doe', MailingCountryCode: 'DE' })).toMatch(/^003/)

  for (const place of [{ Country: 'USA' }, { State: 'Washington' }, { Country: 'Germany', State: 'Bavaria' }]) {
    expect(codes(create('Lead', { ...jane, ...place }))).toEqual(['FIELD_INTEGRITY_EXCEPTION'])
  }
  expect(JSON.stringify(create('Lead', { ...jane, State: 'Washington' }))).toContain('A country/territory must be specified')
  expect(codes(create('Lead', { ...jane, CountryCode: 'XX' }))).toEqual(['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'])
  expect(codes(update('Lead', id, { Country: 'Germany' }))).toEqual(['FIELD_INTEGRITY_EXCEPTION'])
  expect(codes(openOrg().create('Lead', { ...jane, Country: 'Atlantis' }))).toEqual([])
})

it('a German user gets other words and the same codes', () => {
  const [english, german] = [openOrg(), openOrg({ language: 'de' })].map(({ create }) => create('Lead', { Company: 'x' }))

  expect(german).not.toEqual(english)
  expect(english === undefined || german === undefined ? [] : [codes(english), codes(german)]).toEqual([
    ['REQUIRED_FIELD_MISSING'],
    ['REQUIRED_FIELD_MISSING'],
  ])
})
