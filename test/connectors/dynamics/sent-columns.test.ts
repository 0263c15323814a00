import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unknownOrg } from '../../../connectors/dynamics/org/org.ts'
import { decode, encode, holds } from '../../../connectors/dynamics/write/values.ts'
import { cutUnits } from '../../../connectors/kit/cut-units.ts'
import { DeliveryError, type Fields, type RecordWrite } from '../../../src/core/index.ts'
import { change, columnOf, contactId, idOf, lead, orgOf, planned, tableLike } from './writing.ts'

const blind = { org: unknownOrg({ contactIdColumn: 'leadsync_contactid' }) }

function sent(write: RecordWrite, some: Parameters<typeof planned>[1] = {}, settings: Record<string, unknown> = {}) {
  const { turns, settled } = planned([write], some, settings)
  const [[row] = []] = turns
  if (row) return { body: row.body, dropped: row.dropped.map(({ field }) => field), refused: [] as readonly string[] }
  const [, outcome] = [...settled][0] ?? []
  if (outcome instanceof DeliveryError) return { body: null, dropped: [], refused: outcome.fields }
  return { body: {}, dropped: outcome?.dropped.map(({ field }) => field) ?? [], refused: [] }
}

const values: readonly [Fields, Fields][] = [
  [{ numberofemployees: '250' }, { numberofemployees: 250 }],
  [{ revenue: '1234.5' }, { revenue: 1234.5 }],
  [{ donotphone: 'Yes' }, { donotphone: true }],
  [{ donotphone: 1 }, { donotphone: true }],
  [{ leadsourcecode: 'web' }, { leadsourcecode: 8 }],
  [{ leadsourcecode: ' Word of Mouth ' }, { leadsourcecode: 9 }],
  [{ leadsourcecode: '4' }, { leadsourcecode: 4 }],
  [{ leadsync_regions: 'süd; North' }, { leadsync_regions: '100000002,100000001' }],
  [{ leadsync_lastleadat: '2026-11-23T10:00:00.789+01:00' }, { leadsync_lastleadat: '2026-11-23T09:00:00Z' }],
  [{ leadsync_lastleadat: '2026-11-23' }, { leadsync_lastleadat: '2026-11-23T00:00:00Z' }],
  [{ leadsync_day: '2026-11-23T23:59:59Z' }, { leadsync_day: '2026-11-23' }],
  [{ jobtitle: 42 }, { jobtitle: '42' }],
  [{ jobtitle: `O'Brien "x" 👋 <b>` }, { jobtitle: `O'Brien "x" 👋 <b>` }],
  [{ JobTitle: 'CTO' }, { jobtitle: 'CTO' }],
  [{ campaignid: idOf(5).toUpperCase() }, { 'campaignid@odata.bind': `/campaigns(${idOf(5)})` }],
  [{ transactioncurrencyid: idOf(5) }, { 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${idOf(5)})` }],
  [{ customerid: `/contacts(${idOf(5)})` }, { 'customerid_contact@odata.bind': `/contacts(${idOf(5)})` }],
  [{ customerid: `accounts(${idOf(5)})` }, { 'customerid_account@odata.bind': `/accounts(${idOf(5)})` }],
  [{ new_boxid: idOf(5) }, { 'new_BoxId@odata.bind': `/new_boxes(${idOf(5)})` }],
  [{ campaignid: null }, { 'campaignid@odata.bind': null }],
  [
    { telephone1: null, leadsync_lastleadat: null },
    { telephone1: null, leadsync_lastleadat: null },
  ],
]

describe('values', () => {
  it.each(values)('%j goes out as %j', (fields, body) => {
    expect(sent(change(1, fields))).toEqual({ body, dropped: [], refused: [] })
  })

  it.each<Fields>([
    { numberofemployees: '2.5' },
    { numberofemployees: 'many' },
    { revenue: true },
    { donotphone: 'perhaps' },
    { leadsourcecode: 'AppSource' },
    { leadsourcecode: 77 },
    { leadsync_regions: 'Nord;Mars' },
    { leadsync_lastleadat: 'yesterday' },
    { leadsync_day: '' },
    { campaignid: 'Spring' },
    { campaignid: `accounts(${idOf(5)})` },
    { customerid: idOf(5) },
  ])('%j is none that the column takes: the record is refused, by name', (fields) => {
    expect(sent(change(1, { ...fields, jobtitle: 'x' })).refused).toEqual(Object.keys(fields))
  })

  it.each<[string, Fields, Partial<RecordWrite>]>([
    ['a column that is not there', { no_such_column: 'x' }, {}],
    ['a computed column', { fullname: 'x' }, {}],
    ['the state of a record that is there', { statecode: 'Open' }, {}],
    ['the status of a record that is there', { statuscode: 'Contacted' }, {}],
    ['the empty name', { lastname: null }, {}],
    ['an empty yes or no', { donotphone: null }, {}],
    ['no owner', { ownerid: null }, {}],
    ['a raw binding', { 'campaignid@odata.bind': '/campaigns(x)' }, {}],
    ['a text that is too long', { jobtitle: 'x'.repeat(101) }, {}],
    ['a mobile number that only a Contact could hold', { mobilephone: '1'.repeat(21) }, {}],
  ])('%s is left out', (_, fields, some) => {
    expect(sent(change(1, { ...fields, fax: '1' }, some))).toEqual({
      body: { fax: '1' },
      dropped: Object.keys(fields),
      refused: [],
    })
    const [name = ''] = Object.keys(fields)
    expect(sent(change(1, fields, { required: [name] })).refused).toEqual([name])
  })

  it.each([
    ['read', { org: orgOf(tableLike('lead', { statecode: { createable: true } })) }],
    ['hidden', blind],
  ])('no state is sent, of new records neither (definitions %s)', (_, known) => {
    const { body, dropped } = sent(lead(1, { fields: { statecode: 1, StateCode: 'Open', fax: '1' } }), known)
    expect(body?.fax).toBe('1')
    expect(
      Object.keys(body ?? {})
        .join()
        .toLowerCase(),
    ).not.toContain('statecode')
    expect(dropped).toEqual(['statecode', 'StateCode'])
  })

  it('a status is for new records', () => {
    expect(sent(lead(1, { fields: { statuscode: 'contacted' } })).body).toMatchObject({ statuscode: 2 })
  })

  it('a Contact holds the mobile number that a Lead does not', () => {
    const fields = { mobilephone: '1'.repeat(21) }
    expect(sent(change(1, fields, { object: 'contact' })).body).toEqual(fields)
  })

  it('what a record is known by is cut to its length, and that is said', () => {
    const { body, dropped } = sent(lead(1, { fields: { lastname: '👋'.repeat(30), subject: 's'.repeat(400) } }))
    expect(body).toMatchObject({ lastname: '👋'.repeat(25), subject: 's'.repeat(300) })
    expect(dropped).toEqual(['lastname', 'subject'])
  })

  it('an e-mail that is too long is never left out', () => {
    const write = lead(1, { fields: { emailaddress1: `${'x'.repeat(101)}@a.example` }, required: ['emailaddress1'] })
    expect(sent(write).refused).toEqual(['emailaddress1'])
  })

  it('a cut text fits, ends between characters, and is the beginning', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 8, max: 60 }), (text, units) => {
        const short = cutUnits(text, units)
        expect(short.length).toBeLessThanOrEqual(units)
        expect(text.startsWith(short)).toBe(true)
        expect(short.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('a new record', () => {
  it.each<[string, Fields]>([
    ['absent', {}],
    ['blank', { lastname: ' ', subject: '' }],
    ['cleared', { lastname: null, subject: null }],
  ])('gets a name and a subject where they are %s', (_, fields) => {
    const write = { ...lead(1), fields }
    expect(sent(write, {}, { placeholders: { lastName: 'Unbekannt', subject: 'Anfrage' } }).body).toMatchObject({
      lastname: 'Unbekannt',
      subject: 'Anfrage',
    })
  })

  it('is not told what it does not have', () => {
    const { body, dropped } = sent(lead(1, { fields: { telephone1: null, ownerid: null, campaignid: null } }))
    expect(body).toEqual({ lastname: 'Last1', subject: 'Offer 1', leadsync_contactid: contactId(1) })
    expect(dropped).toEqual([])
  })

  it('of a Contact has no subject', () => {
    expect(sent({ ...lead(1, { object: 'contact' }), fields: {} }).body).toEqual({ lastname: '[unknown]' })
  })

  it('has no contact id where there is no column for it, and is written all the same', () => {
    const org = orgOf(tableLike('lead', { leadsync_contactid: null }))
    const { body, dropped, refused } = sent(lead(1, { required: ['leadsync_contactid'] }), { org })
    expect({ body, dropped, refused }).toEqual({
      body: { lastname: 'Last1', subject: 'Offer 1' },
      dropped: ['leadsync_contactid'],
      refused: [],
    })
  })

  it('says nothing of the contact id where there is to be none', () => {
    const org = orgOf(tableLike('lead'), tableLike('contact'), 'none')
    const write = { ...lead(1), fields: { lastname: 'a', subject: 'b', none: contactId(1) } }
    expect(sent(write, { org }, { contactIdColumn: 'none' })).toEqual({
      body: { lastname: 'a', subject: 'b' },
      dropped: [],
      refused: [],
    })
  })
})

describe('opting out', () => {
  it.each([
    ['email', { donotemail: true, donotbulkemail: true }],
    ['phone', { donotphone: true }],
  ] as const)('by %s sets %j', (channel, body) => {
    expect(sent(change(1, {}, { optOut: [channel] }))).toEqual({ body, dropped: [], refused: [] })
  })

  it('says which column it could not set', () => {
    const org = orgOf(tableLike('lead', { donotbulkemail: null, donotphone: { updateable: false } }))
    expect(sent(change(1, {}, { optOut: ['email', 'phone'] }), { org })).toEqual({
      body: { donotemail: true },
      dropped: ['donotbulkemail', 'donotphone'],
      refused: [],
    })
  })
})

describe('where the definitions may not be read', () => {
  it('what is not known is sent as it is, and Dynamics 365 answers', () => {
    const fields = { new_own: 'x', new_count: 3, description: 'x'.repeat(3_000), leadsourcecode: 100_000_007 }
    expect(sent(change(1, fields), blind)).toEqual({ body: fields, dropped: [], refused: [] })
  })

  it('what every environment has is encoded as usual', () => {
    const fields = { leadsourcecode: 'Web', campaignid: idOf(5), fullname: 'x' }
    expect(sent(change(1, fields), blind)).toEqual({
      body: { leadsourcecode: 8, 'campaignid@odata.bind': `/campaigns(${idOf(5)})` },
      dropped: ['fullname'],
      refused: [],
    })
  })

  it('a label that is none of the usual ones can not be sent', () => {
    expect(sent(change(1, { leadsourcecode: 'zaphod' }), blind).refused).toEqual(['leadsourcecode'])
  })
})

describe('reading back', () => {
  it.each([
    [8, 'leadsourcecode', 'Web'],
    [99, 'leadsourcecode', 99],
    ['100000001,100000002', 'leadsync_regions', 'Nord; Süd'],
    ['', 'jobtitle', null],
    [undefined, 'jobtitle', null],
    [false, 'donotphone', false],
    ['2026-11-23T10:00:00Z', 'leadsync_lastleadat', '2026-11-23T10:00:00Z'],
  ])('%j of %s is %j', (value, name, expected) => {
    expect(decode(value, tableLike('lead').column(name))).toEqual(expected)
  })

  it('what was written is held by what is read, for any choice', () => {
    const column = columnOf('x', { type: 'Picklist', options: [{ value: 5, label: 'Fünf', labels: ['Fünf', 'Five'] }] })
    for (const said of ['fünf', 'FIVE', '5', 5]) expect(encode(said, column, 'read')).toEqual({ value: 5 })
    expect(encode(decode(5, column), column, 'read')).toEqual({ value: 5 })
  })

  it.each([
    ['a ', 'a', true],
    ['a\r\nb', 'a\nb', true],
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.900Z', true],
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:01Z', false],
    [null, null, true],
    [undefined, 'x', false],
    [1, 1, true],
    [1, true, false],
  ])('%j holds %j: %j', (stored, sentValue, expected) => {
    expect(holds(stored, sentValue)).toBe(expected)
  })
})
