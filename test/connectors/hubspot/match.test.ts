import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, anySignal, connect, keys, startTinyServer, type TinyServer, withCatalog, write } from './tiny-server.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer, properties?: readonly object[]): Promise<TinyServer> {
  const server = await startTinyServer(withCatalog(answer, properties))
  servers.push(server)
  return server
}

interface Stored {
  id: string
  email?: string
  contactId?: string
  [property: string]: string | undefined
}

/** Answers batch/read as HubSpot does: who is there in results, in another order; who is not as one 207 row. */
function holding(records: readonly Stored[]): Answer {
  return ({ body }) => {
    const ids: string[] = body.inputs.map(({ id }: { id: string }) => id)
    const valuesOf = (record: Stored): (string | undefined)[] => {
      if (body.idProperty === undefined) return [record.id, ...(record.hs_merged_object_ids?.split(';') ?? [])]
      if (body.idProperty === 'email') return [record.email, ...(record.hs_additional_emails?.split(';') ?? [])]
      return [record.contactId]
    }
    const hits = records.filter((record) =>
      valuesOf(record).some((value) => value !== undefined && ids.includes(value.toLowerCase())),
    )
    const known = hits.flatMap(valuesOf).map((value) => value?.toLowerCase())
    const missing = ids.filter((id) => !known.includes(id))
    const results = hits
      .toReversed()
      .map(({ id, contactId, ...rest }) => ({ id, properties: { ...rest, leadsync_contact_id: contactId ?? null } }))
    if (missing.length === 0) return { body: { status: 'COMPLETE', results } }
    const errors = [
      { status: 'error', category: 'OBJECT_NOT_FOUND', message: 'Could not get some CONTACT objects', context: { ids: missing } },
    ]
    return { status: 207, body: { status: 'COMPLETE', results, numErrors: 1, errors } }
  }
}

function readsOf(server: TinyServer): [string | undefined, string[]][] {
  const posts = server.asked.filter(({ method }) => method === 'POST')
  return posts.map(({ body }) => [body.idProperty, body.inputs.map(({ id }: { id: string }) => id)])
}

const jane = { id: '1', email: 'jane@contoso.com', contactId: 'c-1', firstname: 'Jane' }
const ledger = { object: 'contact', id: '1' }

describe('match', () => {
  it('asks only for the record that the ledger holds when that one knows its e-mail and contact id', async () => {
    const server = await serve(holding([jane]))
    const [match] = await connect(server.url).match([keys({ email: 'jane@contoso.com', record: ledger })], anySignal())
    expect(readsOf(server)).toEqual([[undefined, ['1']]])
    expect(match).toEqual({
      kind: 'one',
      record: {
        object: 'contact',
        id: '1',
        fields: { firstname: 'Jane', email: 'jane@contoso.com', leadsync_contact_id: 'c-1' },
        optOuts: [],
        owner: null,
        closed: false,
        mergedFrom: null,
        ours: true,
      },
    })
  })

  it('asks for the mapped fields, the identity, the opt-out, the owner and the time of the last change, and never searches', async () => {
    const server = await serve(holding([jane]))
    await connect(server.url).match([keys({ email: 'jane@contoso.com' })], anySignal())
    const post = server.asked.find(({ method }) => method === 'POST')
    expect(post?.path).toBe('/crm/objects/2026-09/contacts/batch/read')
    const wanted = [
      'firstname',
      'email',
      'leadsync_contact_id',
      'hs_email_optout',
      'hs_additional_emails',
      'hubspot_owner_id',
      'lastmodifieddate',
    ]
    expect(post?.body.properties).toEqual(expect.arrayContaining(wanted))
  })

  it('finds by e-mail whatever its letters, and by a secondary e-mail', async () => {
    const server = await serve(
      holding([{ ...jane, email: 'Jane@Contoso.com', hs_additional_emails: 'j.doe@contoso.com;jd@contoso.com' }]),
    )
    const asked = [keys({ email: 'JANE@contoso.com' }), keys({ contactIds: ['c-9'], email: 'jd@contoso.com' })]
    expect(await connect(server.url).match(asked, anySignal())).toMatchObject([
      { kind: 'one', record: { id: '1', ours: true } },
      { kind: 'one', record: { id: '1', ours: false } },
    ])
  })

  it('reports opt-out, owner and empty fields', async () => {
    const server = await serve(holding([{ ...jane, firstname: '', hs_email_optout: 'true', hubspot_owner_id: '77' }]))
    const [match] = await connect(server.url).match([keys({ email: 'jane@contoso.com' })], anySignal())
    expect(match).toMatchObject({ record: { optOuts: ['email'], owner: '77', fields: { firstname: null } } })
  })

  it('finds a contact whose e-mail was changed in HubSpot by its contact id, also by the id of a contact joined into it', async () => {
    const server = await serve(holding([{ ...jane, email: 'new@contoso.com', contactId: 'c-0' }]))
    const [match] = await connect(server.url).match(
      [keys({ contactIds: ['c-1', 'c-0'], email: 'jane@contoso.com' })],
      anySignal(),
    )
    expect(match).toMatchObject({ kind: 'one', record: { id: '1', ours: true, fields: { email: 'new@contoso.com' } } })
  })

  it.each([
    ['nobody is there and nobody was', keys({ email: 'jane@contoso.com' }), { kind: 'none', deleted: false }],
    [
      "the ledger's record is gone and can't be restored: it may have been erased for privacy's sake",
      keys({ email: 'jane@contoso.com', record: ledger }),
      { kind: 'none', deleted: true, erased: true },
    ],
    ['there is nothing to look for', keys({ contactIds: [] }), { kind: 'none', deleted: false }],
  ])('says none when %s', async (_, asked, expected) => {
    const server = await serve(holding([]))
    expect(await connect(server.url).match([asked], anySignal())).toEqual([expected])
  })

  it('takes the record with the e-mail when the one that the ledger holds is gone', async () => {
    const server = await serve(holding([{ ...jane, id: '2' }]))
    const [match] = await connect(server.url).match([keys({ email: 'jane@contoso.com', record: ledger })], anySignal())
    expect(match).toMatchObject({ kind: 'one', record: { id: '2', mergedFrom: null } })
  })

  it.each([
    ['named among its merged ids', holding([{ ...jane, id: '5', hs_merged_object_ids: '1;3' }])],
    [
      'without a word about it',
      (() => ({
        body: {
          status: 'COMPLETE',
          results: [{ id: '5', properties: { email: 'jane@contoso.com', leadsync_contact_id: 'c-1' } }],
        },
      })) as Answer,
    ],
  ])('follows a merged record to its survivor, %s', async (_, answer) => {
    const server = await serve(answer)
    const [match] = await connect(server.url).match([keys({ record: ledger })], anySignal())
    expect(match).toMatchObject({ kind: 'one', record: { id: '5', mergedFrom: '1' } })
  })

  it('tells the survivors of several merged records in one batch apart', async () => {
    const survivors: Record<string, string> = { '1': '51', '2': '52', '3': '3' }
    const server = await serve(({ body }) => ({
      body: {
        status: 'COMPLETE',
        results: body.inputs.map(({ id }: { id: string }) => ({
          id: survivors[id],
          properties: { email: 'x@y.z', leadsync_contact_id: 'c-1' },
        })),
      },
    }))
    const asked = ['1', '2', '3'].map((id) => keys({ record: { object: 'contact', id } }))
    const matches = await connect(server.url).match(asked, anySignal())
    expect(matches).toMatchObject([{ record: { id: '51' } }, { record: { id: '52' } }, { record: { id: '3' } }])
  })

  it.each([
    // The two records, and which one wins: A is what the contact id (or the ledger) finds, B what the e-mail finds.
    [
      'B holds a contact id already',
      { email: 'old@contoso.com', contactId: 'c-1' },
      { contactId: 'c-0' },
      ['c-1', 'c-0'],
      { kind: 'one', record: { id: 'B' } },
    ],
    [
      'A has an e-mail and B has no contact id',
      { email: 'old@contoso.com', contactId: 'c-1' },
      {},
      ['c-1'],
      { kind: 'one', record: { id: 'A' } },
    ],
    [
      'neither could take what the other has',
      { contactId: 'c-1' },
      {},
      ['c-1'],
      { kind: 'many', records: [{ id: 'B' }, { id: 'A' }] },
    ],
  ])('of two records of one person takes the one that can be written: %s', async (_, a, b, contactIds, expected) => {
    const server = await serve(
      holding([
        { id: 'A', ...a },
        { id: 'B', email: 'jane@contoso.com', ...b },
      ]),
    )
    expect(await connect(server.url).match([keys({ contactIds, email: 'jane@contoso.com' })], anySignal())).toMatchObject([
      expected,
    ])
  })

  it('says many when the ledger holds a record without e-mail and another record has the e-mail', async () => {
    const server = await serve(
      holding([
        { id: '1', contactId: 'c-1' },
        { id: '2', email: 'jane@contoso.com' },
      ]),
    )
    const [match] = await connect(server.url).match([keys({ email: 'jane@contoso.com', record: ledger })], anySignal())
    expect(match).toMatchObject({ kind: 'many', records: [{ id: '1' }, { id: '2' }] })
  })

  it.each([
    ['found when the contact has it as a secondary one', 'x@contoso.com;jane@contoso.com', { kind: 'one', record: { id: '77' } }],
    ['not found when the contact does not have it', 'x@contoso.com', { kind: 'none' }],
  ])('an e-mail that HubSpot said a contact holds is %s', async (_, hs_additional_emails, expected) => {
    const contact = { id: '77', properties: { email: 'j@contoso.com', hs_additional_emails } }
    const server = await serve(({ path, body }) => {
      if (path.endsWith('/upsert'))
        return { status: 409, body: { category: 'CONFLICT', message: 'Contact already exists. Existing ID: 77' } }
      return { body: { status: 'COMPLETE', results: body.idProperty === undefined ? [contact] : [] } }
    })
    const connector = connect(server.url)
    const asked = [keys({ email: 'jane@contoso.com' })]
    expect(await connector.match(asked, anySignal())).toMatchObject([{ kind: 'none' }])
    expect(await connector.write([write({ email: 'jane@contoso.com' })], anySignal())).toMatchObject([{ code: 'conflict' }])
    expect(await connector.match(asked, anySignal())).toMatchObject([expected])
  })

  it('does not ask by contact id where the portal has no such unique property', async () => {
    const server = await serve(holding([]), [{ name: 'email' }, { name: 'leadsync_contact_id', hasUniqueValue: false }])
    await connect(server.url).match([keys({ email: 'jane@contoso.com' })], anySignal())
    expect(readsOf(server)).toEqual([['email', ['jane@contoso.com']]])
  })

  it('goes on by e-mail alone when HubSpot refuses the contact id property, without asking again', async () => {
    const server = await serve((asked) =>
      asked.body.idProperty === 'leadsync_contact_id'
        ? { status: 400, body: { category: 'VALIDATION_ERROR', message: 'no' } }
        : holding([])(asked),
    )
    const connector = connect(server.url)
    const asked = [keys({ email: 'jane@contoso.com' }), keys({ contactIds: ['c-2'] })]
    const none = { kind: 'none', deleted: false }
    expect(await connector.match(asked, anySignal())).toEqual([none, none])
    await connector.match(asked, anySignal())
    expect(readsOf(server).filter(([by]) => by === 'leadsync_contact_id')).toHaveLength(1)
  })

  it('sends at most 100 ids to a request, each once', async () => {
    const server = await serve(holding([]), [{ name: 'email' }])
    const asked = Array.from({ length: 250 }, (_, index) =>
      keys({ contactIds: [`c-${index}`], email: `p${index % 240}@contoso.com` }),
    )
    expect(await connect(server.url).match(asked, anySignal())).toHaveLength(250)
    expect(readsOf(server).map(([, ids]) => ids.length)).toEqual([100, 100, 40])
  })

  it('fails only the keys that an error row names, and never calls them unknown', async () => {
    const server = await serve(({ body }) => ({
      status: 207,
      body: { status: 'COMPLETE', results: [], errors: [{ category: 'INTERNAL_ERROR', context: { ids: [body.inputs[0].id] } }] },
    }))
    const asked = [keys({ email: 'a@contoso.com' }), keys({ contactIds: [], email: 'b@contoso.com' })]
    expect(await connect(server.url).match(asked, anySignal())).toMatchObject([{ code: 'unavailable' }, { kind: 'none' }])
  })

  it.each([
    [
      'an error row without ids',
      { status: 207, body: { status: 'COMPLETE', results: [], errors: [{ category: 'INTERNAL_ERROR' }] } },
      'unavailable',
    ],
    ['a batch that is not finished', { body: { status: 'PENDING', results: [] } }, 'unavailable'],
    ['a 200 without results', { body: {} }, 'protocol'],
    ['a page', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'unavailable'],
  ])('does not take %s for "nobody there"', async (_, told, code) => {
    const server = await serve(() => told)
    const asked = [keys({ email: 'a@contoso.com' }), keys({ email: 'b@contoso.com' })]
    expect(await connect(server.url).match(asked, anySignal())).toMatchObject([{ code }, { code }])
  })
})
