import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { DeliveryError, type RecordWrite } from '../../../src/core/index.ts'
import {
  type Answer,
  type Asked,
  anySignal,
  connect,
  startTinyServer,
  type TinyServer,
  withCatalog,
  write,
} from './tiny-server.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer, properties?: readonly object[]): Promise<TinyServer> {
  const server = await startTinyServer(withCatalog(answer, properties))
  servers.push(server)
  return server
}

interface SentInput {
  id: string
  idProperty?: string
  objectWriteTraceId: string
  properties: Record<string, string>
}

function inputsOf(asked: Asked): SentInput[] {
  return asked.body.inputs
}

function done(input: SentInput, isNew = true) {
  return { id: `9${input.id.length}`, new: isNew, properties: {}, objectWriteTraceId: input.objectWriteTraceId }
}

const accepts: Answer = (asked) => ({
  body: {
    status: 'COMPLETE',
    results: inputsOf(asked)
      .map((input) => done(input))
      .reverse(),
  },
})

function person(index: number, some: Partial<RecordWrite> = {}): RecordWrite {
  return write({ contactId: `c-${index}`, email: `p${index}@contoso.com`, fields: { firstname: `P${index}` }, ...some })
}

describe('what is sent', () => {
  it('updates a known record sparsely by its id, and upserts new ones by e-mail, else by contact id', async () => {
    const server = await serve(accepts)
    const writes = [
      write({ recordId: '33451', fields: { firstname: 'Jane', phone: null, vip: true, seats: 3 } }),
      person(2, { fields: { email: 'p2@contoso.com', leadsync_contact_id: 'c-2', firstname: 'P2' } }),
      person(3, { email: null }),
    ]
    const outcomes = await connect(server.url).write(writes, anySignal())
    const posts = server.asked.filter(({ method }) => method === 'POST')
    expect(posts.map(({ path }) => path)).toEqual([
      '/crm/objects/2026-09/contacts/batch/update',
      '/crm/objects/2026-09/contacts/batch/upsert',
      '/crm/objects/2026-09/contacts/batch/upsert',
    ])
    expect(posts.flatMap(inputsOf)).toEqual([
      { id: '33451', objectWriteTraceId: 'row-0', properties: { firstname: 'Jane', phone: '', vip: 'true', seats: '3' } },
      {
        id: 'p2@contoso.com',
        idProperty: 'email',
        objectWriteTraceId: 'row-1',
        properties: { email: 'p2@contoso.com', leadsync_contact_id: 'c-2', firstname: 'P2' },
      },
      {
        id: 'c-3',
        idProperty: 'leadsync_contact_id',
        objectWriteTraceId: 'row-2',
        properties: { firstname: 'P3', leadsync_contact_id: 'c-3' },
      },
    ])
    expect(outcomes.map((outcome) => outcome instanceof DeliveryError || outcome.result)).toEqual([
      'updated',
      'created',
      'created',
    ])
  })

  it('previews exactly the requests that it then sends first', async () => {
    const server = await serve(accepts, [{ name: 'firstname' }, { name: 'email' }])
    const connector = connect(server.url)
    await connector.catalog(anySignal())
    const writes = [person(1), person(1), person(2, { recordId: '7' }), person(3, { fields: { nosuch: 1 }, recordId: '8' })]
    const preview = connector.preview(writes)
    await connector.write(writes, anySignal())
    expect(preview).toEqual(
      server.asked.filter(({ method }) => method === 'POST').map(({ method, path, body }) => ({ method, path, body })),
    )
    expect(preview).toHaveLength(3)
  })

  it.each([
    ['the same record', [person(1, { recordId: '7' }), person(2, { recordId: '7' })]],
    ['the same e-mail in other letters', [person(1), person(2, { email: 'P1@Contoso.com' })]],
    ['the same contact, known first without and then with an e-mail', [person(1, { email: null }), person(1)]],
    [
      'a record given an e-mail that a new contact has too',
      [person(1, { recordId: '7', fields: { email: 'p2@contoso.com' } }), person(2)],
    ],
  ])('never puts two writes to %s into one request, and keeps their order', (_, writes) => {
    const bodies = connect('http://127.0.0.1:1')
      .preview(writes)
      .map(({ body }) => body as { inputs: SentInput[] })
    expect(bodies.map(({ inputs }) => inputs.map(({ objectWriteTraceId }) => objectWriteTraceId))).toEqual([['row-0'], ['row-1']])
  })

  it('sends any writes once each, at most 100 to a request, no contact twice in one', () => {
    const anyWrite = fc.record({ n: fc.nat(30), kind: fc.constantFrom('update', 'email', 'contact id') })
    const connector = connect('http://127.0.0.1:1')
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 300 }), (list) => {
        const writes = list.map(({ n, kind }) =>
          person(n, { recordId: kind === 'update' ? `${n}` : null, ...(kind === 'contact id' ? { email: null } : {}) }),
        )
        const requests = connector.preview(writes).map(({ body }) => (body as { inputs: SentInput[] }).inputs)
        const traces = requests.flat().map(({ objectWriteTraceId }) => objectWriteTraceId)
        expect(traces.toSorted()).toEqual(writes.map((_, index) => `row-${index}`).toSorted())
        for (const inputs of requests) {
          expect(inputs.length).toBeLessThanOrEqual(100)
          expect(new Set(inputs.map(({ id }) => id)).size).toBe(inputs.length)
        }
      }),
    )
  })

  it('asks the v3 addresses when told to', async () => {
    const server = await serve(accepts)
    await connect(server.url, { apiVersion: 'v3' }).write([person(1)], anySignal())
    expect(server.asked.map(({ path }) => path).toSorted()).toEqual([
      '/account-info/v3/details',
      '/crm/v3/objects/contacts/batch/upsert',
      '/crm/v3/properties/contacts?archived=false',
    ])
  })
})

describe('what needs no request', () => {
  it('calls an update without fields unchanged', async () => {
    const server = await serve(accepts)
    const [outcome] = await connect(server.url).write([write({ recordId: '7', fields: {} })], anySignal())
    expect(outcome).toEqual({ object: 'contact', id: '7', result: 'unchanged', dropped: [] })
    expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('leaves out what the portal does not have or keeps read-only, and says so', async () => {
    const properties = [
      { name: 'email' },
      { name: 'firstname' },
      { name: 'score', calculated: true },
      { name: 'optout', modificationMetadata: { readOnlyValue: true } },
    ]
    const server = await serve(accepts, properties)
    const fields = { email: 'p1@contoso.com', leadsync_contact_id: 'c-1', firstname: 'P1', score: 1, optout: true, nosuch: 'x' }
    const [outcome] = await connect(server.url).write([person(1, { fields })], anySignal())
    expect(inputsOf(server.asked.at(-1) as Asked)[0]?.properties).toEqual({ email: 'p1@contoso.com', firstname: 'P1' })
    expect(outcome).toMatchObject({ result: 'created' })
    expect(outcome instanceof DeliveryError || outcome?.dropped.map(({ field }) => field)).toEqual([
      'leadsync_contact_id',
      'score',
      'optout',
      'nosuch',
    ])
  })

  it('refuses a write whose required field the portal does not have', async () => {
    const server = await serve(accepts, [{ name: 'email' }])
    const [error] = await connect(server.url).write([person(1, { required: ['firstname'] })], anySignal())
    expect(error).toMatchObject({ code: 'invalid', fields: ['firstname'] })
    expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('does without the contact id property, even a required one, where the portal has none', async () => {
    const server = await serve(accepts, [{ name: 'email' }])
    const fields = { email: 'p1@contoso.com', leadsync_contact_id: 'c-1' }
    const outcomes = await connect(server.url).write([person(1, { fields, required: ['leadsync_contact_id'] })], anySignal())
    expect(outcomes).toMatchObject([{ result: 'created', dropped: [{ field: 'leadsync_contact_id' }] }])
  })

  it.each([
    ['has no such property', [{ name: 'firstname' }]],
    ['has the property without unique values', [{ name: 'leadsync_contact_id', hasUniqueValue: false }]],
  ])('refuses a contact without e-mail when the portal %s: a plain create would be made twice', async (_, properties) => {
    const server = await serve(accepts, properties)
    const [error] = await connect(server.url).write([person(1, { email: null, fields: {} })], anySignal())
    expect(error).toMatchObject({ code: 'invalid', fields: ['leadsync_contact_id'] })
  })
})

describe('what the answer says of each row', () => {
  it('maps rows that come in another order, with their e-mails in lower case, by trace id only', async () => {
    const server = await serve((asked) => ({
      body: {
        status: 'COMPLETE',
        results: inputsOf(asked)
          .map((input, index) => ({
            id: `${100 + index}`,
            new: index === 0,
            properties: { email: 'x' },
            objectWriteTraceId: input.objectWriteTraceId,
          }))
          .reverse(),
      },
    }))
    const outcomes = await connect(server.url).write([person(1), person(2), person(3)], anySignal())
    expect(outcomes).toEqual([
      { object: 'contact', id: '100', result: 'created', dropped: [] },
      { object: 'contact', id: '101', result: 'updated', dropped: [] },
      { object: 'contact', id: '102', result: 'updated', dropped: [] },
    ])
  })

  it('judges the rows of a 207 one by one', async () => {
    const server = await serve((asked) => {
      const [first, second, third, fourth] = inputsOf(asked) as [SentInput, SentInput, SentInput, SentInput]
      const message = `Property values were not valid: [{"isValid":false,"message":"Property \\"firstname\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"firstname","portalId":1}]`
      return {
        status: 207,
        body: {
          status: 'COMPLETE',
          results: [done(third, false)],
          numErrors: 3,
          errors: [
            {
              status: 'error',
              category: 'VALIDATION_ERROR',
              message,
              context: { objectWriteTraceId: [first.objectWriteTraceId] },
            },
            {
              status: 'error',
              category: 'CONFLICT',
              message: 'Contact already exists. Existing ID: 5',
              context: { objectWriteTraceId: [second.objectWriteTraceId] },
            },
            { status: 'error', category: 'SOMETHING_NEW', context: { objectWriteTraceId: [fourth.objectWriteTraceId] } },
          ],
        },
      }
    })
    const outcomes = await connect(server.url).write([person(1), person(2), person(3), person(4)], anySignal())
    expect(outcomes).toMatchObject([
      { code: 'invalid', fields: ['firstname'] },
      { code: 'conflict' },
      { result: 'updated' },
      { code: 'protocol' },
    ])
  })

  it('never takes a row for delivered because its error came without a trace id', async () => {
    const server = await serve((asked) => {
      const inputs = inputsOf(asked)
      const bad = inputs.some(({ id }) => id === 'p2@contoso.com')
      const errors = bad ? [{ category: 'VALIDATION_ERROR', message: 'no', context: {} }] : []
      return {
        status: 207,
        body: {
          status: 'COMPLETE',
          results: inputs.filter(({ id }) => id !== 'p2@contoso.com').map((input) => done(input)),
          errors,
        },
      }
    })
    const outcomes = await connect(server.url).write([person(1), person(2), person(3)], anySignal())
    expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'invalid' }, { result: 'created' }])
  })

  it('finds out by halving which of several nameless errors belongs to which row', async () => {
    const errorOf: Record<string, object> = {
      'p1@contoso.com': { category: 'VALIDATION_ERROR', message: 'no' },
      'p3@contoso.com': { category: 'CONFLICT', message: 'no' },
    }
    const server = await serve((asked) => {
      const inputs = inputsOf(asked)
      const errors = inputs.flatMap(({ id }) => errorOf[id] ?? [])
      const results = inputs.filter(({ id }) => !(id in errorOf)).map((input) => done(input))
      return { status: 207, body: { status: 'COMPLETE', results, errors } }
    })
    const outcomes = await connect(server.url).write([person(0), person(1), person(2), person(3)], anySignal())
    expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'invalid' }, { result: 'created' }, { code: 'conflict' }])
  })

  it('finds out by halving which of several survivors stands for which merged record', async () => {
    const server = await serve((asked) => ({
      body: {
        status: 'COMPLETE',
        results: inputsOf(asked)
          .map(({ id }) => ({ id: `${id}00` }))
          .reverse(),
      },
    }))
    const writes = [person(1, { recordId: '7' }), person(2, { recordId: '8' })]
    expect(await connect(server.url).write(writes, anySignal())).toMatchObject([{ id: '700' }, { id: '800' }])
  })

  it.each([
    ['an empty list of results', { status: 'COMPLETE', results: [] }],
    ['no status and one result too few', { results: [{ id: '91', new: true, objectWriteTraceId: 'row-1' }] }],
    [
      'a result without id',
      {
        status: 'COMPLETE',
        results: [
          { new: true, objectWriteTraceId: 'row-0' },
          { id: '91', objectWriteTraceId: 'row-1' },
        ],
      },
    ],
    [
      'a result for a row that was not sent',
      {
        status: 'COMPLETE',
        results: [
          { id: '90', objectWriteTraceId: 'row-7' },
          { id: '91', objectWriteTraceId: 'row-1' },
        ],
      },
    ],
    ['no results at all', {}],
    ['null', null],
  ])('takes a 200 with %s for a protocol error of the unanswered row', async (_, body) => {
    const server = await serve(() => ({ body: body ?? 'null' }))
    const [first] = await connect(server.url).write([person(1), person(2)], anySignal())
    expect(first).toMatchObject({ code: 'protocol' })
  })

  it('sends a row that a whole answer said nothing of once more', async () => {
    let asked = 0
    const server = await serve((request) => {
      asked += 1
      const inputs = inputsOf(request)
      return { body: { status: 'COMPLETE', results: asked === 1 ? [] : inputs.map((input) => done(input)) } }
    })
    expect(await connect(server.url).write([person(1)], anySignal())).toMatchObject([{ object: 'contact' }])
    expect(asked).toBe(2)
  })

  it.each(['PENDING', 'PROCESSING', 'CANCELED'])('takes a batch that is %s for not done', async (status) => {
    const server = await serve((asked) => ({ body: { status, results: inputsOf(asked).map((input) => done(input)) } }))
    expect(await connect(server.url).write([person(1)], anySignal())).toMatchObject([{ code: 'unavailable' }])
  })

  it('does not believe a row that is among the results and among the errors', async () => {
    const server = await serve((asked) => {
      const [input] = inputsOf(asked) as [SentInput]
      return {
        status: 207,
        body: {
          status: 'COMPLETE',
          results: [done(input)],
          errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: [input.objectWriteTraceId] } }],
        },
      }
    })
    expect(await connect(server.url).write([person(1)], anySignal())).toMatchObject([{ code: 'invalid' }])
  })

  it('asks to match again when the record to update is gone', async () => {
    const server = await serve((asked) => ({
      status: 207,
      body: {
        status: 'COMPLETE',
        results: inputsOf(asked)
          .slice(1)
          .map((input) => ({ id: input.id })),
        errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['7'] } }],
      },
    }))
    const writes = [person(1, { recordId: '7' }), person(2, { recordId: '8' })]
    expect(await connect(server.url).write(writes, anySignal())).toMatchObject([
      { code: 'conflict' },
      { id: '8', result: 'updated' },
    ])
  })

  it('stores the id of the survivor when the record to update was merged away', async () => {
    const server = await serve((asked) => ({
      body: { status: 'COMPLETE', results: inputsOf(asked).map(({ id }) => ({ id: id === '7' ? '700' : id })) },
    }))
    const writes = [person(1, { recordId: '7' }), person(2, { recordId: '8' })]
    expect(await connect(server.url).write(writes, anySignal())).toMatchObject([{ id: '700', result: 'updated' }, { id: '8' }])
  })
})

describe('a batch refused as a whole', () => {
  const refusing =
    (isBad: (input: SentInput) => boolean, status: number, body: object): Answer =>
    (asked) =>
      inputsOf(asked).some(isBad) ? { status, body } : accepts(asked)

  it.each([
    [409, { category: 'CONFLICT', message: 'Contact already exists. Existing ID: 12345' }, 'conflict'],
    [
      400,
      { category: 'VALIDATION_ERROR', message: 'no', errors: [{ code: 'INVALID_EMAIL', context: { propertyName: ['email'] } }] },
      'invalid',
    ],
    [413, {}, 'invalid'],
    [400, { category: 'WHO_KNOWS' }, 'protocol'],
  ])('with %i for one row is halved until that row is alone', async (status, body, code) => {
    const server = await serve(refusing(({ id }) => id === 'p41@contoso.com', status, body))
    const writes = Array.from({ length: 100 }, (_, index) => person(index))
    const outcomes = await connect(server.url).write(writes, anySignal())
    expect(outcomes.flatMap((outcome, index) => (outcome instanceof DeliveryError ? [[index, outcome.code]] : []))).toEqual([
      [41, code],
    ])
    expect(server.asked.filter(({ method }) => method === 'POST').length).toBeLessThan(20)
  })

  it('stops halving after 60 requests and leaves the rest for later', async () => {
    const server = await serve(refusing(() => true, 409, { category: 'CONFLICT' }))
    const writes = Array.from({ length: 100 }, (_, index) => person(index))
    const codes = (await connect(server.url).write(writes, anySignal())).map(
      (outcome) => outcome instanceof DeliveryError && outcome.code,
    )
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(60)
    expect(new Set(codes)).toEqual(new Set(['conflict', 'unavailable']))
  })

  it('for a property that does not exist is not halved: the rows that send it are invalid, the others go again', async () => {
    const body = {
      category: 'VALIDATION_ERROR',
      errors: [{ code: 'PROPERTY_DOESNT_EXIST', context: { propertyName: ['nosuch'] } }],
    }
    const server = await serve(refusing(({ properties }) => 'nosuch' in properties, 400, body))
    const writes = Array.from({ length: 20 }, (_, index) => person(index, { fields: index % 2 === 0 ? { nosuch: 1 } : {} }))
    const outcomes = await connect(server.url).write(writes, anySignal())
    expect(outcomes.filter((outcome) => outcome instanceof DeliveryError && outcome.fields[0] === 'nosuch')).toHaveLength(10)
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })

  it('reads the properties again after a refusal that its knowledge of them did not foresee', async () => {
    const properties = [{ name: 'email' }, { name: 'firstname' }]
    const body = {
      category: 'VALIDATION_ERROR',
      errors: [{ code: 'PROPERTY_DOESNT_EXIST', context: { propertyName: ['firstname'] } }],
    }
    const server = await serve(
      refusing((input) => 'firstname' in input.properties, 400, body),
      properties,
    )
    const connector = connect(server.url)
    expect(await connector.write([person(1)], anySignal())).toMatchObject([{ code: 'invalid', fields: ['firstname'] }])
    properties.pop()
    expect(await connector.write([person(1)], anySignal())).toMatchObject([
      { result: 'created', dropped: [{ field: 'firstname' }] },
    ])
  })

  it('because of the token or a limit is asked once, and nothing more is sent in that call', async () => {
    const server = await serve(() => ({ status: 429, body: { policyName: 'TEN_SECONDLY_ROLLING' } }))
    const outcomes = await connect(server.url).write(
      [person(1, { recordId: '7' }), person(2), person(3, { email: null })],
      anySignal(),
    )
    expect(outcomes).toMatchObject([{ code: 'rate_limited' }, { code: 'rate_limited' }, { code: 'rate_limited' }])
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})
