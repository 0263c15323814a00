import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordId } from '../../../connectors/dynamics/org/ids.ts'
import { contact, contactId, keys, lead, leadId, openPeople } from './people.ts'

const jane = { emailaddress1: 'jane@contoso.com', leadsync_contactid: 'c-1' }
const asked = keys({ email: 'jane@contoso.com' })
const none = { kind: 'none', deleted: false }
const refusal = (status: number, code: string) => ({ status, body: { error: { code, message: 'Irgendetwas' } } })

describe('the look-up', () => {
  it('of many people is one request: each table by e-mail, contact id and id', async () => {
    const { match, queries, requests } = await openPeople([lead(1, jane)])
    const others = Array.from({ length: 99 }, (_, n) => keys({ contactIds: [`c-9${n}`], email: `p${n}@contoso.com` }))
    const matches = await match(asked, ...others)
    expect(matches).toMatchObject([{ kind: 'one', record: { id: leadId(1) } }, ...others.map(() => none)])
    expect(requests()).toBe(1)
    expect(queries.map(({ path }) => path.replace(/\$select.*filter=/, '').slice(0, 26))).toEqual([
      'contacts?(emailaddress1 eq',
      'contacts?(leadsync_contact',
      "leads?(emailaddress1 eq 'j",
      'leads?(leadsync_contactid ',
      expect.stringMatching(/^leads\?\(leadid eq [0-9a-f]/),
    ])
  })

  it('asks for what is mapped and the identity, the opt-outs, the owner and the state, each column once and only where it is there', async () => {
    const { match, queries } = await openPeople([], { without: ['donotphone', 'msdyn_gdproptout'] })
    await match({ ...asked, fields: { lead: ['emailaddress1', 'ownerid', 'jobtitle', 'nobody_made_this', "x,y&$expand='"] } })
    expect(queries.find(({ path }) => path.startsWith('leads'))?.path).toMatch(
      /^leads\?\$select=leadid,emailaddress1,_ownerid_value,modifiedon,statecode,merged,_masterid_value,donotemail,_parentcontactid_value,leadsync_contactid,jobtitle&\$filter=\(/,
    )
  })

  it.each(['unread', 'forbidden'] as const)(
    'takes names as they are where definitions are %s, but no more than names',
    async (state) => {
      const { match } = await openPeople([lead(1, { ...jane, leadsync_last_lead_at: 'then' })], {
        known: { lead: state, contact: state },
      })
      const fields = { lead: ['leadsync_last_lead_at', 'ownerid', "y'", 'a b'] }
      expect(await match({ ...asked, fields })).toMatchObject([
        { kind: 'one', record: { fields: { leadsync_last_lead_at: 'then', ownerid: null, "y'": null, 'a b': null } } },
      ])
    },
  )

  it('is not made where there is nothing to look for', async () => {
    const { match, requests } = await openPeople([])
    const nobody = keys({ contactIds: [] })
    expect(await match(nobody, { ...nobody, email: '  ' })).toEqual([none, none])
    expect(requests()).toBe(0)
  })

  it('leaves out what no record can hold: texts longer than their column, control characters, ids that are no guids', async () => {
    const { match, requests } = await openPeople([lead(1)])
    const alone = { contactIds: [] }
    const matches = await match(
      keys({ ...alone, email: `${'a'.repeat(100)}@contoso.com` }),
      keys({ ...alone, email: 'jane\u0000@contoso.com' }),
      keys({ ...alone, email: 'jane\ud800@contoso.com' }),
      keys({ ...alone, record: { object: 'lead', id: "x' or leadid ne null" } }),
    )
    expect(matches).toEqual([none, none, none, { kind: 'none', deleted: true }])
    expect(requests()).toBe(0)
  })

  it('is split where a filter would have more conditions, or more text, than is taken', async () => {
    const { match, queries, requests } = await openPeople([])
    const long = (n: number) => keys({ contactIds: [`c-${n}`], email: `${'%'.repeat(90)}${n}@x.com` })
    const joined = (n: number) => keys({ contactIds: ['a', 'b', 'c'].map((name) => `${name}-${n}`) })
    await match(...Array.from({ length: 100 }, (_, n) => ({ ...joined(n), email: long(n).email })))
    expect(Math.max(...queries.map(({ path }) => path.split(' or ').length))).toBeLessThanOrEqual(100)
    expect(Math.max(...queries.map(({ path }) => encodeURI(path).length))).toBeLessThan(30_000)
    expect(requests()).toBe(1)
  })

  it('goes by single requests where the environment takes no batches', async () => {
    const { match, requests } = await openPeople([lead(1, jane)], { settings: { batchSize: 1 } })
    expect(await match(asked)).toMatchObject([{ kind: 'one', record: { id: leadId(1) } }])
    expect(requests()).toBe(5)
  })
})

describe('an environment without a column for the contact id', () => {
  it.each([
    ['by setting', { settings: { contactIdColumn: 'none' } }],
    ['by its definition', { without: ['leadsync_contactid'] }],
  ])('%s is asked by e-mail, by what the ledger holds and by our own ids', async (_, options) => {
    const people = [lead(1, { emailaddress1: 'jane@contoso.com' }), lead(2), contact(recordId('contact', 'c-3'))]
    const { match, queries } = await openPeople(people, options)
    const record = { object: 'lead', id: leadId(2) }
    const wanted = [asked, keys({ contactIds: ['c-2'], record }), keys({ contactIds: ['c-3'] }), keys({ contactIds: ['c-4'] })]
    expect(await match(...wanted)).toMatchObject([
      { kind: 'one', record: { id: leadId(1), ours: false } },
      { kind: 'one', record: { id: leadId(2), ours: false } },
      { kind: 'one', record: { object: 'contact', ours: true } },
      none,
    ])
    expect(queries.map(({ path }) => path).join()).not.toMatch(/leadsync_contactid|none/)
  })

  it('is not asked by our own ids where an alternate key gives new records theirs', async () => {
    const { match, queries } = await openPeople([lead(1, jane)], { settings: { key: 'alternate-key' } })
    expect(await match(asked)).toMatchObject([{ kind: 'one', record: { id: leadId(1), ours: true } }])
    expect(queries.map(({ path }) => path).join()).not.toContain('leadid eq')
  })
})

describe('what goes wrong', () => {
  it('is for the operator where e-mails can not be read: everybody would be entered twice', async () => {
    const { match } = await openPeople([lead(1, jane)], { without: ['emailaddress1'] })
    const [byEmail, byContactId] = await match(asked, keys())
    expect(byEmail).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('emailaddress1') })
    expect(byContactId).toMatchObject({ kind: 'one', record: { id: leadId(1) } })
  })

  it.each(['contacts?', 'leads?'])('in the query of %s is never taken for "nobody there"', async (part) => {
    const refuse = (path: string) => (path.startsWith(part) ? refusal(403, '0x80040220') : undefined)
    const { match } = await openPeople([], { refuse })
    expect(await match(asked, keys())).toMatchObject([{ code: 'misconfigured' }, { code: 'misconfigured' }])
  })

  it.each([
    ['is no list', { body: { values: [] } }],
    ['is of another kind', { status: 204 }],
  ])('because an answer %s is reported to us', async (_, told) => {
    const { match } = await openPeople([], { refuse: () => told })
    expect(await match(asked)).toMatchObject([{ code: 'protocol' }])
  })

  it('in a query by e-mail fails only those who have one', async () => {
    const refuse = (path: string) => (path.includes('(emailaddress1 eq') ? refusal(403, '0x80048405') : undefined)
    const { match } = await openPeople([lead(1, jane)], { refuse })
    expect(await match(asked, keys())).toMatchObject([{ code: 'misconfigured' }, { kind: 'one' }])
  })

  it('in a further look-up fails only those that needed it', async () => {
    const refuse = (_: string, before: number) => (before > 0 ? refusal(403, '0x80048405') : undefined)
    const gone = { object: 'lead', id: leadId(9) }
    const { match } = await openPeople([lead(1, jane)], { refuse })
    const wanted = [asked, keys({ contactIds: ['c-2'], record: gone }), keys({ contactIds: [], record: gone })]
    expect(await match(...wanted)).toMatchObject([{ kind: 'one' }, { code: 'misconfigured' }, { kind: 'none', deleted: true }])
  })

  it.each([400, 413])('for one value of a query (%i) concerns nobody else', async (status) => {
    const refuse = (path: string) => (path.includes("'odd@contoso.com'") ? refusal(status, '0x80048d02') : undefined)
    const { match, requests } = await openPeople([lead(1, jane)], { refuse })
    const others = Array.from({ length: 60 }, (_, n) => keys({ contactIds: [`c-9${n}`], email: `p${n}@contoso.com` }))
    const odd = keys({ contactIds: ['c-0'], email: 'odd@contoso.com' })
    expect(await match(asked, odd, ...others)).toMatchObject([{ kind: 'one' }, { code: 'invalid' }, ...others.map(() => none)])
    expect(requests()).toBeLessThan(10)
  })

  it('because a column is there no more is mended by reading the definitions again', async () => {
    const now = Date.parse('2026-11-23T10:00:00.000Z')
    const refuse = (path: string) => (path.includes('jobtitle') ? refusal(400, '0x80060888') : undefined)
    const { match, org } = await openPeople([], { refuse, now: () => now })
    const [refused] = await match({ ...asked, fields: { lead: ['jobtitle'] } })
    expect(refused).toMatchObject({ code: 'conflict', retryAfterMs: 60_000 })
    expect(org.staleAt).toBe(now)
  })

  it('because of a column, where definitions are hidden, is for the operator', async () => {
    const { match } = await openPeople([], { known: { lead: 'forbidden' }, without: ['leadsync_contactid'] })
    expect(await match(asked)).toMatchObject([
      { code: 'misconfigured', message: expect.stringContaining('contactIdColumn or the mapping') },
    ])
  })

  it('is that a page is not the last one: nobody is said to be missing who stands on the next', async () => {
    const more = { value: [], '@odata.nextLink': 'https://acme.crm4.dynamics.com/api/data/v9.2/leads?$skiptoken=1' }
    const { match } = await openPeople([], { refuse: (path) => (path.startsWith('leads') ? { body: more } : undefined) })
    expect(await match(asked)).toMatchObject([{ code: 'multiple_matches' }])
  })

  it('is not that there are several pages: they are read to the end', async () => {
    const link = (host: string) => `https://${host}/api/data/v9.2/leads?$select=leadid&$skiptoken=2`
    const row = { ...lead(7, jane), '@odata.etag': 'W/"1"' }
    const refuse = (path: string) => {
      if (path.startsWith('leads?$select=leadid&$skiptoken=2')) return { body: { value: [row] } }
      return path.includes('(emailaddress1 eq') && path.startsWith('leads')
        ? { body: { value: [], '@odata.nextLink': link('acme.crm4.dynamics.com') } }
        : undefined
    }
    const { match, queries } = await openPeople([], { refuse })
    expect(await match(asked)).toMatchObject([{ kind: 'one', record: { id: leadId(7) } }])
    expect(queries.filter(({ path }) => path.includes('$skiptoken'))).toHaveLength(1)
  })

  it.each([
    ['another table', 'https://acme.crm4.dynamics.com/api/data/v9.2/contacts?$skiptoken=1'],
    ['another API', 'https://acme.crm4.dynamics.com/other/leads?$skiptoken=1'],
    ['nowhere', 'zaphod'],
  ])('with a next page of %s is never followed', async (_, next) => {
    const more = { body: { value: [], '@odata.nextLink': next } }
    const { match, queries } = await openPeople([], { refuse: (path) => (path.startsWith('leads') ? more : undefined) })
    expect(await match(asked)).toMatchObject([{ code: 'multiple_matches' }])
    expect(queries.filter(({ path }) => path.includes('$skiptoken'))).toEqual([])
  })

  it('with pages without end comes to one', async () => {
    const next = 'https://acme.crm4.dynamics.com/api/data/v9.2/leads?$skiptoken=1'
    const more = { body: { value: [], '@odata.nextLink': next } }
    const { match, requests } = await openPeople([], { refuse: (path) => (path.startsWith('leads') ? more : undefined) })
    expect(await match(asked)).toMatchObject([{ code: 'multiple_matches' }])
    expect(requests()).toBe(20)
  })

  it('with an address that a thousand records have concerns nobody else', async () => {
    const crowd = Array.from({ length: 1_000 }, (_, n) => lead(n, { emailaddress1: 'info@contoso.com' }))
    const people = await openPeople([...crowd, lead(5_000, jane)])
    const others = Array.from({ length: 60 }, (_, n) => keys({ contactIds: [`c-9${n}`], email: `p${n}@contoso.com` }))
    const matches = await people.match(asked, keys({ contactIds: ['c-0'], email: 'info@contoso.com' }), ...others)
    expect(matches).toMatchObject([{ kind: 'one' }, { code: 'multiple_matches' }, ...others.map(() => none)])
    expect(people.requests()).toBeLessThan(10)
  })
})

describe('whatever is asked', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      "' or emailaddress1 ne '",
      "') or (leadid ne null",
      "''",
      "'",
      'x%27 or 1 eq 1',
      'jane+tag@contoso.com',
      'a&$top=5000&$filter=b',
      'a#b',
      'a?b',
      'https://evil.example/',
      '\\',
      '..%2f..',
      'jane@contoso.com\u0000',
      'c-1.%',
      '\r\n\r\n--batch_1',
      '\u2028',
    ),
  )

  it('finds the records that have exactly that, and no other, and never leaves the environment', async () => {
    const people = [lead(1, jane), contact(2, { emailaddress1: 'john@contoso.com', leadsync_contactid: 'c-2' })]
    const org = await openPeople(people)
    const property = fc.asyncProperty(nasty, nasty, async (email, id) => {
      const isKnown = (text: string) => ['jane@contoso.com', 'john@contoso.com', 'c-1', 'c-2'].includes(text.trim().toLowerCase())
      fc.pre(!isKnown(email) && !isKnown(id))
      expect(await org.match(keys({ email, contactIds: [id] }))).toEqual([none])
    })
    await fc.assert(property, { numRuns: 100 })
  })

  it('finds a record by whatever text it has', async () => {
    const findable = nasty.filter((text) => text.isWellFormed() && text.trim() === text && text !== '' && !/\p{Cc}/u.test(text))
    const property = fc.asyncProperty(findable, async (text) => {
      const { match } = await openPeople([lead(1, { leadsync_contactid: text }), lead(2, { emailaddress1: text })])
      const [byId, byEmail] = await match(keys({ contactIds: [text] }), keys({ contactIds: [], email: text }))
      expect(byId).toMatchObject({ kind: 'one', record: { id: leadId(1), ours: true } })
      expect(byEmail).toMatchObject({ kind: 'one', record: { id: leadId(2), ours: false } })
    })
    await fc.assert(property, { numRuns: 25 })
  })

  it('is answered in its place, each the same as alone', async () => {
    const people = [
      lead(1, jane),
      contact(2, { emailaddress1: 'p2@contoso.com' }),
      lead(3, { emailaddress1: 'p3@contoso.com', statecode: 2 }),
      lead(4, { statecode: 2, merged: true, _masterid_value: leadId(1) }),
      lead(5, { emailaddress1: 'p5@contoso.com', leadsync_contactid: 'c-5', statecode: 1, _parentcontactid_value: contactId(2) }),
    ]
    const org = await openPeople(people)
    const email = fc.option(
      fc.constantFrom('jane@contoso.com', 'P2@contoso.com', 'p3@contoso.com', 'p5@contoso.com', 'nobody@contoso.com'),
      { nil: null },
    )
    const record = fc.option(
      fc.integer({ min: 1, max: 7 }).map((n) => ({ object: 'lead', id: leadId(n) })),
      { nil: null },
    )
    const contactIds = fc.subarray(['c-1', 'c-5', 'c-7'])
    const some = fc.array(fc.record({ email, record, contactIds }), { maxLength: 12 })
    const property = fc.asyncProperty(some, async (all) => {
      const wanted = all.map(keys)
      const alone = await Promise.all(wanted.map(async (one) => (await org.match(one))[0]))
      expect(await org.match(...wanted)).toEqual(alone)
    })
    await fc.assert(property, { numRuns: 30 })
  })

  it('many keys of one person find one person, by one value in each query', async () => {
    const { match, queries } = await openPeople([lead(1, jane)])
    const matches = await match(...Array.from({ length: 50 }, () => asked))
    expect(new Set(matches.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(queries.filter(({ path }) => path.includes(' or '))).toEqual([])
  })
})
