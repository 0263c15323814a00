import { expect, it } from 'vitest'
import { contacts, openPortal } from './hubspot-portal.ts'

interface Input {
  id: string
  idProperty?: string
  objectWriteTraceId?: string
  properties: Record<string, string>
}

const upsert = `${contacts}/batch/upsert`

function byEmail(email: string, properties: Record<string, string> = {}, trace?: string): Input {
  return { id: email, idProperty: 'email', properties, ...(trace === undefined ? {} : { objectWriteTraceId: trace }) }
}

function byKey(key: string, properties: Record<string, string>, trace: string): Input {
  return { id: key, idProperty: 'leadsync_contact_id', properties, objectWriteTraceId: trace }
}

it('upserts: creates and updates, says which, lower-cases the address, keeps the trace id', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com', city: 'Boston' })

  const reply = await portal.call('POST', upsert, {
    inputs: [byEmail('JANE@Contoso.com', { jobtitle: 'CTO' }, 't-1'), byEmail('New@Contoso.com', { firstname: 'Nia' }, 't-2')],
  })
  const read = await portal.call('GET', `${contacts}/${id}?properties=city,jobtitle`)

  expect(reply.status).toBe(200)
  expect(reply.json.numErrors).toBeUndefined()
  const [updated, created] = ['t-1', 't-2'].map((trace) =>
    reply.json.results.find((one: { objectWriteTraceId: string }) => one.objectWriteTraceId === trace),
  )
  expect(updated).toMatchObject({ id, new: false, properties: { email: 'jane@contoso.com', jobtitle: 'CTO' } })
  expect(created).toMatchObject({ new: true, properties: { email: 'new@contoso.com', firstname: 'Nia' } })
  expect(read.json.properties).toMatchObject({ city: 'Boston', jobtitle: 'CTO' })
})

it('takes a hundred inputs in one batch and never gives results back in input order', async () => {
  const portal = await openPortal()
  const inputs = Array.from({ length: 100 }, (_, index) => byEmail(`p${index}@contoso.com`, {}, `t-${index}`))

  const hundred = await portal.call('POST', upsert, { inputs })
  const pair = await portal.call('POST', upsert, { inputs: inputs.slice(0, 2) })

  const order = hundred.json.results.map((one: { objectWriteTraceId: string }) => one.objectWriteTraceId)
  expect(new Set(order).size).toBe(100)
  expect(order).not.toEqual(inputs.map((one) => one.objectWriteTraceId))
  expect(pair.json.results.map((one: { objectWriteTraceId: string }) => one.objectWriteTraceId)).toEqual(['t-1', 't-0'])
})

it.each(['create', 'read', 'update', 'upsert', 'archive'])('refuses 101 inputs in batch/%s', async (operation) => {
  const portal = await openPortal()
  const inputs = Array.from({ length: 101 }, (_, index) => byEmail(`p${index}@contoso.com`))

  const reply = await portal.call('POST', `${contacts}/batch/${operation}`, { inputs })

  expect(reply.status).toBe(400)
  expect(reply.json.category).toBe('VALIDATION_ERROR')
})

it('answers 200 and does nothing when the inputs are missing', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', upsert, { records: [byEmail('jane@contoso.com')] })

  expect(reply.status).toBe(200)
  expect(reply.json).toMatchObject({ status: 'COMPLETE', results: [] })
})

it('refuses a batch with one id twice, compared without case, trace ids or not', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', upsert, {
    inputs: [
      byEmail('Jane@contoso.com', {}, 't-1'),
      byEmail('jane@contoso.com', {}, 't-2'),
      byEmail('joe@contoso.com', {}, 't-3'),
    ],
  })
  const records = await portal.call('GET', '/_sandbox/records')

  expect(reply.status).toBe(400)
  expect(reply.json.message).toBe('Duplicate IDs found in batch input: [jane@contoso.com]. IDs must be unique')
  expect(reply.json.context.ids).toEqual(['jane@contoso.com'])
  expect(records.json.records).toEqual([])
})

it.each([
  ['no trace ids', [undefined, undefined]],
  ['one trace id', ['t-1', undefined]],
  ['one trace id twice', ['t-1', 't-1']],
])('refuses all inputs for one bad row with %s', async (_, traces) => {
  const portal = await openPortal()

  const reply = await portal.call('POST', upsert, {
    inputs: [byEmail('good@contoso.com', {}, traces[0]), byEmail('bad@contoso.com', { missing: 'x' }, traces[1])],
  })
  const records = await portal.call('GET', '/_sandbox/records')

  expect(reply.status).toBe(400)
  expect(reply.json.errors[0].code).toBe('PROPERTY_DOESNT_EXIST')
  expect(records.json.records).toEqual([])
})

it('reports bad rows beside the good ones when every input has its own trace id', async () => {
  const portal = await openPortal({ portalId: 891936587 })

  const reply = await portal.call('POST', upsert, {
    inputs: [byEmail('good@contoso.com', {}, 'job-42'), byEmail('bad@contoso.com', { missing: 'x' }, 'job-43')],
  })

  expect(reply.status).toBe(207)
  expect(reply.json.results).toHaveLength(1)
  expect(reply.json.numErrors).toBe(1)
  expect(reply.json.errors).toEqual([
    {
      status: 'error',
      category: 'VALIDATION_ERROR',
      message:
        'Property values were not valid: [{"isValid":false,"message":"Property \\"missing\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"missing","localizedErrorMessage":"Property \\"missing\\" does not exist","portalId":891936587}]',
      context: { objectWriteTraceId: ['job-43'] },
    },
  ])
})

it('fails the whole batch with 409 when a fresh key comes with somebody else’s address', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const reply = await portal.call('POST', upsert, {
    inputs: [byKey('c-1', { email: 'fine@contoso.com' }, 't-1'), byKey('c-2', { email: 'Jane@contoso.com' }, 't-2')],
  })
  const records = await portal.call('GET', '/_sandbox/records')

  expect(reply.status).toBe(409)
  expect(reply.json.message).toBe(`Contact already exists. Existing ID: ${id}`)
  expect(records.json.records).toHaveLength(1)
})

it('fails the whole batch with 409 when two fresh keys claim one address, or the address is somebody’s secondary one', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com', hs_additional_emails: 'second@contoso.com' })

  const twice = await portal.call('POST', upsert, {
    inputs: [byKey('c-1', { email: 'x@contoso.com' }, 't-1'), byKey('c-2', { email: 'X@contoso.com' }, 't-2')],
  })
  const secondary = await portal.call('POST', upsert, { inputs: [byEmail('second@contoso.com', {}, 't-1')] })

  expect(twice.status).toBe(409)
  expect(secondary.json.message).toBe(`Contact already exists. Existing ID: ${id}`)
})

it('reports a unique value that another record has as that row’s own error', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com', leadsync_contact_id: 'c-1' })

  const reply = await portal.call('POST', upsert, {
    inputs: [byEmail('joe@contoso.com', { leadsync_contact_id: 'c-1' }, 't-1'), byEmail('fine@contoso.com', {}, 't-2')],
  })

  expect(reply.status).toBe(207)
  expect(reply.json.errors[0].message).toContain('CONFLICTING_UNIQUE_VALUE')
  expect(reply.json.errors[0].message).toContain(`${id} already has that value`)
})

it.each(['city', 'hs_object_id', 'no_such_property'])('refuses an upsert by %s, which is not unique', async (idProperty) => {
  const portal = await openPortal()

  const reply = await portal.call('POST', upsert, { inputs: [{ id: 'x', idProperty, properties: {} }] })

  expect(reply.status).toBe(400)
  expect(reply.json.message).toMatch(`Unable to perform update/upsert by non-unique 0-1 property ${idProperty}`)
})

it('creates a batch with 201', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', `${contacts}/batch/create`, {
    inputs: [{ properties: { email: 'a@contoso.com' } }, { properties: { lastname: 'B' } }],
  })

  expect(reply.status).toBe(201)
  expect(reply.json.results).toHaveLength(2)
  expect(reply.json.results[0].new).toBeUndefined()
})

it('reads by e-mail and names all missing ids in one row without a trace id', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com', city: 'Boston' })

  const reply = await portal.call('POST', `${contacts}/batch/read`, {
    idProperty: 'email',
    properties: ['email', 'city', 'not_a_property'],
    inputs: [{ id: 'JANE@contoso.com' }, { id: 'a@x.com' }, { id: 'b@x.com' }],
  })

  expect(reply.status).toBe(207)
  expect(reply.json.results).toHaveLength(1)
  expect(reply.json.results[0]).toMatchObject({ id, properties: { email: 'jane@contoso.com', city: 'Boston' } })
  expect(reply.json.results[0].properties).not.toHaveProperty('not_a_property')
  expect(reply.json.errors).toEqual([
    {
      status: 'error',
      category: 'OBJECT_NOT_FOUND',
      message: 'Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.',
      context: { ids: ['a@x.com', 'b@x.com'] },
    },
  ])
})

it('updates by record id, and says which ids don’t exist', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const reply = await portal.call('POST', `${contacts}/batch/update`, {
    inputs: [
      { id, properties: { city: 'Boston' }, objectWriteTraceId: 't-1' },
      { id: '999', properties: { city: 'Oslo' }, objectWriteTraceId: 't-2' },
    ],
  })

  expect(reply.status).toBe(207)
  expect(reply.json.results).toMatchObject([{ id, properties: { city: 'Boston' }, objectWriteTraceId: 't-1' }])
  expect(reply.json.errors).toMatchObject([{ category: 'OBJECT_NOT_FOUND', context: { ids: ['999'] } }])
})

it('refuses batch/update by e-mail, and passes over an address sent as a record id without a word', async () => {
  const portal = await openPortal()
  await portal.contact({ email: 'jane@contoso.com' })
  const update = `${contacts}/batch/update`

  const refused = await portal.call('POST', update, { inputs: [byEmail('jane@contoso.com', { city: 'Boston' })] })
  const ignored = await portal.call('POST', update, { inputs: [{ id: 'jane@contoso.com', properties: { city: 'Boston' } }] })

  expect(refused.status).toBe(400)
  expect(refused.json.message).toMatch(/^Unable to perform update\/upsert by non-unique 0-1 property email/)
  expect([ignored.status, ignored.json.results]).toEqual([200, []])
})

it('answers the survivor to a merged id in batch/read and batch/update', async () => {
  const portal = await openPortal()
  const kept = await portal.contact({ email: 'a@contoso.com' })
  const lost = await portal.contact({ email: 'b@contoso.com' })
  await portal.call('POST', `${contacts}/merge`, { primaryObjectId: kept, objectIdToMerge: lost })

  const read = await portal.call('POST', `${contacts}/batch/read`, { inputs: [{ id: lost }] })
  const updated = await portal.call('POST', `${contacts}/batch/update`, { inputs: [{ id: lost, properties: { city: 'Oslo' } }] })

  expect(read.json.results[0].id).toBe(kept)
  expect(updated.json.results[0].id).toBe(kept)
})

it('archives a batch, ids that don’t exist included', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const reply = await portal.call('POST', `${contacts}/batch/archive`, { inputs: [{ id }, { id: '999' }] })
  const read = await portal.call('GET', `${contacts}/${id}`)

  expect([reply.status, read.status]).toEqual([204, 404])
})

it('creates one contact when two clients upsert one address at once', async () => {
  const portal = await openPortal()

  const replies = await Promise.all(
    [1, 2, 3, 4].map(() => portal.call('POST', upsert, { inputs: [byEmail('jane@contoso.com')] })),
  )

  expect(replies.filter((one) => one.json.results[0].new)).toHaveLength(1)
  expect(new Set(replies.map((one) => one.json.results[0].id)).size).toBe(1)
})
