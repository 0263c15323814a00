import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import type { Asked } from '../../kit/tiny-server.ts'
import { change, contact, described, done, idOf, LeadKey, lead, openStand, orgOf, planned, Rows, refusing } from './writing.ts'

function recordsOf({ body }: Asked): Record<string, unknown>[] {
  return body.records
}

function short(judged: readonly Judged<WriteOutcome>[]): unknown[] {
  return judged.map((one) => (one instanceof DeliveryError ? one.code : one.result))
}

function refused(judged: Judged<WriteOutcome> | undefined): DeliveryError {
  if (!(judged instanceof DeliveryError)) throw new Error('It was not refused.')
  return judged
}

describe('what is sent', () => {
  it('updates a known record by its id and upserts a new one by our contact id', async () => {
    const stand = await openStand()
    const writes = [change(1, { Title: 'CTO', Phone: null }), lead(2, { fields: { Email: 'p2@contoso.com' } })]
    const outcomes = await stand.write(writes)
    expect(stand.writes().map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      {
        method: 'PATCH',
        path: Rows,
        body: { allOrNone: false, records: [{ attributes: { type: 'Lead' }, id: idOf(1), Title: 'CTO', Phone: null }] },
      },
      {
        method: 'PATCH',
        path: LeadKey,
        body: {
          allOrNone: false,
          records: [
            {
              attributes: { type: 'Lead' },
              LastName: 'Last2',
              Company: 'Company 2',
              Email: 'p2@contoso.com',
              leadsync_contact_id__c: 'c-2',
            },
          ],
        },
      },
    ])
    expect(outcomes).toEqual([
      { object: 'lead', id: idOf(1), result: 'updated', dropped: [] },
      { object: 'lead', id: idOf(100), result: 'created', dropped: [] },
    ])
  })

  it('upserts the record after a closed one by the contact id that the write names', () => {
    const [request] = planned([lead(1, { contactId: 'c-1.2', fields: { leadsync_contact_id__c: 'c-1.2' } })]).requests
    expect(request?.rows[0]?.record).toMatchObject({ leadsync_contact_id__c: 'c-1.2' })
  })

  it('sends nothing for an update without fields', async () => {
    const stand = await openStand()
    expect(await stand.write([change(1, {})])).toEqual([{ object: 'lead', id: idOf(1), result: 'unchanged', dropped: [] }])
    expect(stand.server.asked).toEqual([])
  })

  it('plans exactly what it then sends', async () => {
    const stand = await openStand()
    const writes = [
      lead(1),
      lead(1),
      change(2, { Title: 'x' }),
      contact(3, { recordId: idOf(3, '003') }),
      change(4, { No__c: 1 }),
    ]
    const plan = planned(writes).requests.map(({ method, path, rows }) => ({
      method,
      path,
      records: rows.map((row) => row.record),
    }))
    await stand.write(writes)
    expect(stand.writes().map((asked) => ({ method: asked.method, path: asked.path, records: recordsOf(asked) }))).toEqual(plan)
  })

  it('sends Contacts and Leads that change in one request, each kind in one run', () => {
    const writes = [1, 2, 3, 4].map((n) =>
      change(n, { Title: 'x' }, n % 2 ? {} : { object: 'contact', recordId: idOf(n, '003') }),
    )
    const { requests } = planned(writes)
    expect(requests.map(({ rows }) => rows.map(({ kind }) => kind))).toEqual([['lead', 'lead', 'contact', 'contact']])
  })

  it.each([
    ['the same contact', [lead(1), lead(1, { email: null })]],
    ['the same e-mail in other letters', [lead(1), lead(2, { email: 'P1@Contoso.com' })]],
    [
      'the same record in both spellings',
      [change(1, { Title: 'a' }), change(2, { Title: 'b' }, { recordId: idOf(1).slice(0, 15) })],
    ],
  ])('never puts two writes to %s into one request, and keeps their order', (_, writes) => {
    expect(planned(writes).requests.map(({ rows }) => rows.map(({ index }) => index))).toEqual([[0], [1]])
  })

  it('sends any writes once each, at most 200 to a request, no contact twice in one', () => {
    const anyWrite = fc.record({ n: fc.nat(120), isNew: fc.boolean(), isContact: fc.boolean() })
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 500 }), (list) => {
        const writes = list.map(({ n, isNew, isContact }) => {
          const some: Partial<RecordWrite> = isContact ? { object: 'contact' } : {}
          return isNew ? lead(n, some) : change(n, { Title: 'x' }, some)
        })
        const { requests } = planned(writes)
        const sent = requests.flatMap(({ rows }) => rows.map(({ index }) => index))
        expect(sent.toSorted((a, b) => a - b)).toEqual(writes.map((_, index) => index))
        for (const { rows } of requests) {
          expect(rows.length).toBeLessThanOrEqual(200)
          expect(new Set(rows.map(({ write }) => write.contactId)).size).toBe(rows.length)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('sends 200 records to a request', () => {
    const writes = Array.from({ length: 450 }, (_, n) => lead(n))
    expect(planned(writes).requests.map(({ rows }) => rows.length)).toEqual([200, 200, 50])
  })

  it.each([
    ['an update', [change(1, { Title: 'x' })], true, 'FALSE'],
    ['a new record by default', [lead(1)], undefined, 'FALSE'],
    ['a new record where the active rule is wanted', [lead(1)], true, 'TRUE'],
    ['a new record where one rule is wanted', [lead(1)], '01Q000000000001', '01Q000000000001'],
    ['a new record with an owner', [lead(1, { fields: { OwnerId: '005000000000002' } })], true, 'FALSE'],
  ])('says whether assignment rules run on %s', async (_, writes, onCreate, header) => {
    const stand = await openStand({}, { settings: { assignmentRules: onCreate === undefined ? {} : { onCreate } } })
    await stand.write(writes)
    expect(stand.writes().map(({ headers }) => headers['sforce-auto-assign'])).toEqual([header])
  })

  it('asks for no rule of the org’s to be passed over: not for duplicates, and for no mail', async () => {
    const stand = await openStand()
    await stand.write([lead(1), change(2, { Title: 'x' })])
    const sent = stand.writes().flatMap(({ headers }) => Object.keys(headers).filter((name) => name.startsWith('sforce-')))
    expect(new Set(sent)).toEqual(new Set(['sforce-auto-assign', 'sforce-call-options']))
  })
})

describe('what comes back', () => {
  it('answers as many as were asked, in their order, whatever becomes of each', async () => {
    const kinds = ['new', 'known', 'refused', 'nothing'] as const
    const stand = await openStand({
      rows: refusing(({ Title }) => (Title === 'refused' ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' } : null)),
    })
    const any = fc.array(fc.constantFrom(...kinds), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(any, async (list) => {
        const writes = list.map((kind, n) => {
          if (kind === 'new') return lead(n)
          return change(n, kind === 'nothing' ? {} : { Title: kind })
        })
        const expected = { new: 'created', known: 'updated', refused: 'invalid', nothing: 'unchanged' }
        const outcomes = await stand.write(writes)
        expect(short(outcomes)).toEqual(list.map((kind) => expected[kind]))
        const ids = outcomes.map((one) => !(one instanceof DeliveryError) && one.result !== 'created' && one.id)
        expect(ids).toEqual(list.map((kind, n) => (kind === 'known' || kind === 'nothing') && idOf(n)))
      }),
      { numRuns: 20 },
    )
  })

  it('calls an upsert that met a record an update', async () => {
    const stand = await openStand({ rows: (asked) => done(asked, false) })
    expect(short(await stand.write([lead(1)]))).toEqual(['updated'])
  })

  it.each([
    { Status: 'unqualified', IsConverted: false },
    { Status: 'Qualified', IsConverted: true },
  ])('has a lead matched again whose upsert met a record that is done with (%o)', async (state) => {
    const stand = await openStand({
      rows: (asked) => done(asked, false),
      found: () => [
        { Id: idOf(101), ...state },
        { Id: idOf(100), Status: 'Working', IsConverted: false },
      ],
    })
    expect(short(await stand.write([lead(1), lead(2)]))).toEqual(['updated', 'conflict'])
    expect(stand.queries()[0]).toContain(`Id IN ('${idOf(100)}','${idOf(101)}')`)
  })

  it('asks nothing more after an upsert that made its records', async () => {
    const stand = await openStand()
    await stand.write([lead(1), lead(2)])
    expect(stand.queries()).toEqual([])
  })

  it.each([
    ['CANNOT_UPDATE_CONVERTED_LEAD', 'conflict'],
    ['ENTITY_IS_DELETED', 'conflict'],
    ['NOT_FOUND', 'conflict'],
    ['INVALID_CROSS_REFERENCE_KEY', 'conflict'],
    ['DUPLICATE_VALUE', 'conflict'],
    ['REQUIRED_FIELD_MISSING', 'invalid'],
  ])('%s of one record is %s, and costs the others nothing', async (statusCode, code) => {
    const stand = await openStand({ rows: refusing(({ id }) => (id === idOf(2) ? { statusCode } : null)) })
    const outcomes = await stand.write([1, 2, 3].map((n) => change(n, { Title: 'x' })))
    expect(short(outcomes)).toEqual(['updated', code, 'updated'])
    expect(JSON.stringify(outcomes)).not.toContain('geheim')
  })

  it('names a refused field as the write does', async () => {
    const stand = await openStand({
      rows: refusing(() => ({ statusCode: 'STRING_TOO_LONG', fields: ['Title'] })),
    })
    const error = refused((await stand.write([change(1, { title: 'x' })]))[0])
    expect([error.code, error.fields]).toEqual(['invalid', ['title']])
  })

  it('reads the org again after a refusal that speaks of its fields', async () => {
    const stand = await openStand({
      rows: refusing(() => ({ statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Title'] })),
    })
    const until = stand.org.staleAt
    await stand.write([change(1, { Title: 'x' })])
    expect(stand.org.staleAt).toBeLessThan(until)
  })

  it.each([
    ['speaks of fewer records', []],
    ['speaks of more records', [1, 2, 3].map((n) => ({ id: idOf(n), success: true, errors: [], created: true }))],
    ['is no list', { id: 'x' }],
  ])('an answer that %s is a defect, never a success', async (_, body) => {
    const stand = await openStand({ rows: () => ({ body }) })
    expect(short(await stand.write([lead(1), lead(2)]))).toEqual(['protocol', 'protocol'])
  })

  it('asks once more for a record that a whole answer says nothing of', async () => {
    let times = 0
    const stand = await openStand({
      rows(asked) {
        times += 1
        return times === 1 ? { body: [null, ...(done(asked).body as object[]).slice(1)] } : done(asked)
      },
    })
    expect(short(await stand.write([lead(1), lead(2)]))).toEqual(['created', 'created'])
    expect(stand.writes().map((asked) => recordsOf(asked).length)).toEqual([2, 1])
  })
})

describe("one of the org's own triggers or flows", () => {
  const statusCode = 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY'
  const leads = (count: number) => Array.from({ length: count }, (_, n) => lead(n))

  it('that can not bear many records at once gets fewer, and no lead is parked for it', async () => {
    const stand = await openStand({
      rows: (asked) => (recordsOf(asked).length > 50 ? refusing(() => ({ statusCode }))(asked) : done(asked)),
    })
    expect(new Set(short(await stand.write(leads(200))))).toEqual(new Set(['created']))
    expect(stand.writes()).toHaveLength(7)
  })

  it.each([
    ['by the contact id', undefined],
    ['where the org has no field for it', orgOf(described('Lead', { leadsync_contact_id__c: null }), described('Contact'))],
  ])('that breaks for one record costs that one only, %s', async (_, org) => {
    const strikes = (asked: Asked) => recordsOf(asked).some(({ LastName }) => LastName === 'Last3')
    const stand = await openStand(
      { rows: (asked) => (strikes(asked) ? refusing(() => ({ statusCode }))(asked) : done(asked)) },
      org ? { org } : {},
    )
    const outcomes = short(await stand.write(leads(8)))
    expect(outcomes).toEqual(leads(8).map((_, n) => (n === 3 ? 'invalid' : 'created')))
  })

  it('that refuses whatever comes does not cost a request for each', async () => {
    const stand = await openStand({ rows: refusing(() => ({ statusCode })) })
    expect(new Set(short(await stand.write(leads(200))))).toEqual(new Set(['invalid']))
    expect(stand.writes().length).toBeLessThan(20)
  })

  it('that refuses some and takes others is asked once', async () => {
    const stand = await openStand({ rows: refusing((_, n) => (n < 2 ? { statusCode } : null)) })
    expect(short(await stand.write(leads(3)))).toEqual(['invalid', 'invalid', 'created'])
    expect(stand.writes()).toHaveLength(1)
  })
})

describe('a user who may not make records of the kind', () => {
  const rows = refusing(() => ({ statusCode: 'INVALID_TYPE_FOR_OPERATION' }))

  it('is for the operator, and parks no lead', async () => {
    const stand = await openStand({ rows })
    expect(short(await stand.write([lead(1), lead(2)]))).toEqual(['misconfigured', 'misconfigured'])
  })

  it('or may not change those of one kind only parks who is one', async () => {
    const stand = await openStand({ rows })
    expect(short(await stand.write([change(1, { Title: 'x' })]))).toEqual(['invalid'])
  })
})

describe('locked records', () => {
  it('are sent again alone, within the call', async () => {
    let times = 0
    const stand = await openStand({
      rows(asked) {
        times += 1
        return refusing(({ id }) => (id === idOf(2) && times === 1 ? { statusCode: 'UNABLE_TO_LOCK_ROW' } : null))(asked)
      },
    })
    expect(short(await stand.write([1, 2, 3].map((n) => change(n, { Title: 'x' }))))).toEqual(['updated', 'updated', 'updated'])
    expect(stand.writes().map((asked) => recordsOf(asked).map(({ id }) => id))).toEqual([
      [1, 2, 3].map((n) => idOf(n)),
      [idOf(2)],
    ])
  })

  it('are a conflict when the lock stays, and are not asked for for ever', async () => {
    const stand = await openStand({ rows: refusing(() => ({ statusCode: 'UNABLE_TO_LOCK_ROW' })) })
    expect(short(await stand.write([change(1, { Title: 'x' })]))).toEqual(['conflict'])
    expect(stand.writes()).toHaveLength(3)
  })
})

describe('owners who can not be one', () => {
  const owner = '005000000000009AAA'

  it.each(['INACTIVE_OWNER_OR_USER', 'INVALID_OWNER', 'INVALID_CROSS_REFERENCE_KEY'])(
    '%s costs the owner, not the lead',
    async (statusCode) => {
      const stand = await openStand({ rows: refusing(({ OwnerId }) => (OwnerId ? { statusCode } : null)) })
      const [first, second] = await stand.write([lead(1, { fields: { OwnerId: owner } }), lead(2)])
      expect(first).toMatchObject({ result: 'created', dropped: [{ field: 'OwnerId', reason: expect.stringMatching(/\w/) }] })
      expect(second).toMatchObject({ result: 'created', dropped: [] })
    },
  )

  it('are refused by name when the mapping requires the owner', async () => {
    const stand = await openStand({ rows: refusing(({ OwnerId }) => (OwnerId ? { statusCode: 'INVALID_OWNER' } : null)) })
    const error = refused((await stand.write([lead(1, { fields: { OwnerId: owner }, required: ['OwnerId'] })]))[0])
    expect([error.code, error.fields]).toEqual(['invalid', ['OwnerId']])
  })
})

describe('a duplicate rule', () => {
  const found = (...ids: string[]) => ({
    statusCode: 'DUPLICATES_DETECTED',
    duplicateResult: {
      matchResults: [
        {
          matchRecords: ids.map((id) => ({
            record: { Id: id, attributes: { type: id.startsWith('00Q') ? 'Lead' : 'Contact' } },
          })),
        },
      ],
    },
  })

  it('that names one record of the kind lets the next match find it', async () => {
    const stand = await openStand({ rows: refusing(() => found(idOf(7))) })
    expect(short(await stand.write([lead(1)]))).toEqual(['conflict'])
    expect(stand.holders.of('c-1')).toEqual({ object: 'lead', id: idOf(7) })
  })

  it('that still blocks what was written as a new record after that is for a person', async () => {
    const stand = await openStand({ rows: refusing(() => found(idOf(7))) })
    await stand.write([lead(1)])
    expect(short(await stand.write([lead(1)]))).toEqual(['multiple_matches'])
  })

  it('that names another record than before is no dead end: the one before may be gone', async () => {
    let n = 6
    const stand = await openStand({ rows: refusing(() => found(idOf(++n))) })
    expect(short([...(await stand.write([lead(1)])), ...(await stand.write([lead(1)]))])).toEqual(['conflict', 'conflict'])
    expect(stand.holders.of('c-1')).toEqual({ object: 'lead', id: idOf(8) })
  })

  it.each([
    ['several of the kind', [idOf(7), idOf(8), idOf(9, '003')], '2 Leads and 1 Contact'],
    ['only one of the other kind', [idOf(9, '003')], '1 Contact'],
    ['nobody', [], 'duplicate rules'],
  ])('that names %s is for a person, who reads how many', async (_, ids, words) => {
    const stand = await openStand({ rows: refusing(() => found(...ids)) })
    const error = refused((await stand.write([lead(1)]))[0])
    expect([error.code, stand.holders.of('c-1')]).toEqual(['multiple_matches', null])
    expect(error.message).toContain(words)
  })

  it.each([
    ['a change', change(1, { Title: 'x' })],
    ['a record beside a closed one', lead(1, { contactId: 'c-1.1' })],
  ])('that blocks %s is for a person', async (_, write) => {
    const stand = await openStand({ rows: refusing(() => found(idOf(7))) })
    expect(short(await stand.write([write]))).toEqual(['multiple_matches'])
  })
})

describe('a refusal of the whole request', () => {
  const whole = (status: number, errorCode: string, fields: string[] = []) => ({
    status,
    body: [{ errorCode, message: 'x', fields }],
  })

  it('that everything would meet ends the call', async () => {
    const stand = await openStand({ rows: () => whole(403, 'INSUFFICIENT_ACCESS') })
    expect(short(await stand.write([lead(1), change(2, { Title: 'x' })]))).toEqual(['misconfigured', 'misconfigured'])
    expect(stand.writes()).toHaveLength(1)
  })

  it('for one record is not the others’', async () => {
    const stand = await openStand({
      rows: (asked) =>
        recordsOf(asked).some(({ Title }) => Title === 'bad') ? whole(400, 'JSON_PARSER_ERROR', ['Title']) : done(asked),
    })
    const outcomes = await stand.write([1, 2, 3, 4].map((n) => change(n, { Title: n === 3 ? 'bad' : 'good' })))
    expect(short(outcomes)).toEqual(['updated', 'updated', 'invalid', 'updated'])
  })

  it('for a field that is there no more is a conflict, since the next call knows better', async () => {
    const stand = await openStand({ rows: () => whole(400, 'INVALID_FIELD') }, { org: orgOf(null, null) })
    expect(short(await stand.write([change(1, { Gone__c: 'x' })]))).toEqual(['conflict'])
  })

  it('for a contact id field that is there no more is a conflict after one request', async () => {
    const stand = await openStand({ rows: () => whole(404, 'NOT_FOUND') })
    const until = stand.org.staleAt
    expect(short(await stand.write([lead(1), lead(2)]))).toEqual(['conflict', 'conflict'])
    expect(stand.writes()).toHaveLength(1)
    expect(stand.org.staleAt).toBeLessThan(until)
  })

  it('for a lock is not asked for record by record', async () => {
    const stand = await openStand({ rows: () => whole(400, 'UNABLE_TO_LOCK_ROW') })
    const outcomes = await stand.write([1, 2, 3, 4].map((n) => change(n, { Title: 'x' })))
    expect(short(outcomes)).toEqual(['conflict', 'conflict', 'conflict', 'conflict'])
    expect(stand.writes().every((asked) => recordsOf(asked).length === 4)).toBe(true)
  })

  it('that breaks inside of Salesforce for one record is that record’s only', async () => {
    const stand = await openStand({
      rows: (asked) => (recordsOf(asked).some(({ Title }) => Title === 'bad') ? whole(500, 'UNKNOWN_EXCEPTION') : done(asked)),
    })
    const outcomes = await stand.write([1, 2, 3, 4].map((n) => change(n, { Title: n === 3 ? 'bad' : 'good' })))
    expect(short(outcomes)).toEqual(['updated', 'updated', 'unavailable', 'updated'])
  })

  it('that breaks inside of Salesforce for whatever comes is not asked for record by record', async () => {
    const stand = await openStand({ rows: () => ({ ...whole(500, 'UNKNOWN_EXCEPTION'), headers: { 'retry-after': '1' } }) })
    const outcomes = await stand.write(Array.from({ length: 200 }, (_, n) => change(n, { Title: 'x' })))
    expect(new Set(short(outcomes))).toEqual(new Set(['unavailable']))
    expect(stand.writes().length).toBeLessThan(15)
  })

  it('ends nothing that was done before it', async () => {
    const stand = await openStand({ rows: (asked) => (asked.path === Rows ? whole(503, 'SERVER_UNAVAILABLE') : done(asked)) })
    expect(short(await stand.write([lead(1), change(2, { Title: 'x' })]))).toEqual(['created', 'unavailable'])
  })
})
