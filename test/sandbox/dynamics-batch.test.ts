import { expect, it } from 'vitest'
import { base, changeSet, codes, ids, jane, openEnvironment, operation, statuses } from './dynamics-environment.ts'

const [first, second, third] = ids
const goOn = { prefer: 'odata.continue-on-error' }
const tooLong = { ...jane, subject: 'x'.repeat(301) }

it('runs operations in order, each answered by a part of its own', async () => {
  const org = await openEnvironment()

  const reply = await org.batch([
    operation('PATCH', `leads(${first})`, jane),
    operation('PATCH', `leads(${first})?$select=leadid`, { firstname: 'Jane' }, { Prefer: 'return=representation' }),
    operation('GET', `leads(${first})?$select=firstname`),
    operation('DELETE', `leads(${first})`),
  ])

  expect(reply.status).toBe(200)
  expect(reply.headers.get('content-type')).toMatch(/^multipart\/mixed; boundary=batchresponse_[0-9a-f-]{36}$/)
  expect(statuses(reply)).toEqual([204, 200, 200, 204])
  expect(reply.text).toContain(`OData-EntityId: ${org.url}${base}/leads(${first})\r\n`)
  expect(reply.text).toContain('"firstname":"Jane"')
  expect(await org.records()).toEqual([])
})

it('stops at the first failure, has its status, and keeps what was done before', async () => {
  const org = await openEnvironment()

  const reply = await org.batch([
    operation('PATCH', `leads(${first})`, jane),
    operation('PATCH', `leads(${second})`, tooLong),
    operation('PATCH', `leads(${third})`, jane),
  ])

  expect([reply.status, ...statuses(reply)]).toEqual([400, 204, 400])
  expect(codes(reply)).toEqual(['0x80044331'])
  expect((await org.records()).map(({ id }) => id)).toEqual([first])
})

it('goes on after a failure when told to, and answers 200', async () => {
  const org = await openEnvironment()

  const reply = await org.batch(
    [
      operation('PATCH', `leads(${first})`, tooLong),
      operation('PATCH', `leads(${second})`, jane, { 'If-Match': '*' }),
      operation('PATCH', `leads(${third})`, jane, { 'If-None-Match': '*' }),
    ],
    goOn,
  )

  expect([reply.status, ...statuses(reply)]).toEqual([200, 400, 404, 204])
  expect(codes(reply)).toEqual(['0x80044331', '0x80040217'])
  expect(reply.text.match(/^REQ_ID: /gm)).toHaveLength(2)
})

it('undoes a change set whole, and answers it by one error', async () => {
  const org = await openEnvironment()

  const reply = await org.batch(
    [
      changeSet([operation('PATCH', `leads(${first})`, jane, {}, '1'), operation('PATCH', `leads(${second})`, tooLong, {}, '2')]),
      operation('PATCH', `leads(${third})`, jane),
    ],
    goOn,
  )

  expect([reply.status, ...statuses(reply)]).toEqual([200, 400, 204])
  expect((await org.records()).map(({ id }) => id)).toEqual([third])
})

it('lets a change set refer to what it made', async () => {
  const org = await openEnvironment()

  const reply = await org.batch([
    changeSet([
      operation('POST', 'leads', jane, {}, 'lead'),
      operation('PATCH', '$lead', { firstname: 'Jane' }, {}, '2'),
      operation('POST', 'tasks', { subject: 'Call', 'regardingobjectid_lead_task@odata.bind': '$lead' }, {}, '3'),
    ]),
  ])

  const records = await org.records()
  const lead = records.find(({ object }) => object === 'lead')
  const task = records.find(({ object }) => object === 'task')
  expect(statuses(reply)).toEqual([204, 204, 204])
  expect(reply.text).toMatch(/boundary=changesetresponse_/)
  expect([...reply.text.matchAll(/^Content-ID: (\w+)\r$/gm)].map(([, id]) => id)).toEqual(['lead', '2', '3'])
  expect(lead?.fields.firstname).toBe('Jane')
  expect(task?.fields._regardingobjectid_value).toBe(lead?.id)
})

it('refuses a reference to what was not made yet, and undoes the rest', async () => {
  const org = await openEnvironment()

  const reply = await org.batch([
    changeSet([
      operation('POST', 'leads', jane, {}, '1'),
      operation('POST', 'tasks', { subject: 'Call', 'regardingobjectid_lead_task@odata.bind': '$9' }, {}, '2'),
    ]),
  ])

  expect(reply.status).toBe(400)
  expect(reply.text).toContain("Content-ID Reference: '$9' does not exist in the batch context.")
  expect(await org.records()).toEqual([])
})

const aGet = operation('GET', 'leads')
it.each([
  ['LF instead of CRLF', () => operation('POST', 'leads', jane).replaceAll('\r\n', '\n'), '0x80048d19'],
  ['an operation of a change set without a Content-ID', () => changeSet([operation('POST', 'leads', jane)]), '0x80060888'],
  ['a GET in a change set', () => changeSet([operation('GET', 'leads', null, {}, '1')]), '0x80060888'],
  ['one Content-ID twice', () => changeSet(['1', '1'].map((id) => operation('POST', 'leads', jane, {}, id))), '0x80060888'],
  ['a batch in a batch', () => operation('POST', '$batch', jane), '0x80060888'],
  ['a change set in a change set', () => changeSet([changeSet([aGet])]), '0x80060888'],
  ['a part without its encoding', () => aGet.replace('Content-Transfer-Encoding: binary\r\n', ''), '0x80060888'],
  ['a part that is no request', () => aGet.replace('HTTP/1.1', ''), '0x80048d19'],
])('refuses %s, and does nothing', async (_, part, code) => {
  const org = await openEnvironment()

  const reply = await org.batch([operation('PATCH', `leads(${first})`, jane), part()], goOn)

  expect([reply.status, reply.json.error.code]).toEqual([400, code])
  expect(await org.records()).toEqual([])
})

it('takes a thousand operations and not one more, change sets counted through', async () => {
  const org = await openEnvironment()
  const some = Array.from({ length: 999 }, () => operation('GET', 'WhoAmI'))
  const two = changeSet(['1', '2'].map((id) => operation('POST', 'leads', jane, {}, id)))

  const enough = await org.batch([...some, operation('GET', 'WhoAmI')])
  const tooMany = await org.batch([...some, two])

  expect([enough.status, statuses(enough).length]).toEqual([200, 1000])
  expect(tooMany.status).toBe(400)
})

it('refuses a batch that is not closed, and does nothing', async () => {
  const org = await openEnvironment()
  const headers = { 'content-type': 'multipart/mixed; boundary=b' }

  const reply = await org.call('POST', '$batch', `--b\r\n${operation('POST', 'leads', jane)}\r\n`, headers)

  expect([reply.status, reply.json.error.code]).toEqual([400, '0x80048d19'])
  expect(await org.records()).toEqual([])
})

it.each(['', '; charset=utf-8'])('refuses a batch whose content type says no boundary (multipart/mixed%s)', async (rest) => {
  const org = await openEnvironment()

  expect((await org.batch([aGet], { 'content-type': `multipart/mixed${rest}` })).status).toBe(400)
})

it('takes an address longer inside of a batch than outside', async () => {
  const org = await openEnvironment()
  const filter = Array.from({ length: 50 }, () => `lastname eq '${'x'.repeat(800)}'`).join(' or ')
  const path = `leads?$filter=${encodeURIComponent(filter)}`

  const outside = await org.call('GET', path)
  const inside = await org.batch([operation('GET', path)])

  expect(path.length).toBeGreaterThan(32_768)
  expect([outside.status, ...statuses(inside)]).toEqual([414, 200])
})

it.each([403, 404, 501] as const)('refuses every batch with %i where a gateway does', async (status) => {
  const org = await openEnvironment({ batchRefused: status })

  const refused = await org.batch([operation('POST', 'leads', jane)])

  expect(refused.status).toBe(status)
  expect((await org.call('POST', 'leads', jane)).status).toBe(204)
})

it('lets duplicate detection be asked for by each operation, not by the batch', async () => {
  const org = await openEnvironment()
  const lead = { ...jane, emailaddress1: 'jane@contoso.com' }
  const detect = { 'MSCRM.SuppressDuplicateDetection': 'false' }

  const reply = await org.batch(
    [operation('POST', 'leads', lead), operation('POST', 'leads', lead), operation('POST', 'leads', lead, detect)],
    {
      ...goOn,
      ...detect,
    },
  )

  expect(statuses(reply)).toEqual([204, 204, 412])
})

it('lets a scripted answer befall one operation of a batch, told by its headers, and leaves the others alone', async () => {
  const org = await openEnvironment()
  await org.batch([operation('PATCH', `leads(${first})`, jane)])
  const match = { method: 'PATCH', path: `${base}/leads*`, headers: { 'if-match': '*' } }
  await org.control('faults', [
    { match, times: 2, status: 503, headers: { 'retry-after': '9' } },
    { match, status: 500, commit: true },
  ])
  const both = () =>
    org.batch(
      [
        operation('PATCH', `leads(${first})`, { firstname: 'Jane' }, { 'If-Match': '*' }),
        operation('PATCH', `leads(${second})`, jane),
      ],
      goOn,
    )
  const reply = await both()
  expect(statuses(reply)).toEqual([503, 204])
  expect(reply.text).toContain('retry-after: 9')
  expect((await org.records()).map(({ fields }) => fields.firstname ?? null)).toEqual([null, null])
  await both()
  expect(statuses(await both())).toEqual([500, 204])
  expect((await org.records()).map(({ fields }) => fields.firstname ?? null)).toEqual(['Jane', null])
})
