import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { base, ids, jane, openEnvironment } from './dynamics-environment.ts'

const [first, second, third] = ids
const representation = { prefer: 'return=representation' }

it('creates and updates by an id of ours, and an answer without a body does not tell which it was', async () => {
  const org = await openEnvironment()

  const created = await org.call('PATCH', `leads(${first})`, jane)
  const updated = await org.call('PATCH', `leads(${first})`, { firstname: 'Jane' })

  for (const reply of [created, updated]) {
    expect([reply.status, reply.text]).toEqual([204, ''])
    expect(reply.headers.get('odata-entityid')).toBe(`${org.url}${base}/leads(${first})`)
    expect(reply.headers.get('content-type')).toBeNull()
  }
  expect(await org.records()).toMatchObject([{ object: 'lead', id: first, fields: { lastname: 'Doe', firstname: 'Jane' } }])
})

it('tells created from updated with a representation, which has the columns asked for', async () => {
  const org = await openEnvironment()

  const created = await org.call('PATCH', `leads(${first})?$select=lastname`, jane, representation)
  const updated = await org.call('PATCH', `leads(${first})?$select=lastname`, { lastname: 'Roe' }, representation)

  expect([created.status, updated.status]).toEqual([201, 200])
  expect(updated.json).toEqual({
    '@odata.context': `${org.url}${base}/$metadata#leads(lastname)/$entity`,
    '@odata.etag': updated.headers.get('etag'),
    leadid: first,
    lastname: 'Roe',
  })
  expect(updated.headers.get('etag')).toMatch(/^W\/"\d+"$/)
  expect(updated.headers.get('etag')).not.toBe(created.headers.get('etag'))
  expect(updated.headers.get('preference-applied')).toBe('return=representation')
})

it('writes nothing when the columns asked for do not exist', async () => {
  const org = await openEnvironment()

  const reply = await org.call('PATCH', `leads(${first})?$select=nonsense`, jane, representation)

  expect(reply.status).toBe(400)
  expect(await org.records()).toEqual([])
})

it('creates by POST with an id of its own', async () => {
  const org = await openEnvironment()

  const reply = await org.call('POST', 'leads?$select=leadid', jane, representation)

  const [{ id } = { id: '' }] = await org.records()
  expect([reply.status, reply.json.leadid]).toEqual([201, id])
  expect(reply.headers.get('location')).toBe(`${org.url}${base}/leads(${id})`)
})

it.each([
  ['If-None-Match: * on a record that is there', first, { 'if-none-match': '*' }, 412, '0x80040237'],
  ['If-Match: * on one that is not', second, { 'if-match': '*' }, 404, '0x80040217'],
  ['an older ETag', first, { 'if-match': 'W/"1"' }, 412, '0x80060882'],
])('refuses a PATCH with %s', async (_, id, headers, status, code) => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)

  const reply = await org.call('PATCH', `leads(${id})`, { lastname: 'Roe' }, headers)

  expect([reply.status, reply.json.error.code]).toEqual([status, code])
  expect(await org.records()).toMatchObject([{ fields: { lastname: 'Doe' } }])
})

it('takes conditions that hold, and the "If-None-Match: null" of Microsoft\'s samples for none', async () => {
  const org = await openEnvironment()

  const created = await org.call('PATCH', `leads(${first})`, jane, { 'if-none-match': '*' })
  const { headers } = await org.call('GET', `leads(${first})`)
  const current = await org.call('PATCH', `leads(${first})`, jane, { 'if-match': headers.get('etag') ?? '' })
  const unconditional = await org.call('PATCH', `leads(${first})`, jane, { 'if-none-match': 'null' })

  expect([created.status, current.status, unconditional.status]).toEqual([204, 204, 204])
})

it('reads one record, and not again while it is the same', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)

  const read = await org.call('GET', `leads(${first})?$select=lastname,statecode`)
  const etag = read.headers.get('etag') ?? ''
  const again = await org.call('GET', `leads(${first})`, undefined, { 'if-none-match': etag })

  expect(read.json).toMatchObject({ '@odata.etag': etag, leadid: first, lastname: 'Doe', statecode: 0 })
  expect(read.json).not.toHaveProperty('subject')
  expect([again.status, again.text]).toEqual([304, ''])
})

it('adds annotations only when asked', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)
  const path = `leads(${first})?$select=statecode,_ownerid_value`

  const plain = await org.call('GET', path)
  const labelled = await org.call('GET', path, undefined, {
    prefer: 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
  })
  const all = await org.call('GET', path, undefined, { prefer: 'odata.include-annotations="*"' })

  const label = 'statecode@OData.Community.Display.V1.FormattedValue'
  const target = '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname'
  expect(Object.keys(plain.json)).toEqual([
    '@odata.context',
    '@odata.etag',
    expect.any(String),
    expect.any(String),
    expect.any(String),
  ])
  expect(labelled.json).toMatchObject({ [label]: 'Open' })
  expect(labelled.json).not.toHaveProperty([target])
  expect(all.json).toMatchObject({ [label]: 'Open', [target]: 'systemuser' })
})

it('finds, sorts and pages; the next link is a whole address', async () => {
  const org = await openEnvironment()
  for (const [at, id] of ids.entries()) {
    await org.call('PATCH', `leads(${id})`, { ...jane, emailaddress1: `jane+${at}@contoso.com`, firstname: `J${at}` })
  }
  const filter = `$filter=${encodeURIComponent("emailaddress1 ne 'jane+1@contoso.com'")}`

  const page = await org.call('GET', `leads?$select=firstname&${filter}&$orderby=firstname desc`, undefined, {
    prefer: 'odata.maxpagesize=1',
  })
  const next: string = page.json['@odata.nextLink']
  const rest = await org.call('GET', next.slice(org.url.length), undefined, { prefer: 'odata.maxpagesize=1' })

  expect(page.json.value).toMatchObject([{ leadid: third, firstname: 'J2', '@odata.etag': expect.stringMatching(/^W\//) }])
  expect(page.headers.get('preference-applied')).toBe('odata.maxpagesize=1')
  expect(next.startsWith(`${org.url}${base}/leads?`)).toBe(true)
  expect(rest.json.value).toMatchObject([{ leadid: first }])
  expect(rest.json).not.toHaveProperty('@odata.nextLink')
})

it('ignores $top beside a page size', async () => {
  const org = await openEnvironment()
  for (const id of ids) await org.call('PATCH', `leads(${id})`, jane)

  const top = await org.call('GET', 'leads?$top=1')
  const both = await org.call('GET', 'leads?$top=1', undefined, { prefer: 'odata.maxpagesize=2' })

  expect([top.json.value.length, both.json.value.length]).toEqual([1, 2])
  expect(both.json).toHaveProperty(['@odata.nextLink'])
})

it('addresses a record by a declared key, echoes that key, and refuses keys that are none', async () => {
  const org = await openEnvironment({ org: { alternateKey: true } })
  const path = "leads(leadsync_contactid='abc123')"

  const created = await org.call('PATCH', `${path}?$select=leadid`, jane, representation)
  const updated = await org.call('PATCH', path, { firstname: 'Jane' })
  const undeclared = await org.call('PATCH', "leads(emailaddress1='jane')", jane)
  const dangerous = await org.call('PATCH', "leads(leadsync_contactid='a%26b')", jane)

  expect(created.status).toBe(201)
  expect(updated.headers.get('odata-entityid')).toBe(`${org.url}${base}/${path}`)
  expect([undeclared.status, undeclared.json.error.code]).toEqual([400, '0x80060888'])
  expect(dangerous.status).toBe(400)
  expect(await org.records()).toMatchObject([{ id: created.json.leadid, fields: { leadsync_contactid: 'abc123' } }])
})

it('deletes a record once', async () => {
  const org = await openEnvironment()
  await org.call('PATCH', `leads(${first})`, jane)

  const replies = [await org.call('DELETE', `leads(${first})`), await org.call('DELETE', `leads(${first})`)]

  expect(replies.map(({ status }) => status)).toEqual([204, 404])
})

it.each([412, 500] as const)('finds duplicates only when the header asks, with status %i', async (status) => {
  const org = await openEnvironment({ org: { duplicateDetection: { status } } })
  const lead = { ...jane, emailaddress1: 'jane@contoso.com' }
  await org.make('leads', lead)

  const silent = await org.call('PATCH', `leads(${first})`, lead, { 'MSCRM.SuppressDuplicateDetection': 'true' })
  const asked = await org.call('PATCH', `leads(${second})`, lead, { 'MSCRM.SuppressDuplicateDetection': 'false' })

  expect(silent.status).toBe(204)
  expect([asked.status, asked.json.error.code]).toEqual([status, '0x80040333'])
})

it.each([
  ['text', 'just text', { 'content-type': 'application/json' }],
  ['a list', [jane], {}],
  ['another content type', JSON.stringify(jane), { 'content-type': 'text/plain' }],
  ['an unknown property', { ...jane, Nonsense: 1 }, {}],
])('refuses %s as a body', async (_, body, headers) => {
  const org = await openEnvironment()

  const reply = await org.call('POST', 'leads', body, headers)

  expect([reply.status, reply.json.error.code]).toEqual([400, '0x80048d19'])
})

it('keeps its records in a file', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'dynamics-')), 'records.json')
  const before = await openEnvironment({ file })
  await before.call('PATCH', `leads(${first})`, jane)
  await before.stop()

  const after = await openEnvironment({ file })

  expect((await after.call('GET', `leads(${first})`)).json).toMatchObject({ lastname: 'Doe' })
})
