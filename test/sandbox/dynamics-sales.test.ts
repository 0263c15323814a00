import { expect, it } from 'vitest'
import { base, ids, jane, openEnvironment } from './dynamics-environment.ts'

const [first, second] = ids

it('lets sales qualify, disqualify and reopen a lead', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)
  await org.call('PATCH', `leads(${second})`, jane)

  const qualified = await org.control('qualify', { leadId: first })
  await org.control('disqualify', { leadId: second, statusCode: 5 })
  const states = async () => {
    const { json } = await org.call('GET', 'leads?$select=statecode,statuscode&$orderby=leadid')
    return json.value.map((row: { statecode: number; statuscode: number }) => [row.statecode, row.statuscode])
  }

  const contact = (await org.records()).find(({ object }) => object === 'contact')
  expect(qualified.json).toMatchObject({ contactId: contact?.id })
  expect(await states()).toEqual([
    [1, 3],
    [2, 5],
  ])
  await org.control('reopen', { leadId: second })
  expect((await states())[1]?.[0]).toBe(0)
})

it.each([
  ['accept', true],
  ['reject', false],
] as const)('can %s a write to a closed lead', async (closedLeads, isTaken) => {
  const org = await openEnvironment({ org: { closedLeads } })
  await org.call('PATCH', `leads(${first})`, jane)
  await org.control('disqualify', { leadId: first })

  const reply = await org.call('PATCH', `leads(${first})`, { firstname: 'Jane' }, { 'if-match': '*' })

  expect(reply.status === 204).toBe(isTaken)
})

it('merges two leads, and the loser says into which', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)
  await org.call('PATCH', `leads(${second})`, jane)

  const merged = await org.control('merge', { object: 'lead', masterId: first, loserId: second })
  const loser = await org.call('GET', `leads(${second})?$select=merged,_masterid_value`)

  expect(merged.status).toBe(200)
  expect(loser.json).toMatchObject({ merged: true, _masterid_value: first })
})

it.each([
  ['qualify', { leadId: first }],
  ['merge', { object: 'lead', masterId: first, loserId: second }],
  ['merge', { object: 'task', masterId: first, loserId: second }],
  ['disqualify', {}],
])('says why it can not %s %j', async (name, body) => {
  const org = await openEnvironment()

  const reply = await org.control(name, body)

  expect([reply.status, reply.json.error]).toEqual([400, expect.any(String)])
})

it('shows notes as notes and tasks as tasks, with what they are about', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)

  await org.make('annotations', { subject: 'Lead', notetext: 'x', 'objectid_lead@odata.bind': `/leads(${first})` })
  await org.make('tasks', { subject: 'Call', 'regardingobjectid_lead_task@odata.bind': `/leads(${first})` })

  const records = await org.records()
  expect(records.map(({ object }) => object).toSorted()).toEqual(['lead', 'note', 'task'])
  expect(records.find(({ object }) => object === 'task')?.fields._regardingobjectid_value).toBe(first)
})

it('fails rows as told, also after they were written', async () => {
  const org = await openEnvironment()
  const code = '0x80060892'
  await org.control('row-faults', [{ object: 'lead', status: 412, code, where: { lastname: 'Doe' }, commit: true }])

  const faulty = await org.call('PATCH', `leads(${first})`, jane)
  const again = await org.call('PATCH', `leads(${first})`, jane)

  expect([faulty.status, faulty.json.error.code, again.status]).toEqual([412, code, 204])
  expect((await org.control('row-faults', [{ object: 'note', code, times: 2 }])).json).toEqual({ armed: 2 })
})

it('plays the failures of a gateway and of SQL, before and after the work is done', async () => {
  const org = await openEnvironment()
  const path = `${base}/leads*`
  const sql = { error: { code: '0x80044151', message: 'SQL timeout expired.' } }
  const headers = { 'content-type': 'application/json; odata.metadata=minimal' }
  await org.control('faults', [
    { match: { method: 'PATCH', path }, status: 500, headers, body: sql, commit: true },
    { match: { method: 'GET', path }, status: 503, headers: { 'content-type': 'text/html' }, body: '<html>busy</html>' },
    { match: { method: 'GET', path }, status: 502 },
    { match: { method: 'POST', path }, reset: true },
    { match: { method: 'POST', path }, reset: true, commit: true },
  ])

  const timeout = await org.call('PATCH', `leads(${first})`, jane)
  const pages = [await org.call('GET', 'leads'), await org.call('GET', 'leads')]
  const before = org.call('POST', 'leads', jane)
  await expect(before).rejects.toThrow('fetch failed')
  const between = (await org.records()).length
  await expect(org.call('POST', 'leads', jane)).rejects.toThrow('fetch failed')

  expect([timeout.status, timeout.json.error.code]).toEqual([500, '0x80044151'])
  expect(pages.map(({ status, text }) => [status, text])).toEqual([
    [503, '<html>busy</html>'],
    [502, ''],
  ])
  expect([between, (await org.records()).length]).toEqual([1, 2])
})

it('forgets records, row faults and expired tokens with a reset', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)
  await org.control('row-faults', [{ object: 'lead', code: '0x80040265', times: 9 }])
  await org.control('expire-tokens')

  await org.control('reset')

  expect(await org.records()).toEqual([])
  expect((await org.call('PATCH', `leads(${first})`, jane)).status).toBe(204)
})

it('lets a disabled user own nothing', async () => {
  const org = await openEnvironment()
  const { json } = await org.call('GET', "systemusers?$select=systemuserid&$filter=lastname eq 'Sales'")
  const userId: string = json.value[0].systemuserid
  const lead = { ...jane, 'ownerid@odata.bind': `/systemusers(${userId})` }

  const enabled = await org.call('POST', 'leads', lead)
  await org.control('disable-user', { userId })
  const disabled = await org.call('POST', 'leads', lead)

  expect([enabled.status, disabled.status >= 400]).toEqual([204, true])
})
