import { describe, expect, it } from 'vitest'
import { recordId } from '../../../connectors/dynamics/org/ids.ts'
import { ContactIdKey, contact, contactId, keys, lead, leadId, openPeople, type PeopleOptions, type Person } from './people.ts'

const jane = { emailaddress1: 'jane@contoso.com', leadsync_contactid: 'c-1' }
const mail = { emailaddress1: 'Jane@Contoso.com' }
const own = { leadsync_contactid: 'c-1' }
const disqualified = { statecode: 2 }
const ofLedger = (n: number) => ({ object: 'lead', id: leadId(n) })
const ofContact = (n: number) => ({ object: 'contact', id: contactId(n) })
const asked = keys({ email: 'jane@contoso.com' })
const qualified = (n: number, to: number | null, some: object = {}) =>
  lead(n, { ...jane, statecode: 1, _parentcontactid_value: to === null ? null : contactId(to), ...some })
const mergedInto = (to: string) => ({ statecode: 2, merged: true, _masterid_value: to })
/** As Leadsync makes them. */
const made = (name: string, some: object = {}) => lead(recordId('lead', name), { leadsync_contactid: name, ...some })

const id = { contact: contactId, lead: leadId }
const one = (object: 'lead' | 'contact', n: number, some: object = {}) => ({
  kind: 'one',
  record: { object, id: id[object](n), ...some },
})

async function matchOne(people: readonly Person[], wanted = asked, options: PeopleOptions = {}) {
  const org = await openPeople(people, options)
  const [match] = await org.match(wanted)
  return { match, requests: org.requests() }
}

describe('what is told of a record', () => {
  const everything = {
    ...jane,
    _ownerid_value: '00000000-0000-4000-8000-00000000000b',
    donotemail: true,
    donotphone: true,
    modifiedon: '2026-11-23T10:00:00Z',
    leadsync_last_lead_at: '2026-11-20T10:00:00Z',
    leadsourcecode: 8,
    _campaignid_value: '33333333-0000-4000-8000-000000000001',
    followemail: true,
  }
  const names = ['lastname', 'leadsync_last_lead_at', 'nobody_made_this', 'leadsourcecode', 'campaignid', 'followemail']

  it('is what was asked for, in the asker’s spelling, with identity, owner and opt-outs', async () => {
    const wanted = keys({ email: ' JANE@contoso.com', fields: { lead: names } })
    const { match } = await matchOne([lead(1, everything)], wanted)
    expect(match).toEqual({
      kind: 'one',
      record: {
        object: 'lead',
        id: leadId(1),
        fields: {
          lastname: 'Doe',
          leadsync_last_lead_at: '2026-11-20T10:00:00Z',
          nobody_made_this: null,
          leadsourcecode: 'Web',
          campaignid: '33333333-0000-4000-8000-000000000001',
          followemail: true,
          emailaddress1: 'jane@contoso.com',
          leadsync_contactid: 'c-1',
        },
        optOuts: ['email', 'phone'],
        owner: '00000000-0000-4000-8000-00000000000b',
        closed: false,
        mergedFrom: null,
        ours: true,
      },
    })
  })

  it('is nothing where only a placeholder stands, so that the real text can go there', async () => {
    const { match } = await matchOne([lead(1, { ...jane, lastname: '[unknown]', subject: ' Marketplace lead ' })])
    expect(match).toMatchObject({ record: { fields: { lastname: null, subject: null } } })
  })

  it('is no opt-out of e-mails where only campaigns are not wanted', async () => {
    const { match } = await matchOne([lead(1, { ...jane, donotbulkemail: true })])
    expect(match).toMatchObject({ record: { optOuts: [] } })
  })

  it('is no to everything where the privacy solution says that the person opted out', async () => {
    const { match } = await matchOne([lead(1, { ...jane, msdyn_gdproptout: true })])
    expect(match).toMatchObject({ record: { optOuts: ['email', 'phone'] } })
  })

  it('is what the person said on a Lead that is closed by now: the next one does not undo it', async () => {
    const said = lead(1, { ...jane, ...disqualified, donotphone: true })
    const { match } = await matchOne([said, lead(2, { ...mail, leadsync_contactid: 'c-1.1' })])
    expect(match).toMatchObject(one('lead', 2, { closed: false, optOuts: ['phone'] }))
  })

  it('forgets that a record was closed once it is seen open again', async () => {
    const org = await openPeople([lead(1, jane), lead(2, { leadsync_contactid: 'c-2', ...disqualified })])
    for (const n of [1, 2]) org.closed.learn(leadId(n), { object: 'lead', id: leadId(n) })
    await org.match(asked, keys({ contactIds: ['c-2'] }))
    expect([1, 2].map((n) => org.closed.of(leadId(n)) !== null)).toEqual([false, true])
  })

  it.each([
    ['a disqualified Lead', lead(1, { ...jane, ...disqualified })],
    ['a Lead that was qualified without a Contact', qualified(1, null)],
    ['a deactivated Contact', contact(1, { ...jane, statecode: 1 })],
  ])('is that it is closed: %s', async (_, person) => {
    expect((await matchOne([person])).match).toMatchObject({ kind: 'one', record: { id: person.id, closed: true } })
  })
})

describe('of several records', () => {
  it.each([
    ['a Contact wins over the Lead that is ours', [lead(1, jane), contact(2, mail)], {}, one('contact', 2)],
    [
      'a Contact wins over the Lead that the ledger holds',
      [lead(1, jane), contact(2, mail)],
      { record: ofLedger(1) },
      one('contact', 2),
    ],
    ['an open Lead wins over a deactivated Contact', [lead(1, mail), contact(2, { ...mail, statecode: 1 })], {}, one('lead', 1)],
    [
      'the Contact that the ledger holds wins over one with the e-mail',
      [contact(1, { emailaddress1: 'old@contoso.com', ...own }), contact(2, mail)],
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
      [contact(1, { leadsync_contactid: 'c-0' }), contact(2, own)],
      { contactIds: ['c-1', 'c-0'] },
      one('contact', 2),
    ],
    ['an open Lead wins over a closed one', [lead(1, { ...jane, ...disqualified }), lead(2, mail)], {}, one('lead', 2)],
    ['the open Lead that is ours wins over others', [lead(1, mail), lead(2, own), lead(3, mail)], {}, one('lead', 2)],
    [
      'of closed Leads the one with the highest number',
      [
        lead(1, { ...jane, ...disqualified }),
        lead(2, { ...mail, leadsync_contactid: 'c-1.2', ...disqualified }),
        lead(3, { ...mail, ...disqualified }),
      ],
      {},
      one('lead', 2, { closed: true, ours: true, lastNumber: 2 }),
    ],
    [
      'a closed Lead wins over a deactivated Contact, since it has the number',
      [lead(1, { ...jane, ...disqualified }), contact(2, { ...mail, leadsync_contactid: 'c-1.5', statecode: 1 })],
      {},
      one('lead', 1, { closed: true, lastNumber: 0 }),
    ],
    [
      'of closed Leads without a number the last changed',
      [23, 24, 22].map((day, n) => lead(n + 1, { ...mail, ...disqualified, modifiedon: `2026-11-${day}T10:00:00Z` })),
      {},
      one('lead', 2, { closed: true }),
    ],
  ])('%s', async (_, people, some, expected) => {
    expect((await matchOne(people, { ...asked, ...some })).match).toMatchObject(expected)
  })

  it.each([
    ['Contacts', [contact(1, mail), contact(2, mail), lead(3, jane)], [contactId(1), contactId(2)]],
    ['open Leads', [lead(1, mail), lead(2, mail), lead(3, { ...mail, ...disqualified })], [leadId(1), leadId(2)]],
  ])('several %s that only share the e-mail wait for a person', async (_, people, ids) => {
    const dated = people.map((person, n) => ({ ...person, modifiedon: `2026-11-2${n}T10:00:00Z` }))
    const { match } = await matchOne(dated)
    expect(match).toMatchObject({
      kind: 'many',
      records: ids.map((record, n) => ({ id: record, modifiedAt: `2026-11-2${n}T10:00:00Z` })),
    })
  })

  it('says that a contact id is taken only where an alternate key keeps it from being there twice', async () => {
    const people = [lead(1, { ...jane, ...disqualified }), lead(2, mail)]
    expect((await matchOne(people)).match).not.toHaveProperty('record.taken')
    const keyed = await matchOne(people, asked, { keys: [ContactIdKey] })
    expect(keyed.match).toMatchObject({ record: { id: leadId(2), taken: ['leadsync_contactid'] } })
    expect((await matchOne([lead(1, mail)], asked, { keys: [ContactIdKey] })).match).not.toHaveProperty('record.taken')
  })
})

describe('a qualified Lead', () => {
  it('counts as its Contact, whatever e-mail that has by now, by one request more', async () => {
    const people = [qualified(1, 5), contact(5, { emailaddress1: 'new@contoso.com' })]
    const { match, requests } = await matchOne(people, { ...asked, record: ofLedger(1) })
    expect(match).toMatchObject(one('contact', 5, { mergedFrom: null }))
    expect(requests).toBe(2)
  })

  it('takes no request more where its Contact was found already', async () => {
    expect(await matchOne([qualified(1, 5), contact(5, jane)])).toMatchObject({ match: one('contact', 5), requests: 1 })
  })

  it('leads to the survivor where its Contact was merged', async () => {
    const people = [qualified(1, 5), contact(5, mergedInto(contactId(6))), contact(6)]
    expect((await matchOne(people)).match).toMatchObject(one('contact', 6))
  })

  it('is not left by an open one that only belongs to a Contact', async () => {
    const people = [lead(1, { ...jane, _parentcontactid_value: contactId(5) }), contact(5)]
    expect((await matchOne(people)).match).toMatchObject(one('lead', 1, { closed: false }))
  })

  it.each([
    ['nobody else is there', []],
    ['only a closed Lead is there', [lead(2, { ...mail, ...disqualified })]],
  ])('whose Contact can not be seen makes no second person, when %s', async (_, others) => {
    const { match } = await matchOne([qualified(1, 5), ...others])
    expect(match).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^Dynamics 365 \(sales\): .*read all Contacts/),
    })
  })

  it('whose Contact can not be seen is no hindrance where an open Lead is there', async () => {
    expect((await matchOne([qualified(1, 5), lead(2, mail)])).match).toMatchObject(one('lead', 2))
  })
})

describe('the record of the ledger', () => {
  const wanted = keys({ record: ofLedger(1) })

  it('is deleted when it is not there, and never called erased: Dataverse does not tell', async () => {
    expect((await matchOne([], wanted)).match).toEqual({ kind: 'none', deleted: true })
  })

  it('that was deleted does not hide who else has the e-mail', async () => {
    const { match } = await matchOne([lead(2, mail)], { ...wanted, email: 'jane@contoso.com' })
    expect(match).toMatchObject(one('lead', 2, { mergedFrom: null }))
  })

  it('is followed through merges to the survivor, and through that one’s qualification', async () => {
    const chain = [lead(1, mergedInto(leadId(2).toUpperCase())), lead(2, mergedInto(leadId(3)))]
    expect((await matchOne([...chain, lead(3)], wanted)).match).toMatchObject(one('lead', 3, { mergedFrom: leadId(1) }))
    const became = await matchOne([...chain, qualified(3, 5), contact(5)], wanted)
    expect(became.match).toMatchObject(one('contact', 5, { mergedFrom: leadId(1) }))
  })

  it('merged round in a circle is gone, and a chain without end is left to a person', async () => {
    const circle = [lead(1, mergedInto(leadId(2))), lead(2, mergedInto(leadId(1)))]
    expect((await matchOne(circle, wanted)).match).toMatchObject({ kind: 'none', deleted: true })
    const chain = Array.from({ length: 30 }, (_, n) => lead(n, mergedInto(leadId(n + 1))))
    const { match, requests } = await matchOne(chain, wanted)
    expect(match).toMatchObject({ code: 'invalid' })
    expect(requests).toBeLessThanOrEqual(9)
  })

  it('is known by either letter case of its id', async () => {
    const abc = 'aaaabbbb-0000-4000-8000-000000000001'
    const { match } = await matchOne([lead(abc)], keys({ record: { object: 'lead', id: abc.toUpperCase() } }))
    expect(match).toMatchObject({ kind: 'one', record: { id: abc, mergedFrom: null } })
  })
})

describe('a record by the id that Leadsync gave it', () => {
  it('is found where nothing else tells whose it is', async () => {
    const { match } = await matchOne([made('c-1', { leadsync_contactid: null, emailaddress1: 'changed@contoso.com' })])
    expect(match).toMatchObject({ kind: 'one', record: { id: recordId('lead', 'c-1'), ours: true } })
  })

  it('is found in an environment that has no column for the contact id', async () => {
    const settings = { contactIdColumn: 'none' }
    const { match } = await matchOne([made('c-1')], keys(), { settings })
    expect(match).toMatchObject({ kind: 'one', record: { id: recordId('lead', 'c-1'), ours: true } })
    expect(match).not.toHaveProperty('record.fields.none')
  })

  it('is not given again once that record is deleted: its successor gets the next', async () => {
    const record = { object: 'lead', id: recordId('lead', 'c-1') }
    expect((await matchOne([], { ...asked, record })).match).toEqual({ kind: 'none', deleted: true, lastNumber: 0 })
    const second = { object: 'lead', id: recordId('lead', 'c-1.1') }
    expect((await matchOne([], { ...asked, record: second })).match).toEqual({ kind: 'none', deleted: true, lastNumber: 1 })
  })

  it('leads from a deleted record to its successor, also where only that one’s id tells', async () => {
    const record = { object: 'lead', id: recordId('lead', 'c-1') }
    const { match, requests } = await matchOne([made('c-1.1', { leadsync_contactid: null })], { ...asked, record })
    expect(match).toMatchObject({ kind: 'one', record: { id: recordId('lead', 'c-1.1'), ours: true } })
    expect(requests).toBe(2)
  })

  it('is another one for a Lead and a Contact, and the same for ever', () => {
    expect(recordId('lead', 'C-1')).toBe('2738f951-3057-5e3f-9e6a-834941becb06')
    expect(recordId('contact', 'c-1')).not.toBe(recordId('lead', 'c-1'))
  })
})

describe('records that came after a closed one', () => {
  it('are found by their number, also where ledger and e-mail know nothing of them', async () => {
    const people = [made('c-1', disqualified), made('c-1.1', disqualified), made('c-1.2', { leadsync_contactid: 'C-1.2' })]
    const { match, requests } = await matchOne(people)
    expect(match).toMatchObject({ kind: 'one', record: { id: recordId('lead', 'c-1.2'), ours: true, closed: false } })
    expect(requests).toBe(2)
  })

  it.each([
    ['by the column', {}],
    ['by their ids', { settings: { contactIdColumn: 'none' } }],
  ])('are asked for further while the last of those asked for is taken, %s', async (_, options) => {
    const people = Array.from({ length: 25 }, (_, n) => made(n === 0 ? 'c-1' : `c-1.${n}`, disqualified))
    const { match, requests } = await matchOne(people, asked, options)
    expect(match).toMatchObject({
      kind: 'one',
      record: { id: recordId('lead', 'c-1.24'), closed: true, ours: true, lastNumber: 24 },
    })
    expect(requests).toBe(4)
  })

  it('are asked for where a qualified Lead has no Contact', async () => {
    expect((await matchOne([qualified(1, null), lead(2, { leadsync_contactid: 'c-1.1' })])).match).toMatchObject(one('lead', 2))
  })

  it('are not made anew where the number of a merged one is in use', async () => {
    const people = [made('c-1', mergedInto(leadId(9))), lead(9, { ...disqualified, ...mail })]
    expect((await matchOne(people)).match).toMatchObject(one('lead', 9, { closed: true, lastNumber: 0 }))
  })

  it.each(['c-1.0', 'c-1.x', 'c-1.', 'c-10', 'c-1.1.1'])('do not have ids like %s', async (other) => {
    const { match } = await matchOne([lead(1, { ...mail, leadsync_contactid: other })])
    expect(match).toMatchObject({ record: { ours: false } })
  })

  it('are Contacts where new people become Contacts', async () => {
    const options = { settings: { target: 'contact' } }
    const first = contact(recordId('contact', 'c-1'), { ...jane, statecode: 1 })
    expect((await matchOne([first, lead(2, { ...jane, ...disqualified })], asked, options)).match).toMatchObject({
      record: { object: 'contact', closed: true, lastNumber: 0 },
    })
    const second = contact(recordId('contact', 'c-1.1'), { leadsync_contactid: null })
    expect((await matchOne([first, second], asked, options)).match).toMatchObject({ record: { id: second.id, ours: true } })
  })
})

describe('a record that a duplicate rule named', () => {
  it.each([
    ['counts when nothing else matches', [lead(7)], one('lead', 7, { ours: false })],
    ['counts before a closed Lead', [lead(7), lead(1, { ...jane, ...disqualified })], one('lead', 7)],
    ['does not count beside an open Lead', [lead(7), lead(1, mail)], one('lead', 1)],
    ['does not count once it is gone', [], { kind: 'none', deleted: false }],
  ])('%s', async (_, people, expected) => {
    const org = await openPeople(people)
    org.holders.learn('c-1', ofLedger(7))
    expect(await org.match(asked)).toMatchObject([expected])
  })
})

describe('with onContact: linked-lead', () => {
  const settings = { onContact: 'linked-lead' }

  async function linked(people: readonly Person[], wanted = asked) {
    const org = await openPeople(people, { settings })
    org.contacts.learn('c-1', ofContact(99))
    const [match] = await org.match(wanted)
    return { match, contact: org.contacts.of('c-1') }
  }

  it('a Contact is no place for new leads, but its opt-outs and its flags hold', async () => {
    const { match, contact: known } = await linked([contact(2, { ...mail, donotphone: true })])
    expect(match).toMatchObject(one('contact', 2, { closed: true, optOuts: ['phone'] }))
    expect(known).toEqual(ofContact(2))
  })

  it('an open Lead is the record, with the opt-outs of its Contact', async () => {
    const { match, contact: known } = await linked([lead(1, jane), contact(2, { ...mail, donotemail: true })])
    expect(match).toMatchObject(one('lead', 1, { closed: false, optOuts: ['email'] }))
    expect(known).toEqual(ofContact(2))
  })

  it('a qualified Lead is done with, and the next belongs to its Contact', async () => {
    const { match, contact: known } = await linked([qualified(1, 5)], keys())
    expect(match).toMatchObject(one('lead', 1, { closed: true, lastNumber: 0 }))
    expect(known).toEqual(ofContact(5))
  })

  it('the Contact with our contact id is the one, then the last changed of those with the e-mail', async () => {
    const people = [1, 2, 3].map((n) => contact(n, { ...mail, modifiedon: `2026-11-2${n % 3}T10:00:00Z` }))
    expect((await linked(people)).contact).toEqual(ofContact(2))
    expect((await linked([...people, contact(4, own)])).contact).toEqual(ofContact(4))
  })

  it('a Contact that is there no more, or deactivated, is forgotten', async () => {
    expect(await linked([])).toEqual({ match: { kind: 'none', deleted: false }, contact: null })
    expect((await linked([contact(2, { ...mail, statecode: 1 })])).contact).toBeNull()
  })

  it('remembers nobody while an existing Contact is the record itself', async () => {
    const org = await openPeople([contact(2, mail)])
    expect(await org.match(asked)).toMatchObject([one('contact', 2, { closed: false })])
    expect(org.contacts.of('c-1')).toBeNull()
  })
})
