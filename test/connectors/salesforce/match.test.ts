import { describe, expect, it } from 'vitest'
import { picklist } from './described-org.ts'
import { contact, contactId, describedLead, keys, lead, leadId, openPeople, type Person } from './people.ts'

const jane = { Email: 'jane@contoso.com', leadsync_contact_id__c: 'c-1' }
const ofLedger = (n: number) => ({ object: 'lead', id: leadId(n) })
const ofContact = (n: number) => ({ object: 'contact', id: contactId(n) })
const asked = keys({ email: 'jane@contoso.com' })
const converted = (n: number, to: number | null, some: object = {}) =>
  lead(n, { ...jane, IsConverted: true, ConvertedContactId: to === null ? null : contactId(to), ...some })

async function matchOne(people: readonly Person[], wanted = asked) {
  const org = await openPeople(people)
  const [match] = await org.match(wanted)
  return { match, requests: org.composites.length }
}

describe('what is told of a record', () => {
  const everything = {
    ...jane,
    OwnerId: '0055g0000000001AAA',
    HasOptedOutOfEmail: true,
    DoNotCall: true,
    LastModifiedDate: '2026-11-23T10:00:00.000+0000',
    leadsync_last_lead_at__c: '2026-11-20T10:00:00.000+0200',
  }

  it('is what was asked for, in the asker’s spelling, with identity, owner and opt-outs', async () => {
    const wanted = keys({ email: ' JANE@contoso.com', fields: { lead: ['lastname', 'leadsync_last_lead_at__c', 'Nobody__c'] } })
    const { match } = await matchOne([lead(1, everything)], wanted)
    expect(match).toEqual({
      kind: 'one',
      record: {
        object: 'lead',
        id: leadId(1),
        fields: {
          lastname: 'Doe',
          leadsync_last_lead_at__c: '2026-11-20T08:00:00.000Z',
          Nobody__c: null,
          Email: 'jane@contoso.com',
          leadsync_contact_id__c: 'c-1',
        },
        optOuts: ['email', 'phone'],
        owner: '0055g0000000001AAA',
        closed: false,
        mergedFrom: null,
        ours: true,
      },
    })
  })

  it('is nothing where only a placeholder stands, so that the real name can go there', async () => {
    const { match } = await matchOne([lead(1, { ...jane, LastName: '[unknown]', Company: ' [unknown] ', Title: '[unknown]' })])
    expect(match).toMatchObject({ record: { fields: { LastName: null, Company: null } } })
  })

  it.each([
    ['the code', { Country: 'Germany', CountryCode: 'DE' }, 'DE'],
    ['the text where there is no code', { Country: 'Atlantis', CountryCode: null }, 'Atlantis'],
    ['nothing', {}, null],
  ])('is of a country with picklists %s', async (_, some, expected) => {
    const org = await openPeople([lead(1, { ...jane, ...some })], {
      lead: [...describedLead, picklist('CountryCode', ['DE', 'US'])],
    })
    const [match] = await org.match({ ...asked, fields: { lead: ['Country'] } })
    expect(match).toMatchObject({ record: { fields: { Country: expected } } })
  })

  it.each(['Unqualified', 'CLOSED - not converted'])('is that it is closed when its status is %s', async (Status) => {
    expect((await matchOne([lead(1, { ...jane, Status })])).match).toMatchObject({ kind: 'one', record: { closed: true } })
  })
})

describe('of several records', () => {
  const mail = { Email: 'Jane@Contoso.com' }
  const closed = { Status: 'Unqualified' }
  const own = { leadsync_contact_id__c: 'c-1' }
  const id = { contact: contactId, lead: leadId }
  const one = (object: 'lead' | 'contact', n: number, some: object = {}) => ({
    kind: 'one',
    record: { object, id: id[object](n), ...some },
  })

  it.each([
    ['a Contact wins over the Lead that is ours', [lead(1, jane), contact(2, mail)], {}, one('contact', 2)],
    [
      'a Contact wins over the Lead that the ledger holds',
      [lead(1, jane), contact(2, mail)],
      { record: ofLedger(1) },
      one('contact', 2),
    ],
    [
      'the Contact that the ledger holds wins over one with the e-mail',
      [contact(1, { Email: 'old@contoso.com', ...own }), contact(2, mail)],
      { record: ofContact(1) },
      one('contact', 1),
    ],
    [
      'the Contact with our contact id wins over ones with the e-mail',
      [contact(1, mail), contact(2, own), contact(3, mail)],
      {},
      one('contact', 2, { ours: true }),
    ],
    [
      'the contact id itself wins over that of a contact joined into it',
      [contact(1, { leadsync_contact_id__c: 'c-0' }), contact(2, own)],
      { contactIds: ['c-1', 'c-0'] },
      one('contact', 2),
    ],
    [
      'an open Lead wins over a closed one',
      [lead(1, { ...jane, ...closed }), lead(2, mail)],
      {},
      one('lead', 2, { taken: ['leadsync_contact_id__c'] }),
    ],
    ['the open Lead that is ours wins over others', [lead(1, mail), lead(2, own), lead(3, mail)], {}, one('lead', 2)],
    [
      'the one with our contact id is ours, whatever the ledger says',
      [lead(1, mail), lead(2, own)],
      { record: ofLedger(1) },
      one('lead', 2),
    ],
    [
      'of closed Leads the one with the highest number',
      [
        lead(1, { ...jane, ...closed }),
        lead(2, { leadsync_contact_id__c: 'c-1.2', ...mail, ...closed }),
        lead(3, { ...mail, ...closed }),
      ],
      {},
      one('lead', 2, { closed: true, ours: true }),
    ],
    [
      'of closed Leads without a number the last changed',
      [
        lead(1, { ...mail, ...closed, LastModifiedDate: '2026-11-23T10:00:00.000+0000' }),
        lead(2, { ...mail, ...closed, LastModifiedDate: '2026-11-24T10:00:00.000+0000' }),
        lead(3, { ...mail, ...closed, LastModifiedDate: '2026-11-22T10:00:00.000+0000' }),
      ],
      {},
      one('lead', 2, { closed: true }),
    ],
  ])('%s', async (_, people, some, expected) => {
    expect((await matchOne(people, { ...asked, ...some })).match).toMatchObject(expected)
  })

  it.each([
    ['Contacts', [contact(1, mail), contact(2, mail), lead(3, jane)], [contactId(1), contactId(2)]],
    ['open Leads', [lead(1, mail), lead(2, mail), lead(3, { ...mail, ...closed })], [leadId(1), leadId(2)]],
  ])('several %s that only share the e-mail wait for a person', async (_, people, ids) => {
    const dated = people.map((one, n) => ({ ...one, LastModifiedDate: `2026-11-2${n}T10:00:00.000+0000` }))
    const { match } = await matchOne(dated)
    expect(match).toMatchObject({
      kind: 'many',
      records: ids.map((one, n) => ({ id: one, modifiedAt: `2026-11-2${n}T10:00:00.000Z` })),
    })
  })

  it('does not say that a contact id is taken that the record has, or that nobody has', async () => {
    const { match } = await matchOne([lead(1, mail)])
    expect(match).not.toHaveProperty('record.taken')
    expect((await matchOne([lead(1, jane)])).match).not.toHaveProperty('record.taken')
  })
})

describe('a converted Lead', () => {
  it('counts as its Contact, whatever e-mail that has by now, by one request more', async () => {
    const people = [converted(1, 5), contact(5, { Email: 'new@contoso.com' })]
    const { match, requests } = await matchOne(people, { ...asked, record: ofLedger(1) })
    expect(match).toMatchObject({ kind: 'one', record: { object: 'contact', id: contactId(5), mergedFrom: null } })
    expect(requests).toBe(2)
  })

  it('takes no request more where its Contact was found already', async () => {
    expect(await matchOne([converted(1, 5), contact(5, jane)])).toMatchObject({
      match: { record: { id: contactId(5) } },
      requests: 1,
    })
  })

  it('leads to its Contact even after the Lead itself was deleted', async () => {
    const people = [converted(1, 5, { IsDeleted: true }), contact(5)]
    expect((await matchOne(people, keys({ record: ofLedger(1) }))).match).toMatchObject({ record: { id: contactId(5) } })
  })

  it('comes after a Contact that carries our contact id itself', async () => {
    const people = [converted(1, 5), contact(5), contact(6, { leadsync_contact_id__c: 'c-1' })]
    expect((await matchOne(people, { ...asked, record: ofLedger(1) })).match).toMatchObject({ record: { id: contactId(6) } })
  })

  it('leads to the survivor where its Contact was merged', async () => {
    const people = [converted(1, 5), contact(5, { IsDeleted: true, MasterRecordId: contactId(6) }), contact(6)]
    expect((await matchOne(people)).match).toMatchObject({ kind: 'one', record: { id: contactId(6) } })
  })

  it.each([
    ['is in the recycle bin', [converted(1, 5), contact(5, { IsDeleted: true })]],
    ['is named no more', [converted(1, null)]],
  ])('whose Contact %s is a deleted record', async (_, people) => {
    expect((await matchOne(people)).match).toEqual({ kind: 'none', deleted: true, lastNumber: 0 })
  })

  it.each([
    ['nobody else is there', []],
    ['only a closed Lead is there', [lead(2, { Email: 'jane@contoso.com', Status: 'Unqualified' })]],
  ])('whose Contact can not be seen makes no second person, when %s', async (_, others) => {
    const { match } = await matchOne([converted(1, 5), ...others])
    expect(match).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^Salesforce \(sales\): .*View All for Contacts/),
    })
  })

  it('whose Contact can not be seen is no hindrance where an open Lead is there', async () => {
    const { match } = await matchOne([converted(1, 5), lead(2, { Email: 'jane@contoso.com' })])
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(2), taken: ['leadsync_contact_id__c'] } })
  })
})

describe('the record of the ledger', () => {
  const wanted = keys({ record: ofLedger(1) })

  it.each([
    ['is in the recycle bin', [lead(1, { IsDeleted: true })], { kind: 'none', deleted: true }],
    ['is not even in the recycle bin', [], { kind: 'none', deleted: true, erased: true }],
    [
      'was merged into one that is gone for good',
      [lead(1, { IsDeleted: true, MasterRecordId: leadId(2) })],
      { kind: 'none', deleted: true, erased: true },
    ],
  ])('%s', async (_, people, expected) => {
    expect(await matchOne(people, wanted)).toEqual({ match: expected, requests: people[0]?.MasterRecordId ? 3 : 2 })
  })

  it('gone for good does not hide who else has the e-mail', async () => {
    const { match } = await matchOne([lead(2, { Email: 'jane@contoso.com' })], { ...wanted, email: 'jane@contoso.com' })
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(2), mergedFrom: null } })
  })

  it('in the recycle bin takes our contact id from nobody', async () => {
    const people = [lead(1, { ...jane, IsDeleted: true }), lead(2, { Email: 'jane@contoso.com' })]
    const { match } = await matchOne(people, { ...asked, record: ofLedger(1) })
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(2) } })
    expect(match).not.toHaveProperty('record.taken')
  })

  it('is followed through merges to the survivor, and through that one’s conversion', async () => {
    const chain = [
      lead(1, { IsDeleted: true, MasterRecordId: leadId(2).slice(0, 15) }),
      lead(2, { IsDeleted: true, MasterRecordId: leadId(3) }),
    ]
    const { match } = await matchOne([...chain, lead(3)], wanted)
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(3), mergedFrom: leadId(1) } })
    const became = await matchOne([...chain, converted(3, 5), contact(5)], wanted)
    expect(became.match).toMatchObject({ record: { id: contactId(5), mergedFrom: leadId(1) } })
  })

  it('merged round in a circle is gone, and a chain without end is left to a person', async () => {
    const circle = [
      lead(1, { IsDeleted: true, MasterRecordId: leadId(2) }),
      lead(2, { IsDeleted: true, MasterRecordId: leadId(1) }),
    ]
    expect((await matchOne(circle, wanted)).match).toEqual({ kind: 'none', deleted: true })
    const chain = Array.from({ length: 30 }, (_, n) => lead(n, { IsDeleted: true, MasterRecordId: leadId(n + 1) }))
    const { match, requests } = await matchOne(chain, wanted)
    expect(match).toMatchObject({ code: 'invalid' })
    expect(requests).toBeLessThanOrEqual(9)
  })

  it('is known by either spelling of its id', async () => {
    const record = { object: 'lead', id: leadId(1).slice(0, 15) }
    const { match } = await matchOne([lead(1)], keys({ record }))
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(1), mergedFrom: null } })
  })
})

describe('records that came after a closed one', () => {
  const closed = (n: number, contactId: string, some: object = {}) =>
    lead(n, { leadsync_contact_id__c: contactId, Status: 'Unqualified', ...some })

  it('are found by their number, also where ledger and e-mail know nothing of them', async () => {
    const { match, requests } = await matchOne([
      closed(1, 'c-1'),
      closed(2, 'c-1.1'),
      lead(3, { leadsync_contact_id__c: 'C-1.2' }),
    ])
    expect(match).toMatchObject({ kind: 'one', record: { id: leadId(3), ours: true, closed: false } })
    expect(requests).toBe(2)
  })

  it('are asked for further while the last of those asked for is taken', async () => {
    const people = Array.from({ length: 25 }, (_, n) => closed(n + 1, n === 0 ? 'c-1' : `c-1.${n}`))
    expect(await matchOne(people)).toMatchObject({
      match: { kind: 'one', record: { id: leadId(25), closed: true } },
      requests: 4,
    })
  })

  it('are asked for where a converted Lead leads nowhere', async () => {
    const people = [converted(1, 5), contact(5, { IsDeleted: true }), lead(2, { leadsync_contact_id__c: 'c-1.1' })]
    expect((await matchOne(people)).match).toMatchObject({ record: { id: leadId(2) } })
  })

  it.each(['c-1.0', 'c-1.x', 'c-1.', 'c-10', 'c-1.1.1'])('do not have ids like %s', async (other) => {
    const { match } = await matchOne([lead(1, { leadsync_contact_id__c: other, Email: 'jane@contoso.com' })])
    expect(match).toMatchObject({ record: { ours: false } })
  })
})

describe('a record that a duplicate rule named', () => {
  it.each([
    ['counts when nothing else matches', [lead(7)], one7()],
    ['counts before a closed Lead', [lead(7), lead(1, { ...jane, Status: 'Unqualified' })], one7()],
    [
      'does not count beside an open Lead',
      [lead(7), lead(1, { Email: 'jane@contoso.com' })],
      { kind: 'one', record: { id: leadId(1) } },
    ],
    [
      'does not count as nobody where it became a Contact that can not be seen',
      [lead(7, { IsConverted: true, ConvertedContactId: contactId(5) })],
      { code: 'invalid' },
    ],
    ['does not count once it is gone', [lead(7, { IsDeleted: true })], { kind: 'none', deleted: false }],
  ])('%s', async (_, people, expected) => {
    const org = await openPeople(people)
    org.holders.learn('c-1', ofLedger(7))
    expect(await org.match(asked)).toMatchObject([expected])
  })

  function one7() {
    return { kind: 'one', record: { id: leadId(7), ours: false } }
  }
})
