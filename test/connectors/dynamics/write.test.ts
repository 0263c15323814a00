import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordId } from '../../../connectors/dynamics/org/ids.ts'
import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'
import {
  ContactIdKey,
  change,
  contactId,
  idIn,
  idOf,
  lead,
  openStand,
  orgOf,
  planned,
  Root,
  refused,
  tableLike,
} from './writing.ts'

const leadId = (n: number) => recordId('lead', contactId(n))

function short(judged: readonly Judged<WriteOutcome>[]): unknown[] {
  return judged.map((one) => (one instanceof DeliveryError ? one.code : one.result))
}

function errorIn(judged: readonly Judged<WriteOutcome>[]): DeliveryError {
  const [one] = judged
  if (!(one instanceof DeliveryError)) throw new Error('It was not refused.')
  return one
}

function seen({ method, path, headers, body }: Asked) {
  const conditions = ['if-match', 'if-none-match', 'prefer', 'mscrm.suppressduplicatedetection']
  const kept = conditions.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  return { method, path, headers: Object.fromEntries(kept), body }
}

/** Answers the first request that writes in one way, later ones in others; undefined as if nothing were wrong. */
function inTurn(...tolds: readonly (Told | undefined)[]): (asked: Asked) => Told | undefined {
  const left = [...tolds]
  return ({ method }) => (method === 'PATCH' ? left.shift() : undefined)
}

describe('what is sent', () => {
  it('makes a new record only where its id is free, and changes a known one only where it still is', async () => {
    const stand = await openStand()
    const outcomes = await stand.write([change(1, { jobtitle: 'CTO', telephone1: null }), lead(2)])
    const names = { lastname: 'Last2', subject: 'Offer 2', leadsync_contactid: contactId(2) }
    expect(stand.writes().map(seen)).toEqual(
      expect.arrayContaining([
        {
          method: 'PATCH',
          path: `${Root}leads(${idOf(1)})`,
          headers: { 'if-match': '*' },
          body: { jobtitle: 'CTO', telephone1: null },
        },
        {
          method: 'PATCH',
          path: `${Root}leads(${leadId(2)})?$select=leadid`,
          headers: { 'if-none-match': '*', prefer: 'return=representation' },
          body: names,
        },
      ]),
    )
    expect(outcomes).toEqual([
      { object: 'lead', id: idOf(1), result: 'updated', dropped: [] },
      { object: 'lead', id: leadId(2), result: 'created', dropped: [] },
    ])
  })

  it('gives the record after a closed one an id of its own', () => {
    const [[operation] = []] = planned([lead(1, { contactId: `${contactId(1)}.2` })]).operations
    expect(operation?.path).toBe(`leads(${recordId('lead', `${contactId(1)}.2`)})?$select=leadid`)
    expect(operation?.path).not.toContain(leadId(1))
  })

  it('sends nothing for an update without fields', async () => {
    const stand = await openStand()
    expect(await stand.write([change(1, {})])).toEqual([{ object: 'lead', id: idOf(1), result: 'unchanged', dropped: [] }])
    expect(stand.server.asked).toEqual([])
  })

  it('plans exactly what it then sends', async () => {
    const stand = await openStand()
    const writes = [lead(1), lead(1), change(2, { jobtitle: 'x' }), lead(3, { object: 'contact' }), change(4, { no_column: 1 })]
    const plan = planned(writes).operations.flat()
    await stand.write(writes)
    const byPath = (a: { path: string }, b: { path: string }) => a.path.localeCompare(b.path)
    expect(
      stand
        .writes()
        .map(({ method, path, body }) => ({ method, path, body }))
        .toSorted(byPath),
    ).toEqual(plan.map(({ method, path, body }) => ({ method, path: Root + path, body })).toSorted(byPath))
  })

  it.each([
    ['the same person', [lead(1), lead(1, { email: null })]],
    ['the same e-mail in other letters', [lead(1), lead(2, { email: 'P1@Contoso.com' })]],
    ['the same record', [change(1, { jobtitle: 'a' }), change(2, { jobtitle: 'b' }, { recordId: idOf(1).toUpperCase() })]],
  ])('never sends two writes to %s at a time, and keeps their order', (_, writes) => {
    expect(planned(writes).turns.map((rows) => rows.map(({ index }) => index))).toEqual([[0], [1]])
  })

  it('sends any writes once each, nobody twice in one turn', () => {
    const anyWrite = fc.record({ n: fc.nat(60), isNew: fc.boolean(), isContact: fc.boolean() })
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 200 }), (list) => {
        const writes = list.map(({ n, isNew, isContact }) => {
          const some: Partial<RecordWrite> = isContact ? { object: 'contact' } : {}
          return isNew ? lead(n, some) : change(n, { jobtitle: 'x' }, some)
        })
        const { turns } = planned(writes)
        const sent = turns.flatMap((rows) => rows.map(({ index }) => index))
        expect(sent.toSorted((a, b) => a - b)).toEqual(writes.map((_, index) => index))
        for (const rows of turns) expect(new Set(rows.map(({ write }) => write.contactId)).size).toBe(rows.length)
      }),
      { numRuns: 30 },
    )
  })

  it('addresses a new record by our contact id where the key is active, and keeps the key out of the body', async () => {
    const org = orgOf(tableLike('lead', {}, [ContactIdKey]))
    const stand = await openStand(undefined, { org, settings: { key: 'alternate-key' } })
    expect(await stand.write([lead(1)])).toMatchObject([{ id: idOf(900), result: 'created' }])
    expect(stand.writes().map(seen)).toEqual([
      {
        method: 'PATCH',
        path: `${Root}leads(leadsync_contactid='${contactId(1)}')?$select=leadid`,
        headers: { 'if-none-match': '*', prefer: 'return=representation' },
        body: { lastname: 'Last1', subject: 'Offer 1' },
      },
    ])
  })

  it('falls back to its own id where the key is not active', () => {
    const [[operation] = []] = planned([lead(1)], {}, { key: 'alternate-key' }).operations
    expect(operation).toMatchObject({ path: `leads(${leadId(1)})?$select=leadid`, body: { leadsync_contactid: contactId(1) } })
  })

  it('binds a new Lead to the Contact of the same person', async () => {
    const stand = await openStand()
    stand.contacts.learn(contactId(1), { object: 'contact', id: idOf(7) })
    await stand.write([lead(1, { contactId: `${contactId(1)}.1` }), lead(2), change(3, { jobtitle: 'x' })])
    const bound = stand.writes().map(({ body }) => body['parentcontactid@odata.bind'])
    expect(bound.filter((one) => one !== undefined)).toEqual([`/contacts(${idOf(7)})`])
  })

  it('asks for duplicate detection only when told to, and only for new records', async () => {
    const stand = await openStand(undefined, { settings: { detectDuplicates: true } })
    await stand.write([lead(1), change(2, { jobtitle: 'x' })])
    const headers = stand.writes().map((asked) => seen(asked).headers)
    expect(headers).toContainEqual({
      'if-none-match': '*',
      prefer: 'return=representation',
      'mscrm.suppressduplicatedetection': 'false',
    })
    expect(headers).toContainEqual({ 'if-match': '*' })
  })
})

describe('an answer about another record', () => {
  const other: Told = { status: 201, body: { leadid: idOf(66) } }
  const entity: Told = { status: 204, body: '', headers: { 'odata-entityid': `https://a.example${Root}leads(${idOf(66)})` } }

  it.each([
    ['a new record', lead(1), other],
    ['a new record, in OData-EntityId', lead(1), entity],
    ['a known record', change(1, { jobtitle: 'x' }), entity],
  ])('is never taken for %s, nor its id kept', async (_, write, told) => {
    const stand = await openStand(({ method }) => (method === 'PATCH' ? told : undefined))
    expect(short(await stand.write([write]))).toEqual(['unavailable'])
    expect(stand.writes()).toHaveLength(2)
  })

  it('is asked for again, and what it says then is taken', async () => {
    const stand = await openStand(inTurn(other))
    expect(await stand.write([lead(1)])).toMatchObject([{ id: leadId(1), result: 'created' }])
  })

  it('is never taken when it says what a record holds', async () => {
    const held = { leadid: idOf(66), lastname: 'Last1', subject: 'Offer 1', leadsync_contactid: contactId(1) }
    const stand = await openStand(({ method }) => (method === 'PATCH' ? refused(412, '0x80040237') : { body: held }))
    expect(short(await stand.write([lead(1)]))).toEqual(['unavailable'])
  })
})

describe('a new record that is there already', () => {
  const stored = { leadid: leadId(1), lastname: 'Last1 ', subject: 'Offer 1', leadsync_contactid: contactId(1) }
  const reading = (record: object | null) => (asked: Asked) => {
    if (asked.method === 'PATCH') return refused(412, '0x80040237')
    return record === null ? refused(404, '0x80040217') : { body: record }
  }

  it('is unchanged when it holds all that was sent: the answer to an earlier try was lost', async () => {
    const stand = await openStand(reading(stored))
    expect(await stand.write([lead(1)])).toEqual([{ object: 'lead', id: leadId(1), result: 'unchanged', dropped: [] }])
    expect(stand.reads()).toEqual([`leads(${leadId(1)})?$select=leadid,lastname,subject,leadsync_contactid`])
  })

  it('holds times to the second, choices as numbers and lookups by id', async () => {
    const record = {
      ...stored,
      leadsync_lastleadat: '2026-11-23T10:00:00Z',
      leadsourcecode: 8,
      _campaignid_value: idOf(5).toUpperCase(),
      donotphone: true,
    }
    const fields = {
      leadsync_lastleadat: '2026-11-23T10:00:00.789Z',
      leadsourcecode: 'web',
      campaignid: idOf(5),
      donotphone: 'yes',
    }
    const stand = await openStand(reading(record))
    expect(await stand.write([lead(1, { fields })])).toMatchObject([{ result: 'unchanged' }])
    expect(stand.reads()[0]).toContain('_campaignid_value')
  })

  it.each([
    ['another value', { ...stored, subject: 'Another' }],
    ['nothing', { ...stored, subject: null }],
  ])('goes back to the look-up when it holds %s', async (_, record) => {
    const stand = await openStand(reading(record))
    expect(short(await stand.write([lead(1)]))).toEqual(['conflict'])
    expect(stand.writes()).toHaveLength(1)
  })

  it('goes back to the look-up when it can not be read', async () => {
    expect(short(await (await openStand(reading(null))).write([lead(1)]))).toEqual(['conflict'])
  })

  it('is known by an empty code too, as the documentation shows it', async () => {
    const stand = await openStand(({ method }) => (method === 'PATCH' ? refused(412, '') : { body: stored }))
    expect(await stand.write([lead(1)])).toMatchObject([{ result: 'unchanged' }])
  })

  it('is sent once more when it lost a race for a key that nobody holds in the end', async () => {
    let tries = 0
    const stand = await openStand(({ method }) => {
      if (method === 'GET') return refused(404, '0x80060891')
      tries += 1
      return tries === 1 ? refused(412, '0x80060892') : undefined
    })
    expect(await stand.write([lead(1)])).toMatchObject([{ result: 'created' }])
  })

  it('is not fought over for ever', async () => {
    const stand = await openStand(({ method }) => (method === 'GET' ? refused(404, '0x80060891') : refused(412, '0x80060892')))
    expect(short(await stand.write([lead(1)]))).toEqual(['conflict'])
    expect(stand.writes()).toHaveLength(2)
  })

  it('is made by the same request again when the database was too slow after it had been made', async () => {
    let made = false
    const stand = await openStand(({ method }) => {
      if (method === 'GET') return { body: stored }
      if (made) return refused(412, '0x80040237')
      made = true
      return refused(500, '0x80044151')
    })
    expect(await stand.write([lead(1)])).toMatchObject([{ id: leadId(1), result: 'unchanged' }])
  })
})

describe('a duplicate detection rule', () => {
  const told = { detectDuplicates: true }
  const blocks = (status: number, found: readonly string[], message?: string) => (asked: Asked) => {
    if (asked.method === 'PATCH') return refused(status, '0x80040333', message)
    return { body: { value: found.map((leadid) => ({ leadid })) } }
  }

  it.each([412, 500])('that blocks with %i leads to the one open record with the same e-mail', async (status) => {
    const stand = await openStand(blocks(status, [idOf(5)]), { settings: told })
    expect(short(await stand.write([lead(1)]))).toEqual(['conflict'])
    expect(stand.holders.of(contactId(1))).toEqual({ object: 'lead', id: idOf(5) })
    expect(stand.writes()).toHaveLength(1)
    expect(stand.reads()).toEqual(["leads?$select=leadid&$filter=statecode eq 0 and (emailaddress1 eq 'p1@contoso.com')&$top=2"])
  })

  it('may name the record itself', async () => {
    const message = `Doppelt. <Duplicates><Id>{${idOf(6)}}</Id></Duplicates>`
    const stand = await openStand(blocks(412, [], message), { settings: told })
    expect(short(await stand.write([lead(1, { email: null })]))).toEqual(['conflict'])
    expect(stand.holders.of(contactId(1))).toEqual({ object: 'lead', id: idOf(6) })
    expect(stand.reads()).toEqual([])
  })

  it.each([
    ['nobody has the e-mail', [], lead(1)],
    ['several have it', [idOf(5), idOf(6)], lead(1)],
    ['the customer has none', [idOf(5)], lead(1, { email: null })],
    ['it is the record after a closed one', [idOf(5)], lead(1, { contactId: `${contactId(1)}.1` })],
  ])('is for a person when %s', async (_, found, write) => {
    const stand = await openStand(blocks(412, found), { settings: told })
    expect(short(await stand.write([write]))).toEqual(['multiple_matches'])
  })

  it('is for a person when the record that it found was looked up before', async () => {
    const stand = await openStand(blocks(412, [idOf(5)]), { settings: told })
    expect(short(await stand.write([lead(1)]))).toEqual(['conflict'])
    expect(short(await stand.write([lead(1)]))).toEqual(['multiple_matches'])
  })
})

describe('a known record', () => {
  it('that is gone goes back to the look-up', async () => {
    const stand = await openStand(() => refused(404, '0x80040217'))
    expect(short(await stand.write([change(1, { jobtitle: 'x' })]))).toEqual(['conflict'])
    expect(stand.writes()).toHaveLength(1)
  })

  it.each(['0x80040519', '0x80040230'])('that was closed meanwhile (%s) goes back to the look-up', async (code) => {
    const stand = await openStand(() => refused(400, code))
    expect(short(await stand.write([change(1, { jobtitle: 'x' })]))).toEqual(['conflict'])
  })

  it('that is to be written to although it is closed is left as it is where the environment takes no changes to it', async () => {
    const stand = await openStand(() => refused(400, '0x80040519'))
    await stand.write([change(1, { jobtitle: 'x' })])
    expect(await stand.write([change(1, { jobtitle: 'x' })])).toEqual([
      {
        object: 'lead',
        id: idOf(1),
        result: 'unchanged',
        dropped: [{ field: 'jobtitle', reason: expect.stringContaining('closed') }],
      },
    ])
  })
})

it('a record that is open again and was written to is looked up again when it is closed anew', async () => {
  let isClosed = true
  const stand = await openStand(() => (isClosed ? refused(400, '0x80040519') : undefined))
  const write = change(1, { jobtitle: 'x' })
  const seen: unknown[] = []
  for (const state of [true, false, true, true]) {
    isClosed = state
    seen.push(...short(await stand.write([write])))
  }
  expect(seen).toEqual(['conflict', 'updated', 'conflict', 'unchanged'])
})

describe('owners and other references', () => {
  const users = [
    { systemuserid: idOf(71), internalemailaddress: 'Jane@Acme.example', domainname: 'jane@acme.onmicrosoft.com' },
    { systemuserid: idOf(72), internalemailaddress: 'both@acme.example', domainname: 'one@acme.example' },
    { systemuserid: idOf(73), internalemailaddress: 'both@acme.example', domainname: 'two@acme.example' },
  ]
  const teams = [{ teamid: idOf(81), name: "Vertrieb 'Nord'" }]
  const people = ({ path }: Asked) => {
    if (path.startsWith(`${Root}systemusers`)) return { body: { value: users } }
    return path.startsWith(`${Root}teams`) ? { body: { value: teams } } : undefined
  }

  it.each([
    ['an e-mail', 'jane@acme.example ', `/systemusers(${idOf(71)})`],
    ['a user name', 'two@acme.example', `/systemusers(${idOf(73)})`],
    ["a team's name", "vertrieb 'nord'", `/teams(${idOf(81)})`],
    ["a user's id", idOf(72).toUpperCase(), `/systemusers(${idOf(72)})`],
    ["a team's id", idOf(81), `/teams(${idOf(81)})`],
  ])('an owner may be %s', async (_, ownerid, bound) => {
    const stand = await openStand(people)
    expect(await stand.write([lead(1, { fields: { ownerid } })])).toMatchObject([{ result: 'created', dropped: [] }])
    expect(stand.writes()[0]?.body).toMatchObject({ 'ownerid@odata.bind': bound })
  })

  it.each(['nobody@acme.example', 'both@acme.example', idOf(99)])(
    'an owner who is nobody, or several, is dropped: %s',
    async (ownerid) => {
      const stand = await openStand(people)
      const outcomes = await stand.write([lead(1, { fields: { ownerid } })])
      expect(outcomes).toMatchObject([{ result: 'created', dropped: [{ field: 'ownerid' }] }])
      expect(Object.keys(stand.writes()[0]?.body)).not.toContain('ownerid@odata.bind')
    },
  )

  it('asks only for users who are enabled, once, and puts quotes where they belong', async () => {
    const stand = await openStand(people)
    await stand.write([lead(1, { fields: { ownerid: "O'Neil & Sons" } })])
    await stand.write([lead(2, { fields: { ownerid: "o'neil & sons" } })])
    const [first, second, ...more] = stand.reads()
    expect(first).toContain("isdisabled eq false and ((internalemailaddress eq 'o''neil & sons')")
    expect(second).toContain("teams?$select=teamid,name&$filter=(name eq 'o''neil & sons')")
    expect(more).toEqual([])
  })

  it('asks for none that nobody can be called, and in no query more than it takes', async () => {
    const stand = await openStand(people)
    const odd = ['\u0000jane', 'x'.repeat(60_000), '\ud800']
    const many = Array.from({ length: 400 }, (_, n) => `user${n}@acme.example`)
    const writes = [...odd, ...many, 'jane@acme.example'].map((ownerid, n) => lead(n, { fields: { ownerid } }))
    const outcomes = await stand.write(writes)
    expect(outcomes.at(-1)).toMatchObject({ result: 'created', dropped: [] })
    expect(outcomes[0]).toMatchObject({ result: 'created', dropped: [{ field: 'ownerid' }] })
    expect(Math.max(...stand.reads().map((path) => path.split(' or ').length))).toBeLessThanOrEqual(250)
    expect(Math.max(...stand.reads().map((path) => path.length))).toBeLessThan(20_000)
  })

  it('forgets nobody whom the same call needs, however many it has asked for', async () => {
    const stand = await openStand(people)
    const jane = lead(1_000, { fields: { ownerid: 'jane@acme.example' } })
    await stand.write([jane])
    const others = Array.from({ length: 999 }, (_, n) => lead(n, { fields: { ownerid: `user${n}@acme.example` } }))
    expect(await stand.write([others[0] ?? jane])).toMatchObject([{ result: 'created' }])
    const all = await stand.write([...others, jane])
    expect(all.at(-1)).toMatchObject({ dropped: [] })
  })

  it('takes an id on trust, and no name, where users may not be read', async () => {
    const stand = await openStand(({ method }) => (method === 'GET' ? refused(403, '0x80048306') : undefined))
    const outcomes = await stand.write([
      lead(1, { fields: { ownerid: idOf(99) } }),
      lead(2, { fields: { ownerid: 'a@b.example' } }),
    ])
    expect(outcomes).toMatchObject([{ dropped: [] }, { dropped: [{ field: 'ownerid' }] }])
  })

  it.each([
    ['is not there', 404, '0x80040217'],
    ['is disabled', 400, '0x80040225'],
    ['has no right to it', 403, '0x80040220'],
  ])('an owner who %s is left out in the same call', async (_, status, code) => {
    const stand = await openStand((asked) => {
      if (asked.method === 'PATCH') return 'ownerid@odata.bind' in asked.body ? refused(status, code) : undefined
      return people(asked)
    })
    const outcomes = await stand.write([
      lead(1, { fields: { ownerid: idOf(71) } }),
      change(2, { ownerid: idOf(71), jobtitle: 'x' }),
    ])
    expect(outcomes).toMatchObject([
      { result: 'created', dropped: [{ field: 'ownerid' }] },
      { result: 'updated', dropped: [{ field: 'ownerid' }] },
    ])
  })

  it('an owner whom the mapping requires is for a person', async () => {
    const stand = await openStand((asked) => (asked.method === 'PATCH' ? refused(404, '0x80040217') : people(asked)))
    const write = lead(1, { fields: { ownerid: idOf(71) }, required: ['ownerid'] })
    expect(errorIn(await stand.write([write]))).toMatchObject({ code: 'invalid', fields: ['ownerid'] })
  })

  it('a missing privilege stays the matter of the whole CRM when it is not about the owner', async () => {
    const stand = await openStand((asked) => (asked.method === 'PATCH' ? refused(403, '0x80040220') : people(asked)))
    expect(short(await stand.write([lead(1, { fields: { ownerid: idOf(71) } })]))).toEqual(['misconfigured'])
  })

  it('a record that is gone is told from a campaign that is', async () => {
    const gone = await openStand(() => refused(404, '0x80040217'))
    expect(short(await gone.write([change(1, { campaignid: idOf(5), jobtitle: 'x' })]))).toEqual(['conflict'])
    expect(short(await gone.write([change(1, { campaignid: idOf(5) })]))).toEqual(['conflict'])
    const needed = change(1, { campaignid: idOf(5), jobtitle: 'x' }, { required: ['campaignid'] })
    expect(short(await gone.write([needed]))).toEqual(['conflict'])
    const there = await openStand(({ method, body }) =>
      method === 'PATCH' && 'campaignid@odata.bind' in body ? refused(404, '0x80040217') : undefined,
    )
    const outcomes = await there.write([change(1, { campaignid: idOf(5), jobtitle: 'x' })])
    expect(outcomes).toMatchObject([{ result: 'updated', dropped: [{ field: 'campaignid' }] }])
  })
})

describe('a record that is refused for a value', () => {
  it('says which field, by the name that the mapping gave it', async () => {
    const stand = await openStand(() => refused(400, '0x80048d19', "Die Eigenschaft 'parentcustomerid_account' …"))
    const write = change(1, { parentcustomerid: `accounts(${idOf(3)})` }, { object: 'contact' })
    expect(errorIn(await stand.write([write]))).toMatchObject({ code: 'invalid', fields: ['parentcustomerid'] })
  })

  it('says it of the fields that the mapping has, and leaves out what stands for none', async () => {
    const stand = await openStand(({ body }) =>
      body?.donotphone === true ? refused(403, '0x8004F507', "Keine Rechte für 'donotphone'.") : undefined,
    )
    const writes = [change(1, { jobtitle: 'x' }, { optOut: ['phone'] }), change(2, {}, { optOut: ['phone'] })]
    expect(await stand.write(writes)).toMatchObject([
      { result: 'updated', dropped: [{ field: 'donotphone', reason: expect.stringContaining('secured') }] },
      { result: 'unchanged', dropped: [{ field: 'donotphone' }] },
    ])
    expect(stand.writes().at(-1)?.body).toEqual({ jobtitle: 'x' })
  })

  it('says it of one column after the other: a no by telephone does not depend on how many of them are secured', async () => {
    const secured = ['donotemail', 'donotbulkemail']
    const stand = await openStand(({ body }) => {
      const name = secured.find((one) => body?.[one] === true)
      return name === undefined ? undefined : refused(403, '0x8004F507', `Keine Rechte für '${name}'.`)
    })
    const write = change(1, { leadsync_notes: 'no' }, { optOut: ['email', 'phone'] })
    expect(await stand.write([write])).toMatchObject([{ result: 'updated', dropped: secured.map((field) => ({ field })) }])
    expect(stand.writes().at(-1)?.body).toEqual({ leadsync_notes: 'no', donotphone: true })
  })

  it('is written without its owner and without its campaign, when neither is taken', async () => {
    const stand = await openStand(({ method, path, body }) => {
      if (path.startsWith(`${Root}systemusers`)) return { body: { value: [{ systemuserid: idOf(71) }] } }
      if (method !== 'PATCH') return undefined
      if ('ownerid@odata.bind' in body) return refused(400, '0x80040225')
      return 'campaignid@odata.bind' in body ? refused(404, '0x80040217') : undefined
    })
    const write = lead(1, { fields: { ownerid: idOf(71), campaignid: idOf(5) } })
    const dropped = [{ field: 'ownerid' }, { field: 'campaignid' }]
    expect(await stand.write([write])).toMatchObject([{ result: 'created', dropped }])
  })

  it('leaves the others of its turn alone', async () => {
    const stand = await openStand((asked) => (idIn(asked) === leadId(2) ? refused(400, '0x80040265') : undefined))
    expect(short(await stand.write([1, 2, 3].map((n) => lead(n))))).toEqual(['created', 'invalid', 'created'])
  })

  it.each([
    ['new', lead(1, { fields: { jobtitle: 'a', department: 'bad', telephone1: 'c', websiteurl: 'd', fax: 'e' } }), 'created'],
    ['known', change(1, { jobtitle: 'a', department: 'bad', telephone1: 'c', websiteurl: 'd' }), 'updated'],
  ])('and not told which: all but that value is written to the %s record', async (_, write, result) => {
    const stored = new Map<string, unknown>()
    const stand = await openStand(
      (asked) => {
        if (asked.method !== 'PATCH') return undefined
        if ('department' in asked.body) return refused(400, '0x80044331')
        for (const [name, value] of Object.entries(asked.body)) stored.set(name, value)
        return undefined
      },
      { org: orgOf(tableLike('lead', { department: {} })) },
    )
    const outcomes = await stand.write([{ ...write, required: ['leadsync_contactid'] }])
    expect(outcomes).toMatchObject([{ result, dropped: [{ field: 'department', reason: expect.stringMatching(/too long/) }] }])
    expect(stored.get('telephone1')).toBe('c')
    expect(stored.has('department')).toBe(false)
    expect(stand.writes().length).toBeLessThan(10)
  })

  it('and not told which: a required one that is bad refuses the record, and nothing is made without it', async () => {
    const stand = await openStand(({ body }) => (body && 'jobtitle' in body ? refused(400, '0x80044331') : undefined))
    expect(short(await stand.write([lead(1, { fields: { jobtitle: 'x', fax: 'y' }, required: ['jobtitle'] })]))).toEqual([
      'invalid',
    ])
    expect(stand.writes().every(({ body }) => 'jobtitle' in body)).toBe(true)
  })

  it('and not told which: what it can not be without is never left out', async () => {
    const stand = await openStand(() => refused(400, '0x80044331'))
    expect(short(await stand.write([lead(1, { fields: { jobtitle: 'x' }, required: ['lastname', 'subject'] })]))).toEqual([
      'invalid',
    ])
    expect(stand.writes()).toHaveLength(2)
  })

  it('never costs more than a bounded number of requests', async () => {
    const stand = await openStand(({ body }) => (body && 'jobtitle' in body ? refused(400, '0x80044331') : undefined))
    const writes = Array.from({ length: 50 }, (_, n) =>
      lead(n, { fields: { jobtitle: 'x', telephone1: 'y' }, required: ['lastname'] }),
    )
    await stand.write(writes)
    expect(stand.writes().length).toBeLessThanOrEqual(50 + 50 + 40)
  })
})

describe('the whole environment', () => {
  it.each([
    ['rate limited', { ...refused(429, '0x80072322'), headers: { 'retry-after': '7' } }, 'rate_limited'],
    ['without application user', refused(403, '0x80072560'), 'misconfigured'],
  ])('that is %s is not asked again for the next turn', async (_, told, code) => {
    const stand = await openStand(() => told)
    expect(short(await stand.write([lead(1), lead(1), lead(1)]))).toEqual([code, code, code])
    expect(stand.writes()).toHaveLength(1)
  })

  it('that says nothing is not asked twice', async () => {
    const stand = await openStand(inTurn())
    expect(short(await stand.write([lead(1)], AbortSignal.abort()))).toEqual(['unavailable'])
    expect(stand.server.asked).toEqual([])
  })
})
