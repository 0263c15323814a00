import { expect, it, onTestFinished } from 'vitest'
import { hubspot } from '../../../connectors/hubspot/index.ts'
import type { CrmAdmin } from '../../../src/core/index.ts'
import { openPortal } from './portal.ts'
import { type Answer, anySignal, startTinyServer, token } from './tiny-server.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const markers = { at: 'leadsync_dnc_at', liftedAt: 'leadsync_dnc_lifted_at' }
const first = { cursor: null, lastLeadField: 'leadsync_last_lead_at', markers }

function adminOf(baseUrl: string, settings = {}): CrmAdmin {
  const parsed = hubspot.settings.parse({ token, baseUrl, ...settings })
  return hubspot.createAdmin(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log })
}

async function answering(answer: Answer) {
  const server = await startTinyServer(answer)
  onTestFinished(() => server.stop())
  return { admin: adminOf(server.url), asked: server.asked }
}

function contact(id: string | number, properties: Record<string, unknown> = {}) {
  return { id, properties: { leadsync_contact_id: `c-${id}`, ...properties } }
}

it('searches 200 at a time by record id, never by search’s own cursor, and asks for nothing that it does not need', async () => {
  const { admin, asked } = await answering(() => ({ body: { total: 1, results: [contact('9007199254740993')] } }))
  await admin.list({ ...first, cursor: '9007199254740992' }, anySignal())
  expect(asked.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
    {
      method: 'POST',
      path: '/crm/objects/2026-09/contacts/search',
      body: {
        filterGroups: [
          {
            filters: [
              { propertyName: 'leadsync_contact_id', operator: 'HAS_PROPERTY' },
              { propertyName: 'hs_object_id', operator: 'GT', value: '9007199254740992' },
            ],
          },
        ],
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
        properties: [
          ...['email', 'phone', 'mobilephone', 'lastname', 'leadsync_contact_id'],
          ...['leadsync_last_lead_at', 'leadsync_dnc_at', 'leadsync_dnc_lifted_at'],
        ],
        limit: 200,
      },
    },
  ])
})

it.each([
  ['a full page', Array.from({ length: 200 }, (_, n) => contact(n + 1)), undefined, '200'],
  ['a short page that says there are more', [contact(7)], { next: { after: '1' } }, '7'],
  ['a short page', [contact(7)], undefined, null],
  ['an empty page', [], { next: { after: '1' } }, null],
])('%s leads on, or ends it', async (_, results, paging, next) => {
  const { admin } = await answering(() => ({ body: { results, paging } }))
  expect((await admin.list(first, anySignal())).next).toBe(next)
})

it('takes the mobile number where there is no other, times in milliseconds too, and leaves out whose contact id is gone', async () => {
  const results = [
    contact(1, {
      email: '',
      phone: null,
      mobilephone: ' +1 ',
      lastname: 'Dent ',
      leadsync_last_lead_at: '1795428000000',
      leadsync_dnc_at: '1795428000000',
    }),
    contact(2, { leadsync_contact_id: '', leadsync_last_lead_at: 'soon' }),
    contact(3, { leadsync_last_lead_at: 'soon' }),
  ]
  const { admin } = await answering(() => ({ body: { results } }))
  const { records } = await admin.list(first, anySignal())
  expect(records).toEqual([
    {
      object: 'contact',
      id: '1',
      contactId: 'c-1',
      email: null,
      phone: '+1',
      lastName: 'Dent',
      lastLeadAt: '2026-11-23T10:00:00.000Z',
      noSince: '2026-11-23T10:00:00.000Z',
      noLiftedAt: null,
      closed: false,
    },
    expect.objectContaining({ id: '3', lastLeadAt: null }),
  ])
})

it.each([
  ['ids out of order', { results: [contact(10), contact(9)] }],
  ['ids in the order of their letters', { results: [contact(10), contact(2)] }],
  ['one id twice', { results: [contact(10), contact(10)] }],
  ['one of the page before', { results: [contact(5)] }],
  ['an id that is no number', { results: [contact('abc')] }],
  ['a row without properties', { results: [contact(10), { id: '11' }] }],
  ['no results', {}],
])('takes %s for no page rather than leave anybody out', async (_, body) => {
  const { admin } = await answering(() => ({ body }))
  await expect(admin.list({ ...first, cursor: '5' }, anySignal())).rejects.toMatchObject({ code: 'protocol' })
})

it('names the property when the portal lacks it', async () => {
  const { url } = await openPortal({ provisioned: false })
  await expect(adminOf(url, { contactIdProperty: 'our_key' }).list(first, anySignal())).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining('"our_key"'),
    fields: ['our_key'],
  })
})

it('sees a contact of the last seconds at a later reading only, also by the numbered API', async () => {
  let now = Date.parse('2026-11-23T12:00:00.000Z')
  const { url, call } = await openPortal({ now: () => now, searchLagMs: 5_000 })
  await call('POST', '/crm/objects/2026-09/contacts', { properties: { lastname: 'Dent', leadsync_contact_id: 'c-1' } })
  const admin = adminOf(url, { apiVersion: 'v3' })
  expect(await admin.list(first, anySignal())).toEqual({ records: [], next: null })
  now += 5_000
  expect((await admin.list(first, anySignal())).records).toMatchObject([{ contactId: 'c-1' }])
})
