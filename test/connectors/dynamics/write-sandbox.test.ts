import { describe, expect, it, onTestFinished } from 'vitest'
import { dynamics } from '../../../connectors/dynamics/index.ts'
import { recordId } from '../../../connectors/dynamics/org/ids.ts'
import { DeliveryError, type Judged, type WriteOutcome } from '../../../src/core/index.ts'
import { type DynamicsSandboxOptions, startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { change, contactId, idOf, lead } from './writing.ts'

const token = 'the-token'
const api = '/api/data/v9.2'
const signal = new AbortController().signal
const leadId = (n: number) => recordId('lead', contactId(n))

interface Stored {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function open(options: Omit<DynamicsSandboxOptions, 'token'> = {}, settings: Record<string, unknown> = {}) {
  const sandbox = await startDynamicsSandbox({ token, ...options })
  const parsed = dynamics.settings.parse({ baseUrl: sandbox.url, auth: 'static-token', token, timeoutMs: 1_000, ...settings })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const connector = dynamics.create(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log })
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  const control = async (path: string, body?: unknown) => {
    const response = await fetch(sandbox.url + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
    return response.json().catch(() => null)
  }
  return {
    connector,
    control,
    async asked(): Promise<readonly { method: string; path: string }[]> {
      return ((await control('/_sandbox/requests')) as { requests: { method: string; path: string }[] }).requests
    },
    async records(object = 'lead'): Promise<readonly Stored[]> {
      return ((await control('/_sandbox/records')) as { records: Stored[] }).records.filter((one) => one.object === object)
    },
    async create(set: string, body: object): Promise<void> {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(`${sandbox.url}${api}/${set}`, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!response.ok) throw new Error(await response.text())
    },
  }
}

function short(judged: readonly Judged<WriteOutcome>[]): unknown[] {
  return judged.map((one) => (one instanceof DeliveryError ? one.code : one.result))
}

const ways: [string, Omit<DynamicsSandboxOptions, 'token'>, Record<string, unknown>][] = [
  ['in batches', {}, {}],
  ['one by one', {}, { batchSize: 1 }],
  ['where no batch gets through', { batchRefused: 403 }, {}],
  ['by an alternate key', { org: { alternateKey: true } }, { key: 'alternate-key' }],
  ['where definitions are hidden', { org: { metadataForbidden: true } }, {}],
  ['without our columns', { org: { provisioned: false } }, { contactIdColumn: 'none' }],
]

describe.each(ways)('%s', (_, options, settings) => {
  it('enters and changes people of both kinds, each once, whatever is repeated', async () => {
    const { connector, records } = await open(options, settings)
    const writes = [lead(1), lead(2), lead(3, { object: 'contact', fields: { lastname: 'Last3' } })].map((write) => {
      const { subject: _, leadsync_contactid: id, ...rest } = write.fields
      const own = settings.contactIdColumn === 'none' ? {} : { leadsync_contactid: id ?? null }
      return { ...write, fields: { ...rest, ...own, emailaddress1: write.email } }
    })
    const first = await connector.write(writes, signal)
    expect(short(first)).toEqual(['created', 'created', 'created'])
    const again = await connector.write(writes, signal)
    expect(short(again)).toEqual(['unchanged', 'unchanged', 'unchanged'])
    const ids = first.map((one) => (one instanceof DeliveryError ? '' : one.id))
    expect(again).toMatchObject(ids.map((id) => ({ id })))
    const changes = ids.map((recordId, n) => ({
      ...(writes[n] ?? lead(n)),
      recordId,
      fields: { jobtitle: `Job ${n}`, fax: null },
    }))
    expect(short(await connector.write(changes, signal))).toEqual(['updated', 'updated', 'updated'])
    expect((await records()).map(({ fields }) => fields.jobtitle).toSorted()).toEqual(['Job 0', 'Job 1'])
    expect((await records('contact')).map(({ fields }) => fields.jobtitle)).toEqual(['Job 2'])
  })
})

it('binds lookups, choices and owners so that Dynamics 365 takes them', async () => {
  const { connector, records, create } = await open()
  await create('accounts', { accountid: idOf(3), name: 'Contoso' })
  const fields = {
    parentaccountid: idOf(3),
    leadsourcecode: 'web',
    donotphone: 'yes',
    leadsync_lastleadat: '2026-11-23T10:00:00.500Z',
  }
  const [outcome] = await connector.write([lead(1, { fields })], signal)
  expect(outcome).toMatchObject({ result: 'created', dropped: [] })
  expect((await records())[0]?.fields).toMatchObject({ leadsourcecode: 8, donotphone: true })
  const clears = change(1, { parentaccountid: null, leadsync_lastleadat: null }, { recordId: leadId(1) })
  expect(await connector.write([clears], signal)).toMatchObject([{ result: 'updated', dropped: [] }])
})

it('leaves out a reference to what is not there, and an owner who is nobody', async () => {
  const { connector } = await open()
  const fields = { parentaccountid: idOf(3), ownerid: 'nobody@acme.example' }
  const [outcome] = await connector.write([lead(1, { fields })], signal)
  expect(outcome).toMatchObject({ result: 'created', dropped: [{ field: 'ownerid' }, { field: 'parentaccountid' }] })
})

it.each(['en', 'de'] as const)('knows which field a refusal is about where definitions are hidden (%s)', async (language) => {
  const { connector } = await open({ org: { metadataForbidden: true, language } })
  const bad = { nobody_made_this: 'x', description: 'x'.repeat(3_000) }
  const writes = Object.entries(bad).map(([name, value], n) => lead(n, { fields: { [name]: value } }))
  expect(await connector.write([...writes, lead(7)], signal)).toMatchObject([
    { code: 'invalid', fields: ['nobody_made_this'] },
    { code: 'invalid', fields: ['description'] },
    { result: 'created' },
  ])
})

it.each([412, 500] as const)('leaves a duplicate that a rule finds (%i) to the look-up', async (status) => {
  const { connector, create, records } = await open({ org: { duplicateDetection: { status } } }, { detectDuplicates: true })
  await create('leads', { leadid: idOf(5), lastname: 'Doe', subject: 'x', emailaddress1: 'p1@contoso.com' })
  const write = lead(1, { fields: { emailaddress1: 'p1@contoso.com' } })
  expect(short(await connector.write([write, lead(2)], signal))).toEqual(['conflict', 'created'])
  const keys = { contactIds: [contactId(1)], email: null, record: null, fields: { lead: ['lastname'] } }
  expect(await connector.match([keys], signal)).toMatchObject([{ kind: 'one', record: { id: idOf(5) } }])
  expect(await records()).toHaveLength(2)
})

it.each([
  ['accept', ['updated', 'updated']],
  ['reject', ['conflict', 'unchanged']],
] as const)('writes to a closed Lead as the environment lets it (%s)', async (closedLeads, results) => {
  const { connector, control } = await open({ org: { closedLeads } })
  await connector.write([lead(1)], signal)
  await control('/_sandbox/disqualify', { leadId: leadId(1) })
  const write = change(1, { jobtitle: 'CTO' }, { recordId: leadId(1) })
  const seen = [await connector.write([write], signal), await connector.write([write], signal)]
  expect(seen.map((judged) => short(judged)[0])).toEqual(results)
})

it('gives a Contact whose customer comes again a Lead that belongs to it (onContact: linked-lead)', async () => {
  const { connector, create, records } = await open({}, { onContact: 'linked-lead' })
  await create('contacts', { contactid: idOf(5), lastname: 'Doe', emailaddress1: 'p1@contoso.com' })
  const keys = { contactIds: [contactId(1)], email: 'p1@contoso.com', record: null, fields: { lead: ['lastname'] } }
  expect(await connector.match([keys], signal)).toMatchObject([{ kind: 'one', record: { id: idOf(5), closed: true } }])
  expect(short(await connector.write([lead(1)], signal))).toEqual(['created'])
  const [made] = await records()
  expect(JSON.stringify(made?.fields)).toContain(idOf(5))
})

it('never undoes a deletion by a change', async () => {
  const { connector, records } = await open()
  expect(short(await connector.write([change(1, { jobtitle: 'CTO' })], signal))).toEqual(['conflict'])
  expect(await records()).toEqual([])
})

it('is done when the database was too slow after it had done it', async () => {
  const { connector, control, records } = await open()
  const slow = { status: 500, body: { error: { code: '0x80044151', message: 'SQL timeout' } }, commit: true, times: 1 }
  await connector.write([lead(1)], signal)
  await control('/_sandbox/faults', [{ ...slow, match: { method: 'POST', path: `*/$batch` } }])
  expect(short(await connector.write([lead(2), lead(3)], signal))).toEqual(['unchanged', 'unchanged'])
  expect(await records()).toHaveLength(3)
})

it('a column that the application user may not write costs that column, not the CRM', async () => {
  const { connector } = await open({ org: { securedColumns: ['lead.jobtitle'] } })
  const [outcome] = await connector.write([lead(1, { fields: { jobtitle: 'CTO' } })], signal)
  expect(outcome).toMatchObject({ code: 'invalid', fields: ['jobtitle'] })
})
