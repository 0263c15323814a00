import { expect, it } from 'vitest'
import { base, openInstance, type Reply, type TestInstance } from './instance.ts'

const key = 'leadsync_contact_id__c'
const jane = { LastName: 'Doe', Company: 'Contoso' }

function send(org: TestInstance, compositeRequest: readonly object[], allOrNone = false): Promise<Reply> {
  return org.call('POST', 'composite', { allOrNone, compositeRequest })
}

const makeLead = { method: 'POST', url: `${base}/sobjects/Lead`, referenceId: 'lead', body: jane }
const makeTask = {
  method: 'POST',
  url: `${base}/sobjects/Task`,
  referenceId: 'task',
  body: { Subject: 'Call', WhoId: '@{lead.id}' },
}

it('runs requests in order, each with what the earlier ones said, as one API call', async () => {
  const org = await openInstance()
  const soql = "SELECT Id, WhoId FROM Task WHERE WhoId = '@{lead.id}'"

  const reply = await send(org, [
    makeLead,
    makeTask,
    { method: 'GET', url: `${base}/query?q=${soql.replaceAll(' ', '+')}`, referenceId: 'tasks' },
    { method: 'GET', url: `${base}/sobjects/Lead/@{tasks.records[0].WhoId}`, referenceId: 'again' },
    { method: 'PATCH', url: `${base}/sobjects/Lead/@{lead.id}`, referenceId: 'changed', body: { FirstName: 'Jane' } },
  ])

  const id = reply.json.compositeResponse[0].body.id
  expect(reply.status).toBe(200)
  expect(reply.headers.get('sforce-limit-info')).toBe('api-usage=1/100000')
  expect(reply.json.compositeResponse).toMatchObject([
    {
      referenceId: 'lead',
      httpStatusCode: 201,
      httpHeaders: { Location: `${base}/sobjects/Lead/${id}` },
      body: { success: true },
    },
    { referenceId: 'task', httpStatusCode: 201 },
    { referenceId: 'tasks', httpStatusCode: 200, body: { totalSize: 1, records: [{ WhoId: id }] } },
    { referenceId: 'again', httpStatusCode: 200, body: { Id: id } },
    { referenceId: 'changed', httpStatusCode: 204, body: null },
  ])
})

it('goes on after a failure, and halts only what refers to it', async () => {
  const org = await openInstance()

  const reply = await send(org, [
    { ...makeLead, body: { LastName: 'Doe' } },
    makeTask,
    { ...makeLead, referenceId: 'named', body: { ...jane, LastName: '@{lead[0].errorCode}' } },
    { ...makeLead, referenceId: 'other', url: `${base}/sobjects/Lead/${key}/c-1`, method: 'PATCH' },
  ])

  expect(reply.json.compositeResponse).toMatchObject([
    { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
    { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
    { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
    { httpStatusCode: 201, body: { created: true } },
  ])
})

it('undoes all with allOrNone', async () => {
  const org = await openInstance()

  const reply = await send(org, [makeLead, { ...makeTask, body: { WhatId: '@{lead.id}', Nonsense: 1 } }], true)

  expect(reply.json.compositeResponse).toMatchObject([
    { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
    { httpStatusCode: 400, body: [{ errorCode: expect.stringMatching(/^(?!PROCESSING)/) }] },
  ])
  expect(await org.records()).toEqual([])
})

it('takes headers per subrequest, and none of the outer ones', async () => {
  const org = await openInstance({ org: { assignmentRule: true } })
  const compositeRequest = [makeLead, { ...makeLead, referenceId: 'kept', httpHeaders: { 'Sforce-Auto-Assign': 'FALSE' } }]

  await org.call('POST', 'composite', { compositeRequest }, { 'Sforce-Auto-Assign': 'FALSE' })

  expect((await org.records()).map(({ fields }) => String(fields.OwnerId).slice(0, 3))).toEqual(['00G', '005'])
})

it('carries collections and queries too long for an address', async () => {
  const org = await openInstance()
  const ids = Array.from({ length: 800 }, (_, n) => `'c-${String(n).padStart(30, '0')}'`).join(',')
  const record = { attributes: { type: 'Lead' }, [key]: `c-${'0'.repeat(30)}`, ...jane }

  const reply = await send(org, [
    { method: 'PATCH', url: `${base}/composite/sobjects/Lead/${key}`, referenceId: 'upsert', body: { records: [record] } },
    { method: 'GET', url: `${base}/sobjects/Lead/@{upsert[0].id}`, referenceId: 'one' },
    { method: 'GET', url: `${base}/query?q=SELECT+Id+FROM+Lead+WHERE+${key}+IN+(${ids})`, referenceId: 'found' },
  ])

  expect(reply.json.compositeResponse).toMatchObject([
    { httpStatusCode: 200, body: [{ success: true }] },
    { httpStatusCode: 200, body: { LastName: 'Doe' } },
    { httpStatusCode: 200, body: { totalSize: 1 } },
  ])
})

it.each([
  ['26 subrequests', Array.from({ length: 26 }, (_, n) => ({ ...makeLead, referenceId: `r${n}` })), 'LIMIT_EXCEEDED'],
  [
    'six queries',
    Array.from({ length: 6 }, (_, n) => ({ method: 'GET', url: `${base}/query?q=SELECT+Id+FROM+Lead`, referenceId: `r${n}` })),
    'LIMIT_EXCEEDED',
  ],
  ['a reference id twice', [makeLead, makeLead], 'JSON_PARSER_ERROR'],
  ['a reference id with a dash', [{ ...makeLead, referenceId: 'a-b' }], 'JSON_PARSER_ERROR'],
  ['nothing', [], 'JSON_PARSER_ERROR'],
])('refuses %s, and does nothing', async (_, compositeRequest, errorCode) => {
  const org = await openInstance()

  const reply = await send(org, compositeRequest)

  expect([reply.status, reply.json[0].errorCode]).toEqual([400, errorCode])
  expect(await org.records()).toEqual([])
})
