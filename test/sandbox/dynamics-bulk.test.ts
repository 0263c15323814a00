import { expect, it } from 'vitest'
import { ids, jane, openEnvironment } from './dynamics-environment.ts'

const [first, second] = ids
const lead = { '@odata.type': 'Microsoft.Dynamics.CRM.lead', ...jane }
const action = (name: string, table = 'leads') => `${table}/Microsoft.Dynamics.CRM.${name}`

it('creates many and answers their ids', async () => {
  const org = await openEnvironment()

  const reply = await org.call('POST', action('CreateMultiple'), { Targets: [lead, { ...lead, leadid: first }] })

  expect([reply.status, reply.json.Ids]).toEqual([200, [expect.any(String), first]])
  expect((await org.records()).map(({ id }) => id)).toEqual(reply.json.Ids)
})

it('upserts many by id and by key without a word about what it did', async () => {
  const org = await openEnvironment({ org: { alternateKey: true } })
  await org.call('PATCH', `leads(${first})`, jane)

  const reply = await org.call('POST', action('UpsertMultiple'), {
    Targets: [
      { ...lead, leadid: first, lastname: 'Roe' },
      { ...lead, '@odata.id': "leads(leadsync_contactid='abc')" },
    ],
  })

  expect([reply.status, reply.text]).toEqual([204, ''])
  expect(await org.records()).toMatchObject([
    { id: first, fields: { lastname: 'Roe' } },
    { fields: { leadsync_contactid: 'abc' } },
  ])
})

it('refuses a key column that is in the address and in the row, but only where it would create', async () => {
  const org = await openEnvironment({ org: { alternateKey: true } })
  const row = { ...lead, '@odata.id': "leads(leadsync_contactid='abc')", leadsync_contactid: 'abc' }

  const creating = await org.call('POST', action('UpsertMultiple'), { Targets: [row] })
  await org.call('PATCH', "leads(leadsync_contactid='abc')", jane)
  const updating = await org.call('POST', action('UpsertMultiple'), { Targets: [row] })

  expect([creating.status, updating.status]).toEqual([400, 204])
})

it.each([
  [
    'CreateMultiple',
    [
      { ...lead, leadid: second },
      { ...lead, subject: 'x'.repeat(301) },
    ],
    400,
  ],
  [
    'UpdateMultiple',
    [
      { ...lead, leadid: first, lastname: 'Roe' },
      { ...lead, leadid: second },
    ],
    404,
  ],
  [
    'UpsertMultiple',
    [
      { ...lead, leadid: first, lastname: 'Roe' },
      { ...lead, leadid: second, nonsense: 1 },
    ],
    400,
  ],
])('undoes all of a %s when one row fails', async (name, targets, status) => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)

  const reply = await org.call('POST', action(name), { Targets: targets })

  expect(reply.status).toBe(status)
  expect(await org.records()).toMatchObject([{ id: first, fields: { lastname: 'Doe' } }])
})

it.each([
  ['rows without a type', action('CreateMultiple'), { Targets: [jane] }, 400],
  ['no rows', action('CreateMultiple'), {}, 400],
  ['a message that the table lacks', action('UpsertMultiple', 'tasks'), { Targets: [] }, 404],
  ['an unqualified name', 'leads/CreateMultiple', { Targets: [lead] }, 404],
])('refuses %s', async (_, path, body, status) => {
  const org = await openEnvironment()

  expect((await org.call('POST', path, body)).status).toBe(status)
})
