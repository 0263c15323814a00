import { expect, it } from 'vitest'
import { contacts, handClock, openPortal } from './hubspot-portal.ts'

const search = `${contacts}/search`

function filter(propertyName: string, operator: string, rest: object = {}) {
  return { filterGroups: [{ filters: [{ propertyName, operator, ...rest }] }] }
}

it('sees a new contact and a change only after the lag', async () => {
  const clock = handClock()
  const portal = await openPortal({ now: clock.now, searchLagMs: 5000, limits: { searchPerSecond: 99 } })
  const id = await portal.contact({ email: 'jane@contoso.com', city: 'Boston' })
  const inBoston = filter('city', 'EQ', { value: 'Boston' })

  const atOnce = await portal.call('POST', search, inBoston)
  clock.advance(5000)
  const later = await portal.call('POST', search, inBoston)
  await portal.call('PATCH', `${contacts}/${id}`, { properties: { city: 'Oslo' } })
  const stale = await portal.call('POST', search, { ...inBoston, properties: ['city'] })
  clock.advance(5000)
  const caughtUp = await portal.call('POST', search, inBoston)

  expect([atOnce.json.total, later.json.total, stale.json.total, caughtUp.json.total]).toEqual([0, 1, 1, 0])
  expect(stale.json.results[0].properties.city).toBe('Boston')
})

it('allows five searches per second and shows no rate headers on them', async () => {
  const clock = handClock()
  const portal = await openPortal({ now: clock.now })

  const replies = []
  for (let index = 0; index < 6; index += 1) replies.push(await portal.call('POST', search, {}))
  clock.advance(1001)
  const next = await portal.call('POST', search, {})

  expect(replies.map((one) => one.status)).toEqual([200, 200, 200, 200, 200, 429])
  expect(replies[5]?.json).toMatchObject({ message: 'You have reached your secondly limit.', policyName: 'SECONDLY' })
  expect(replies[0]?.headers.get('x-hubspot-ratelimit-max')).toBeNull()
  expect(next.status).toBe(200)
})

it.each([
  ['email', 'EQ', { value: 'JANE@contoso.com' }, ['Doe']],
  ['email', 'NEQ', { value: 'jane@contoso.com' }, ['Smith']],
  ['lastname', 'IN', { values: ['doe', 'smith'] }, ['Doe', 'Smith']],
  ['lastname', 'NOT_IN', { values: ['doe'] }, ['Smith']],
  ['city', 'HAS_PROPERTY', {}, ['Doe']],
  ['city', 'NOT_HAS_PROPERTY', {}, ['Smith']],
  ['hs_additional_emails', 'CONTAINS_TOKEN', { value: 'j2@contoso.com' }, ['Doe']],
  ['hs_additional_emails', 'NOT_CONTAINS_TOKEN', { value: 'j2@contoso.com' }, ['Smith']],
  ['lastname', 'CONTAINS_TOKEN', { value: '*mit*' }, ['Smith']],
  ['zip', 'GT', { value: '9' }, ['Doe']],
  ['zip', 'GTE', { value: '10' }, ['Doe']],
  ['zip', 'LT', { value: '10' }, ['Smith']],
  ['zip', 'LTE', { value: '10' }, ['Doe', 'Smith']],
  ['zip', 'BETWEEN', { value: '9', highValue: '11' }, ['Doe', 'Smith']],
  ['leadsync_last_lead_at', 'GTE', { value: '1795428000000' }, ['Doe']],
])('filters by %s %s %j', async (name, operator, rest, expected) => {
  const portal = await openPortal({ searchLagMs: 0 })
  const lead = {
    zip: '10',
    city: 'Boston',
    hs_additional_emails: 'j2@contoso.com',
    leadsync_last_lead_at: '2026-11-23T10:00:00Z',
  }
  await portal.contact({ email: 'jane@contoso.com', lastname: 'Doe', ...lead })
  await portal.contact({ lastname: 'Smith', zip: '9' })

  const sorts = [{ propertyName: 'lastname', direction: 'ASCENDING' }]
  const reply = await portal.call('POST', search, { ...filter(name, operator, rest), sorts })

  expect(reply.json.results.map((one: { properties: { lastname: string } }) => one.properties.lastname)).toEqual(expected)
})

it('pages through hits and finds words anywhere with a query', async () => {
  const portal = await openPortal({ searchLagMs: 0 })
  for (const lastname of ['A', 'B', 'C']) await portal.contact({ lastname, company: 'Contoso' })

  const first = await portal.call('POST', search, { query: 'contoso', limit: 2 })
  const second = await portal.call('POST', search, { query: 'contoso', limit: 2, after: first.json.paging.next.after })

  expect(first.json.total).toBe(3)
  expect([first.json.results.length, second.json.results.length]).toEqual([2, 1])
})

it('shows so many results at most, and goes on by record id beyond them', async () => {
  const portal = await openPortal({ searchLagMs: 0, mostSearchResults: 2 })
  const ids: string[] = []
  for (const lastname of ['A', 'B', 'C']) ids.push(await portal.contact({ lastname }))

  const sorts = [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }]
  const first = await portal.call('POST', search, { sorts, limit: 2 })
  const beyond = await portal.call('POST', search, { sorts, limit: 2, after: first.json.paging.next.after })
  const later = await portal.call('POST', search, { ...filter('hs_object_id', 'GT', { value: ids[1] }), sorts, limit: 2 })

  expect([first.status, beyond.status]).toEqual([200, 400])
  expect(later.json.results.map(({ id }: { id: string }) => id)).toEqual([ids[2]])
})

const one = { propertyName: 'city', operator: 'EQ', value: 'x' }
it.each([
  ['201 per page', { limit: 201 }],
  ['past the 10,000th hit', { limit: 100, after: '9950' }],
  ['more than 3,000 characters', { query: 'x'.repeat(3000) }],
  ['six groups', { filterGroups: Array(6).fill({ filters: [one] }) }],
  ['seven filters in a group', { filterGroups: [{ filters: Array(7).fill(one) }] }],
  ['nineteen filters', { filterGroups: Array(5).fill({ filters: Array(4).fill(one) }) }],
  ['an unknown property', filter('missing', 'EQ', { value: 'x' })],
])('refuses a search with %s', async (_, body) => {
  const portal = await openPortal()

  const reply = await portal.call('POST', search, body)

  expect([reply.status, reply.json.category]).toEqual([400, 'VALIDATION_ERROR'])
})
