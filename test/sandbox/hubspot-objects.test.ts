import { expect, it } from 'vitest'
import { contacts, handClock, openPortal } from './hubspot-portal.ts'

it('stores e-mail in lower case and finds it in any case', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'Jane@Contoso.COM', firstname: 'Jane' })

  const read = await portal.call(
    'GET',
    `${contacts}/JANE%40contoso.com?idProperty=email&properties=email,phone&properties=jobtitle`,
  )

  expect(read.json).toMatchObject({ id, archived: false })
  expect(read.json.properties).toEqual({
    email: 'jane@contoso.com',
    phone: null,
    jobtitle: null,
    createdate: expect.any(String),
    lastmodifieddate: expect.any(String),
    hs_object_id: id,
  })
})

it('answers 409 with the existing id when an address is taken, in whatever case, on create and on update', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })
  const other = await portal.contact({ email: 'joe@contoso.com' })

  const created = await portal.call('POST', contacts, { properties: { email: 'JANE@contoso.com' } })
  const updated = await portal.call('PATCH', `${contacts}/${other}`, { properties: { email: 'Jane@contoso.com' } })

  for (const reply of [created, updated]) {
    expect(reply.status).toBe(409)
    expect(reply.json).toMatchObject({ category: 'CONFLICT', message: `Contact already exists. Existing ID: ${id}` })
  }
})

it('needs an e-mail, a first or a last name to create a contact', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', contacts, { properties: { phone: '+16175555555' } })

  expect(reply.status).toBe(400)
  expect(reply.json.category).toBe('VALIDATION_ERROR')
})

it('updates by record id, by e-mail and by a unique property, and refuses a property that is not unique', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com', leadsync_contact_id: 'c-1' })
  const change = { properties: { city: 'Boston' } }

  const replies = [
    await portal.call('PATCH', `${contacts}/${id}`, change),
    await portal.call('PATCH', `${contacts}/jane@contoso.com?idProperty=email`, change),
    await portal.call('PATCH', `${contacts}/c-1?idProperty=leadsync_contact_id`, change),
  ]
  const refused = await portal.call('PATCH', `${contacts}/Boston?idProperty=city`, change)

  for (const reply of replies) expect(reply.json).toMatchObject({ id, properties: { city: 'Boston' } })
  expect(refused.status).toBe(400)
  expect(refused.json.message).toMatch(/^Unable to perform update\/upsert by non-unique 0-1 property city/)
})

it('clears with an empty string, leaves out what is not sent, and touches the modification date only on a change', async () => {
  const clock = handClock()
  const portal = await openPortal({ now: clock.now })
  const id = await portal.contact({ email: 'jane@contoso.com', city: 'Boston', country: 'US' })

  clock.advance(60_000)
  const same = await portal.call('PATCH', `${contacts}/${id}`, { properties: { city: 'Boston' } })
  const cleared = await portal.call('PATCH', `${contacts}/${id}`, { properties: { city: '' } })
  const read = await portal.call('GET', `${contacts}/${id}?properties=city,country`)

  expect(same.json.updatedAt).toBe('2026-11-23T10:00:00Z')
  expect(cleared.json.updatedAt).toBe('2026-11-23T10:01:00Z')
  expect(read.json.properties).toMatchObject({ city: '', country: 'US' })
})

it('answers a page for an unknown unique value, JSON for an unknown id, and a bare 404 for an update', async () => {
  const portal = await openPortal()

  const byEmail = await portal.call('GET', `${contacts}/nobody@contoso.com?idProperty=email`)
  const byId = await portal.call('GET', `${contacts}/999`)
  const update = await portal.call('PATCH', `${contacts}/nobody@contoso.com?idProperty=email`, { properties: { city: 'X' } })

  expect([byEmail.status, byId.status, update.status]).toEqual([404, 404, 404])
  expect(byEmail.headers.get('content-type')).toContain('text/html')
  expect(byEmail.headers.get('x-hubspot-notfound')).toBe('true')
  expect(byId.json.category).toBe('OBJECT_NOT_FOUND')
  expect(update.json).toEqual({ status: 'error', message: 'resource not found', correlationId: expect.any(String) })
})

it('lets an archived contact’s address be used again', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const archived = await portal.call('DELETE', `${contacts}/${id}`)
  const live = await portal.call('GET', `${contacts}/${id}`)
  const bin = await portal.call('GET', `${contacts}/${id}?archived=true`)
  const again = await portal.contact({ email: 'jane@contoso.com' })

  expect([archived.status, live.status]).toEqual([204, 404])
  expect(bin.json).toMatchObject({ id, archived: true })
  expect(again).not.toBe(id)
})

it('merges: the old id answers the survivor, gaps are filled, and the lost address is taken as an additional one', async () => {
  const portal = await openPortal()
  const kept = await portal.contact({ email: 'jane@contoso.com', city: 'Boston' })
  const lost = await portal.contact({ email: 'jane.doe@contoso.com', city: 'Oslo', zip: '0150', leadsync_contact_id: 'c-2' })

  await portal.call('POST', `${contacts}/merge`, { primaryObjectId: kept, objectIdToMerge: lost })
  const names = 'email,hs_additional_emails,city,zip,leadsync_contact_id,hs_merged_object_ids'
  const read = await portal.call('GET', `${contacts}/${lost}?properties=${names}`)
  const patched = await portal.call('PATCH', `${contacts}/${lost}`, { properties: { state: 'MA' } })
  const taken = await portal.call('POST', contacts, { properties: { email: 'Jane.Doe@contoso.com' } })
  const byKey = await portal.call('GET', `${contacts}/c-2?idProperty=leadsync_contact_id`)
  const bySecondary = await portal.call('GET', `${contacts}/jane.doe@contoso.com?idProperty=email`)

  expect(read.json.id).toBe(kept)
  expect(read.json.properties).toMatchObject({
    email: 'jane@contoso.com',
    hs_additional_emails: 'jane.doe@contoso.com',
    city: 'Boston',
    zip: '0150',
    leadsync_contact_id: 'c-2',
    hs_merged_object_ids: lost,
  })
  expect(patched.json.id).toBe(kept)
  expect(taken.json.message).toBe(`Contact already exists. Existing ID: ${kept}`)
  expect(byKey.json.id).toBe(kept)
  expect(bySecondary.status).toBe(404)
})

it('finds a contact by a secondary address when the portal is told to', async () => {
  const portal = await openPortal({ secondaryEmailsMatch: true })
  const id = await portal.contact({ email: 'jane@contoso.com', hs_additional_emails: 'a@contoso.com;B@contoso.com' })

  const read = await portal.call('GET', `${contacts}/b@contoso.com?idProperty=email`)
  const upserted = await portal.call('POST', `${contacts}/batch/upsert`, {
    inputs: [{ id: 'b@contoso.com', idProperty: 'email', properties: { city: 'Oslo' } }],
  })

  expect(read.json.id).toBe(id)
  expect(upserted.json.results[0]).toMatchObject({ id, new: false, properties: { email: 'jane@contoso.com', city: 'Oslo' } })
})

it('forgets an erased contact for good, and lets the address come back as a new one', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const erased = await portal.call('POST', `${contacts}/gdpr-delete`, { objectId: 'jane@contoso.com', idProperty: 'email' })
  const read = await portal.call('GET', `${contacts}/${id}?archived=true`)
  const again = await portal.contact({ email: 'jane@contoso.com' })

  expect([erased.status, read.status]).toEqual([204, 404])
  expect(again).not.toBe(id)
})

it('lists contacts page by page', async () => {
  const portal = await openPortal()
  const made = [
    await portal.contact({ lastname: 'A' }),
    await portal.contact({ lastname: 'B' }),
    await portal.contact({ lastname: 'C' }),
  ]

  const first = await portal.call('GET', `${contacts}?limit=2`)
  const second = await portal.call('GET', `${contacts}?limit=2&after=${first.json.paging.next.after}`)

  const ids = [...first.json.results, ...second.json.results].map((one: { id: string }) => one.id)
  expect(ids).toEqual(made)
  expect(second.json.paging).toBeUndefined()
})
