import { expect, it } from 'vitest'
import { createDynamicsAdmin } from '../../../connectors/dynamics/admin.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'
import {
  anySignal,
  below,
  contactColumns,
  type EnvironmentOptions,
  leadColumns,
  openEnvironment,
  refusal,
} from './described-environment.ts'

const markers = { at: 'leadsync_dncat', liftedAt: 'leadsync_dncliftedat' }
const first = { cursor: null, lastLeadField: 'leadsync_lastleadat', markers }
const id = '5D1E0000-0000-5000-8000-00000000000A'
const isPeople = ({ path }: Asked) => /^(leads|contacts)\?/.test(below(path))

/** `pages` is asked for the path of each query of people. */
async function opened(pages: (path: string) => Told, options: EnvironmentOptions = {}) {
  const environment = await openEnvironment({
    ...options,
    answer: (asked) => (isPeople(asked) ? pages(below(asked.path)) : undefined),
  })
  const { api, settings, asked } = environment
  return {
    admin: createDynamicsAdmin(api, 'sales', settings),
    url: environment.url,
    get paths() {
      return asked.filter(isPeople).map(({ path }) => below(path))
    },
  }
}

function page(rows: readonly object[], link?: string): Told {
  return { body: { value: rows, ...(link === undefined ? {} : { '@odata.nextLink': link }) } }
}

it('reads Leads, then Contacts, in a fixed order by the links of the pages, and no column that is not there', async () => {
  const query =
    'leads?$select=leadid,leadsync_contactid,emailaddress1,mobilephone,lastname,statecode,leadsync_lastleadat&$filter=leadsync_contactid%20ne%20null&$orderby=createdon,leadid'
  const later = `${query}&$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E`
  const stand = await opened((path) =>
    page([], path === query ? `https://acme.crm4.dynamics.com/api/data/v9.2/${later}` : undefined),
  )
  const one = await stand.admin.list(first, anySignal())
  expect(one.next).toBe(later)
  const two = await stand.admin.list({ ...first, cursor: one.next }, anySignal())
  expect(two.next).toBe('contact')
  const three = await stand.admin.list({ ...first, cursor: two.next }, anySignal())
  expect(three).toEqual({ records: [], next: null })
  expect(stand.paths).toEqual([
    query,
    later,
    'contacts?$select=contactid,leadsync_contactid,emailaddress1,lastname,statecode,leadsync_lastleadat&$filter=leadsync_contactid%20ne%20null&$orderby=createdon,contactid',
  ])
})

it('asks for the usual columns where definitions may not be read', async () => {
  const stand = await opened(() => page([]), { tables: { lead: 'forbidden', contact: 'forbidden', task: 'forbidden' } })
  await stand.admin.list(first, anySignal())
  expect(stand.paths[0]).toContain(
    '$select=leadid,leadsync_contactid,emailaddress1,telephone1,mobilephone,lastname,statecode,leadsync_lastleadat,leadsync_dncat,leadsync_dncliftedat&',
  )
})

it('tells ids in small letters, a placeholder as no name, and closed from open', async () => {
  const row = { leadid: id, leadsync_contactid: 'c-1', lastname: '[unknown]', statecode: 0 }
  const { admin } = await opened(() =>
    page([
      {
        ...row,
        telephone1: ' ',
        mobilephone: '+1',
        leadsync_lastleadat: '2026-11-23T10:00:00Z',
        leadsync_dncat: '2026-11-23T10:00:00Z',
      },
      { ...row, statecode: 1, lastname: 'Dent' },
      { ...row, statecode: 2, leadsync_lastleadat: 'soon' },
      { ...row, leadsync_contactid: '' },
    ]),
  )
  const { records } = await admin.list(first, anySignal())
  expect(records[0]).toEqual({
    object: 'lead',
    id: id.toLowerCase(),
    contactId: 'c-1',
    email: null,
    phone: '+1',
    lastName: null,
    lastLeadAt: '2026-11-23T10:00:00.000Z',
    noSince: '2026-11-23T10:00:00.000Z',
    noLiftedAt: null,
    closed: false,
  })
  expect(records.map(({ closed, lastName, lastLeadAt }) => [closed, lastName, lastLeadAt])).toEqual([
    [false, null, '2026-11-23T10:00:00.000Z'],
    [true, 'Dent', null],
    [true, null, null],
  ])
})

it('skips Contacts that can’t hold a contact id, and does not go without Leads that can’t', async () => {
  const without = (columns: typeof leadColumns) => columns.filter(({ LogicalName }) => LogicalName !== 'leadsync_contactid')
  const some = await opened(() => page([]), { tables: { contact: without(contactColumns) } })
  expect(await some.admin.list({ ...first, cursor: 'contact' }, anySignal())).toEqual({ records: [], next: null })
  expect(some.paths).toEqual([])
  for (const options of [{ tables: { lead: without(leadColumns) } }, { settings: { contactIdColumn: 'none' } }]) {
    const none = await opened(() => page([]), options)
    await expect(none.admin.list(first, anySignal())).rejects.toMatchObject({ code: 'misconfigured' })
    expect(none.paths).toEqual([])
  }
})

it('says so when a column is missing or has gone meanwhile, and learns the columns anew', async () => {
  let gone = true
  const stand = await opened(() => (gone ? refusal(400, '0x80060888', 'Could not find a property named') : page([])))
  await expect(stand.admin.list(first, anySignal())).rejects.toMatchObject({ code: 'misconfigured', status: 400 })
  gone = false
  expect(await stand.admin.list(first, anySignal())).toEqual({ records: [], next: 'contact' })
})

it.each([
  ['a row without its id', page([{ leadsync_contactid: 'c-1' }])],
  ['a body that is none', { body: { rows: [] } }],
  ['a link to another table', page([], 'https://acme.crm4.dynamics.com/api/data/v9.2/contacts?$skiptoken=2')],
  ['a link to elsewhere', page([], 'https://elsewhere.example/leads?$skiptoken=2')],
])('takes %s for no page rather than leave anybody out', async (_, told) => {
  const { admin } = await opened(() => told)
  await expect(admin.list(first, anySignal())).rejects.toMatchObject({ code: 'protocol' })
})

it('goes round no page for ever', async () => {
  const link = '$select=leadid&$skiptoken=2'
  const { admin } = await opened(() => page([], `https://acme.crm4.dynamics.com/api/data/v9.2/leads?${link}`))
  const { next } = await admin.list(first, anySignal())
  await expect(admin.list({ ...first, cursor: next }, anySignal())).rejects.toMatchObject({ code: 'protocol' })
})

it.each(['task', 'accounts?$select=name', 'leads(1)', 'lead:1'])('begins nowhere at %s', async (cursor) => {
  const stand = await opened(() => page([]))
  await expect(stand.admin.list({ ...first, cursor }, anySignal())).rejects.toMatchObject({ code: 'protocol' })
  expect(stand.paths).toEqual([])
})
