import { expect, it, onTestFinished } from 'vitest'
import { dynamics } from '../../../connectors/dynamics/index.ts'
import { recordId } from '../../../connectors/dynamics/org/ids.ts'
import { DeliveryError, type Judged, type Match, type MatchKeys } from '../../../src/core/index.ts'
import { type DynamicsSandboxOptions, startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { keys } from './people.ts'
import { contactId, lead } from './writing.ts'

const token = 'the-token'
const signal = new AbortController().signal
const cid = contactId(1)
const leadId = recordId('lead', cid)
const nextId = recordId('lead', `${cid}.1`)

async function open(options: Omit<DynamicsSandboxOptions, 'token'> = {}, settings: Record<string, unknown> = {}) {
  const sandbox = await startDynamicsSandbox({ token, ...options })
  const parsed = dynamics.settings.parse({ baseUrl: sandbox.url, auth: 'static-token', token, ...settings })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const connector = dynamics.create(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log })
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'return=representation' }
    const response = await fetch(sandbox.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    const text = await response.text()
    return response.ok && text !== '' ? JSON.parse(text) : {}
  }
  return {
    call,
    sales: (method: string, path: string, body?: object) => call(method, `/api/data/v9.2/${path}`, body),
    control: (name: string, body: object) => call('POST', `/_sandbox/${name}`, body),
    async enter(name = cid): Promise<Judged<unknown>> {
      const fields = { emailaddress1: 'p1@contoso.com', leadsync_contactid: name }
      const [outcome] = await connector.write([lead(1, { contactId: name, email: 'p1@contoso.com', fields })], signal)
      return outcome instanceof DeliveryError ? outcome : outcome?.result
    },
    async match(some: Partial<MatchKeys> = {}): Promise<Judged<Match> | undefined> {
      const [match] = await connector.match([keys({ contactIds: [cid], email: 'P1@contoso.com', ...some })], signal)
      return match
    },
  }
}

it.each(['accept', 'reject'] as const)('a closed Lead stays closed and has a successor, once (%s)', async (closedLeads) => {
  const { enter, match, control, sales } = await open({ org: { closedLeads } })
  await enter()
  await control('disqualify', { leadId })
  // Where Dataverse takes changes of closed Leads, such a change makes no open one of it.
  await sales('PATCH', `leads(${leadId})`, { jobtitle: 'CTO' })
  const closed = { kind: 'one', record: { id: leadId, closed: true, ours: true, lastNumber: 0 } }
  expect(await match()).toMatchObject(closed)
  expect(await match({ email: null, record: { object: 'lead', id: leadId } })).toMatchObject(closed)
  expect(await enter(`${cid}.1`)).toBe('created')
  expect(await match({ email: null, record: { object: 'lead', id: leadId } })).toMatchObject({
    record: { id: nextId, closed: false, ours: true },
  })
  await control('disqualify', { leadId: nextId })
  expect(await match({ email: null })).toMatchObject({ record: { id: nextId, closed: true, lastNumber: 1 } })
})

it('a qualified Lead is its Contact, whose merge is followed', async () => {
  const { enter, match, control, sales } = await open()
  await enter()
  const { contactId: became } = await control('qualify', { leadId })
  const record = { object: 'lead', id: leadId }
  expect(await match({ email: null, record })).toMatchObject({ record: { object: 'contact', id: became } })
  const { contactid: survivor } = await sales('POST', 'contacts', { lastname: 'Doe', emailaddress1: 'other@contoso.com' })
  await control('merge', { object: 'contact', masterId: survivor, loserId: became })
  expect(await match({ record })).toMatchObject({ kind: 'one', record: { object: 'contact', id: survivor, closed: false } })
})

it('a deleted record is made anew under the next id', async () => {
  const { enter, match, sales } = await open()
  await enter()
  await sales('DELETE', `leads(${leadId})`)
  const record = { object: 'lead', id: leadId }
  expect(await match({ record })).toEqual({ kind: 'none', deleted: true, lastNumber: 0 })
  await enter(`${cid}.1`)
  expect(await match({ record, email: null })).toMatchObject({ record: { id: nextId, ours: true } })
})

it('somebody’s address is no part of the query that asks for it', async () => {
  const { sales, match } = await open()
  const addresses = ["o'neil+a&b#c%27=@contoso.com", 'jürgen?/\\x@contoso.com', "') or (leadid ne null"]
  for (const [n, emailaddress1] of addresses.entries()) await sales('POST', 'leads', { lastname: `L${n}`, emailaddress1 })
  for (const email of addresses) {
    expect(await match({ email })).toMatchObject({ kind: 'one', record: { fields: { emailaddress1: email } } })
  }
})

it.each([
  ['where definitions are hidden', { org: { metadataForbidden: true } }, {}],
  ['where no batch gets through', { batchRefused: 403 as const }, {}],
  ['without our columns', { org: { provisioned: false } }, { contactIdColumn: 'none' }],
])('people are found %s', async (_, options, settings) => {
  const { match, sales } = await open(options, settings)
  await sales('POST', 'leads', { leadid: leadId, lastname: 'Doe', subject: 'x', donotphone: true })
  expect(await match()).toMatchObject({ kind: 'one', record: { id: leadId, ours: true, optOuts: ['phone'] } })
  expect(await match({ contactIds: [contactId(2)] })).toEqual({ kind: 'none', deleted: false })
})

it('with onContact: linked-lead a new Lead belongs to the Contact that is there', async () => {
  const { enter, match, sales } = await open({}, { onContact: 'linked-lead' })
  const { contactid } = await sales('POST', 'contacts', { lastname: 'Doe', emailaddress1: 'p1@contoso.com', donotemail: true })
  expect(await match()).toMatchObject({ kind: 'one', record: { object: 'contact', id: contactid, closed: true } })
  expect(await enter()).toBe('created')
  const { _parentcontactid_value: parent } = await sales('GET', `leads(${leadId})?$select=_parentcontactid_value`)
  expect(parent).toBe(contactid)
  expect(await match()).toMatchObject({ kind: 'one', record: { id: leadId, closed: false, optOuts: ['email'] } })
})
