import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { field } from './described-org.ts'
import { contact, contactId, describedContact, describedLead, keys, lead, leadId, openPeople } from './people.ts'

const jane = { Email: 'jane@contoso.com', leadsync_contact_id__c: 'c-1' }
const asked = keys({ email: 'jane@contoso.com' })

describe('the request of a match', () => {
  it('is one for all keys, with a query for Contacts and one for Leads', async () => {
    const { match, composites } = await openPeople([lead(1, jane)])
    const all = Array.from({ length: 200 }, (_, n) => keys({ contactIds: [`c-${n}`], email: `p${n}@contoso.com` }))
    expect(await match(...all)).toHaveLength(200)
    expect(composites.map((queries) => queries.map((soql) => /FROM \w+/.exec(soql)?.[0]))).toEqual([
      ['FROM Contact', 'FROM Lead'],
    ])
  })

  it('asks for what is mapped, the identity, the opt-outs, the owner and the state of a Lead, each column once and only where it may be seen', async () => {
    const { match, composites } = await openPeople([])
    await match({ ...asked, fields: { lead: ['email', 'Title', 'Nobody_Made_This__c', 'x FROM User'] } })
    expect(composites[0]?.[1]).toMatch(
      /^SELECT Id, Email, OwnerId, LastModifiedDate, DoNotCall, HasOptedOutOfEmail, IsConverted, ConvertedContactId, Status, leadsync_contact_id__c, Title FROM Lead WHERE /,
    )
  })

  it('takes names as they are where nothing was described yet, but no more than names', async () => {
    const { match, composites } = await openPeople([lead(1, jane)], { described: false })
    const fields = { lead: ['email', 'Title', 'x FROM User', "y'"] }
    expect(await match({ ...asked, fields })).toMatchObject([
      { kind: 'one', record: { fields: { email: 'jane@contoso.com', Title: null, "y'": null } } },
    ])
    expect(composites).toHaveLength(1)
  })

  it('is not made where there is nothing to look for', async () => {
    const { match, composites } = await openPeople([])
    const nobody = keys({ contactIds: [] })
    expect(await match(nobody, { ...nobody, email: '  ' })).toEqual([
      { kind: 'none', deleted: false },
      { kind: 'none', deleted: false },
    ])
    expect(composites).toEqual([])
  })

  it('leaves out what no record can hold: e-mails of more than 80 characters, ids of another form', async () => {
    const { match, composites } = await openPeople([])
    const long = `${'a'.repeat(81)}@contoso.com`
    const matches = await match(
      keys({ email: long, contactIds: [] }),
      keys({ contactIds: [], record: { object: 'lead', id: 'no id' } }),
    )
    expect(matches).toEqual([
      { kind: 'none', deleted: false },
      { kind: 'none', deleted: true, erased: true },
    ])
    expect(composites).toEqual([])
  })

  it('is split where it would be longer than Salesforce takes', async () => {
    const { match, composites } = await openPeople([])
    const contactIds = Array.from({ length: 30 }, (_, n) => `${n}`.padStart(40, '0'))
    await match(...Array.from({ length: 100 }, (_, n) => keys({ contactIds: contactIds.map((id) => `${id}-${n}`) })))
    expect(Math.max(...composites.flat().map((soql) => soql.length))).toBeLessThan(100_000)
    expect(composites.flat().length).toBeLessThanOrEqual(8)
  })
})

describe('an org without a field for the contact id', () => {
  const without = (fields: readonly { name: string }[]) => fields.filter(({ name }) => name !== 'leadsync_contact_id__c')

  it.each([
    ['by setting', { settings: { contactIdField: 'none' } }],
    ['by its description', { lead: without(describedLead), contact: without(describedContact) }],
  ])('%s is asked by e-mail and by what the ledger holds only', async (_, options) => {
    const { match, composites } = await openPeople([lead(1, { Email: 'jane@contoso.com' }), lead(2)], options)
    const record = { object: 'lead', id: leadId(2) }
    expect(await match(asked, keys({ contactIds: ['c-2'], record }), keys({ contactIds: ['c-3'] }))).toMatchObject([
      { kind: 'one', record: { id: leadId(1), ours: false } },
      { kind: 'one', record: { id: leadId(2), ours: false } },
      { kind: 'none', deleted: false },
    ])
    expect(composites.flat().join()).not.toMatch(/leadsync_contact_id__c|none/)
  })

  it('that has it on Leads only is asked for Leads by it', async () => {
    const { match, composites } = await openPeople([lead(1, jane)], { contact: without(describedContact) })
    expect(await match(keys())).toMatchObject([{ kind: 'one', record: { id: leadId(1), ours: true } }])
    expect(composites).toHaveLength(1)
  })

  it('has nobody made anew beside a closed Lead without being told which were made before', async () => {
    const people = [lead(1, { Email: 'jane@contoso.com', Status: 'Unqualified' })]
    const { match, composites } = await openPeople(people, { settings: { contactIdField: 'none' } })
    expect(await match(asked)).toMatchObject([{ kind: 'one', record: { closed: true } }])
    expect(composites).toHaveLength(1)
  })
})

describe('what goes wrong', () => {
  it.each([
    ['hidden', describedLead.filter(({ name }) => name !== 'Email')],
    ['encrypted', describedLead.map((one) => (one.name === 'Email' ? field('Email', { filterable: false }) : one))],
  ])('is for the operator where e-mails are %s: everybody would be entered twice', async (_, fields) => {
    const { match } = await openPeople([lead(1, jane)], { lead: fields })
    const [byEmail, byContactId] = await match(asked, keys())
    expect(byEmail).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('Lead.Email') })
    expect(byContactId).toMatchObject({ kind: 'one', record: { id: leadId(1) } })
  })

  it.each(['FROM Contact', 'FROM Lead'])('in the query %s is never taken for "nobody there"', async (part) => {
    const refuse = (soql: string) => (soql.includes(part) ? 'QUERY_TIMEOUT' : undefined)
    const { match } = await openPeople([], { refuse })
    expect(await match(asked, keys())).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
  })

  it('in a further look-up fails only those that needed it', async () => {
    const refuse = (soql: string, before: number) => (before > 0 && soql.includes('FROM Lead') ? 'QUERY_TIMEOUT' : undefined)
    const { match } = await openPeople([lead(1, jane)], { refuse })
    const gone = (object: string, id: string) => keys({ contactIds: [], record: { object, id } })
    expect(await match(asked, gone('lead', leadId(9)), gone('contact', contactId(9)))).toMatchObject([
      { kind: 'one' },
      { code: 'unavailable' },
      { kind: 'none', deleted: true, erased: true },
    ])
  })

  it('because a field is there no more is mended by reading the description again', async () => {
    let now = Date.parse('2026-11-23T10:00:00.000Z')
    const refuse = (soql: string) => (soql.includes('Title') ? 'INVALID_FIELD' : undefined)
    const lead = [...describedLead]
    const org = await openPeople([], { refuse, lead, now: () => now })
    const wanted = { ...asked, fields: { lead: ['Title'] } }
    const [refused] = await org.match(wanted)
    expect(refused).toMatchObject({ code: 'conflict', retryAfterMs: 60_000 })
    lead.splice(
      lead.findIndex(({ name }) => name === 'Title'),
      1,
    )
    now += 60_000
    await org.refresh()
    expect(await org.match(wanted)).toEqual([{ kind: 'none', deleted: false }])
  })

  it('with an address that thousands of records have concerns nobody else', async () => {
    const crowd = Array.from({ length: 2_000 }, (_, n) => lead(n, { Email: 'info@contoso.com' }))
    const people = await openPeople([...crowd, lead(5_000, jane)])
    const others = Array.from({ length: 60 }, (_, n) => keys({ contactIds: [`c-9${n}`], email: `p${n}@contoso.com` }))
    const matches = await people.match(asked, keys({ contactIds: ['c-0'], email: 'info@contoso.com' }), ...others)
    const none = { kind: 'none', deleted: false }
    expect(matches).toMatchObject([{ kind: 'one' }, { code: 'multiple_matches' }, ...others.map(() => none)])
    expect(people.composites.length).toBeLessThan(10)
  })
})

describe('whatever is asked', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      "' OR Email != '",
      "\\' OR Id != '",
      '\\',
      "x\\\\'",
      "o'x\\' OR Name LIKE '%",
      'jane@contoso.com\u0000',
      '%',
      '_',
      'c-1.%',
      '\n\r\u2028',
    ),
  )

  it('finds the records that have exactly that, and no other', async () => {
    const people = [lead(1, jane), contact(2, { Email: 'john@contoso.com', leadsync_contact_id__c: 'c-2' })]
    const org = await openPeople(people)
    const property = fc.asyncProperty(nasty, nasty, async (email, contactId) => {
      const isKnown = (text: string) => ['jane@contoso.com', 'john@contoso.com', 'c-1', 'c-2'].includes(text.trim().toLowerCase())
      fc.pre(!isKnown(email) && !isKnown(contactId))
      expect(await org.match(keys({ email, contactIds: [contactId] }))).toEqual([{ kind: 'none', deleted: false }])
    })
    await fc.assert(property, { numRuns: 100 })
  })

  it('finds a record by whatever text it has', async () => {
    const property = fc.asyncProperty(
      nasty.filter((text) => text.isWellFormed() && text.trim() === text && text !== ''),
      async (text) => {
        const { match } = await openPeople([lead(1, { leadsync_contact_id__c: text })])
        expect(await match(keys({ contactIds: [text] }))).toMatchObject([{ kind: 'one', record: { id: leadId(1), ours: true } }])
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })

  it('is answered in its place, each the same as alone', async () => {
    const people = [
      lead(1, jane),
      contact(2, { Email: 'p2@contoso.com' }),
      lead(3, { Email: 'p3@contoso.com', Status: 'Unqualified' }),
      lead(4, { IsDeleted: true }),
      lead(6, {
        Email: 'p6@contoso.com',
        leadsync_contact_id__c: 'c-6',
        IsConverted: true,
        ConvertedContactId: contactId(2),
      }),
    ]
    const org = await openPeople(people)
    const email = fc.option(
      fc.constantFrom('jane@contoso.com', 'P2@contoso.com', 'p3@contoso.com', 'p6@contoso.com', 'nobody@contoso.com'),
      { nil: null },
    )
    const record = fc.option(
      fc.integer({ min: 1, max: 7 }).map((n) => ({ object: 'lead', id: leadId(n) })),
      { nil: null },
    )
    const contactIds = fc.subarray(['c-1', 'c-6', 'c-7'])
    const some = fc.array(fc.record({ email, record, contactIds }), { maxLength: 12 })
    const property = fc.asyncProperty(some, async (all) => {
      const wanted = all.map(keys)
      const alone = await Promise.all(wanted.map(async (one) => (await org.match(one))[0]))
      expect(await org.match(...wanted)).toEqual(alone)
    })
    await fc.assert(property, { numRuns: 30 })
  })

  it('many keys of one person find one person, by one value in the query', async () => {
    const { match, composites } = await openPeople([lead(1, jane)])
    const matches = await match(...Array.from({ length: 50 }, () => asked))
    expect(new Set(matches.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(composites[0]?.[1]).toContain("WHERE Email IN ('jane@contoso.com') OR leadsync_contact_id__c IN ('c-1') LIMIT")
  })
})
