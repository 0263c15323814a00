import { expect, it } from 'vitest'
import { ids, jane, openEnvironment } from './dynamics-environment.ts'

const [first, second, third] = ids

it('serves an independent client: write, read, condition, delete', async () => {
  const org = await openEnvironment()
  const client = org.connect()

  const created = await client.upsert({
    collection: 'leads',
    key: first,
    data: jane,
    select: ['lastname'],
    returnRepresentation: true,
  })
  const createOnly = client.upsert({ collection: 'leads', key: first, data: { lastname: 'Roe' }, ifnonematch: '*' })
  await expect(createOnly).rejects.toMatchObject({ status: 412, code: '0x80040237' })
  const updated = await client.update({ collection: 'leads', key: first, data: { firstname: 'Jane' }, ifmatch: '*' })
  const missing = client.update({ collection: 'leads', key: second, data: { firstname: 'Jane' } })
  await expect(missing).rejects.toMatchObject({ status: 404 })
  const read = await client.retrieve({
    collection: 'leads',
    key: first,
    select: ['fullname', 'statecode'],
    includeAnnotations: '*',
  })
  const deleted = await client.deleteRecord({ collection: 'leads', key: first })

  expect(created).toMatchObject({ leadid: first, lastname: 'Doe' })
  expect(updated).toBe(true)
  expect(read).toMatchObject({ fullname: 'Jane Doe', statecode_Formatted: 'Open' })
  expect(deleted).toBe(true)
})

it('gives an independent client all pages and the reason of a refusal', async () => {
  const org = await openEnvironment({ maxPageSize: 2 })
  const client = org.connect()
  for (const key of ids)
    await client.upsert({ collection: 'leads', key, data: { ...jane, emailaddress1: "o'hara+x@contoso.com" } })

  const all = await client.retrieveAll({
    collection: 'leads',
    select: ['leadid'],
    filter: "emailaddress1 eq 'o''hara+x@contoso.com'",
    orderBy: ['leadid desc'],
  })

  expect(all.value.map(({ leadid }: { leadid: string }) => leadid)).toEqual([third, second, first])
  const tooLong = client.create({ collection: 'leads', data: { ...jane, subject: 'x'.repeat(301) } })
  await expect(tooLong).rejects.toMatchObject({ status: 400, code: '0x80044331', message: expect.stringContaining("'300'") })
})

it('takes the batch of an independent client, change set and all', async () => {
  const org = await openEnvironment()
  const client = org.connect()

  client.startBatch()
  client.upsert({ collection: 'leads', key: first, data: jane, inChangeSet: false })
  client.upsert({ collection: 'leads', key: second, data: { ...jane, subject: 'x'.repeat(301) }, inChangeSet: false })
  client.create({ collection: 'leads', data: { ...jane, leadid: third }, contentId: '7' })
  client.create({
    collection: 'tasks',
    data: { subject: 'Call', 'regardingobjectid_lead_task@odata.bind': '$7' },
  })
  client.retrieve({ collection: 'leads', key: first, select: ['lastname'], inChangeSet: false })
  const answers = await client.executeBatch({ continueOnError: true })

  expect(answers).toMatchObject([
    first,
    { status: 400, error: { code: '0x80044331' } },
    third,
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    { lastname: 'Doe' },
  ])
  const task = (await org.records()).find(({ object }) => object === 'task')
  expect(task?.fields._regardingobjectid_value).toBe(third)
})

it('lets an independent client call functions, actions and metadata', async () => {
  const org = await openEnvironment({ org: { alternateKey: true } })
  const client = org.connect()

  const me = await client.callFunction({ functionName: 'WhoAmI' })
  await client.callAction({
    collection: 'leads',
    actionName: 'Microsoft.Dynamics.CRM.UpsertMultiple',
    action: {
      Targets: [{ '@odata.type': 'Microsoft.Dynamics.CRM.lead', '@odata.id': "leads(leadsync_contactid='abc')", ...jane }],
    },
  })
  const byKey = await client.retrieve({ collection: 'leads', key: "leadsync_contactid='abc'", select: ['lastname'] })
  const strings = await client.retrieveAttributes({
    entityKey: "LogicalName='lead'",
    castType: 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    select: ['LogicalName', 'MaxLength'],
  })

  expect(me).toMatchObject({ UserId: expect.any(String) })
  expect(byKey).toMatchObject({ lastname: 'Doe' })
  expect(strings.value).toContainEqual(expect.objectContaining({ LogicalName: 'subject', MaxLength: 300 }))
})

it('tells an independent client that its token is no good, and that it asked too often', async () => {
  const org = await openEnvironment({ limits: { requests: 1 } })
  const client = org.connect()
  await org.control('expire-tokens', { times: 1 })

  const ask = () => client.callFunction({ functionName: 'WhoAmI' })

  await expect(ask()).rejects.toMatchObject({ status: 401 })
  await ask()
  await expect(ask()).rejects.toMatchObject({ status: 429, code: '0x80072322' })
})
