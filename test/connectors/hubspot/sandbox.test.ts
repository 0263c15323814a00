import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connector, DeliveryError, type Match, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import { type HubspotSandboxOptions, startHubspotSandbox } from '../../../src/sandbox/hubspot/index.ts'
import { anySignal, connect, keys, token, write } from './tiny-server.ts'

type Sandbox = Awaited<ReturnType<typeof startHubspotSandbox>>

let sandbox: Sandbox
let connector: Connector

async function start(options: Partial<HubspotSandboxOptions> = {}): Promise<void> {
  sandbox = await startHubspotSandbox({ token, ...options })
  connector = connect(sandbox.url)
}

beforeEach(() => start())
afterEach(async () => {
  await connector.stop()
  await sandbox.stop()
})

async function restart(options: Partial<HubspotSandboxOptions>): Promise<void> {
  await sandbox.stop()
  await start(options)
}

function created(n: number, some: Partial<RecordWrite> = {}): RecordWrite {
  const email = `p${n}@contoso.com`
  return write({ contactId: `c-${n}`, email, fields: { email, leadsync_contact_id: `c-${n}`, firstname: `P${n}` }, ...some })
}

function good<T>(judged: readonly (T | DeliveryError)[]): T[] {
  return judged.map((one) => {
    if (one instanceof DeliveryError) throw one
    return one
  })
}

async function writeAll(writes: readonly RecordWrite[]): Promise<WriteOutcome[]> {
  return good(await connector.write(writes, anySignal()))
}

async function matchOne(some: Parameters<typeof keys>[0]): Promise<Match | undefined> {
  return good(await connector.match([keys(some)], anySignal()))[0]
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${sandbox.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
}

async function records(): Promise<{ object: string; id: string; fields: Record<string, string> }[]> {
  const response = await fetch(`${sandbox.url}/_sandbox/records`)
  return ((await response.json()) as { records: { object: string; id: string; fields: Record<string, string> }[] }).records
}

const batchUpsert = { method: 'POST', path: '/crm/objects/2026-09/contacts/batch/upsert' }

describe('against the sandbox', () => {
  it.each(['2026-09', 'v3'])('%s: creates, finds, updates, and a second same write creates nobody', async (apiVersion) => {
    connector = connect(sandbox.url, { apiVersion })
    const writes = Array.from({ length: 100 }, (_, n) => created(n))
    const first = await writeAll(writes)
    expect(new Set(first.map(({ result }) => result))).toEqual(new Set(['created']))
    expect(new Set(first.map(({ id }) => id)).size).toBe(100)
    const again = await writeAll(writes)
    expect(again.map(({ id, result }) => [id, result])).toEqual(first.map(({ id }) => [id, 'updated']))
    const match = await matchOne({ contactIds: ['c-7'], email: 'P7@contoso.com' })
    expect(match).toMatchObject({ kind: 'one', record: { id: first[7]?.id, ours: true, fields: { firstname: 'P7' } } })
    expect(await writeAll([created(7, { recordId: first[7]?.id ?? '', fields: { firstname: null } })])).toMatchObject([
      { result: 'updated' },
    ])
    expect(await records()).toHaveLength(100)
  })

  it('a person first without and then with an e-mail stays one contact', async () => {
    const fields = { leadsync_contact_id: 'c-1', lastname: 'Doe' }
    const [first] = await writeAll([created(1, { email: null, fields })])
    const match = await matchOne({ contactIds: ['c-1'], email: 'p1@contoso.com' })
    expect(match).toMatchObject({ kind: 'one', record: { id: first?.id, fields: { email: null } } })
    await writeAll([created(1, { recordId: first?.id ?? '', fields: { email: 'p1@contoso.com' } })])
    expect(await matchOne({ contactIds: [], email: 'p1@contoso.com' })).toMatchObject({ kind: 'one', record: { id: first?.id } })
    expect(await records()).toHaveLength(1)
  })

  it('a portal without the contact id property is served by e-mail', async () => {
    await restart({ provisioned: false })
    const [first] = await writeAll([created(1)])
    expect(first?.dropped.map(({ field }) => field)).toEqual(['leadsync_contact_id'])
    expect(await matchOne({ email: 'p1@contoso.com' })).toMatchObject({ kind: 'one', record: { id: first?.id, ours: false } })
    expect(await connector.write([created(2, { email: null })], anySignal())).toMatchObject([
      { code: 'invalid', fields: ['leadsync_contact_id'] },
    ])
  })

  it.each([true, false])(
    'a secondary e-mail finds its contact in the end (look-ups find it: %s)',
    async (secondaryEmailsMatch) => {
      await restart({ secondaryEmailsMatch })
      const [one, two] = await writeAll([created(1), created(2)])
      await post('/crm/objects/2026-09/contacts/merge', { primaryObjectId: one?.id, objectIdToMerge: two?.id })
      const lead = { contactIds: ['c-new'], email: 'p2@contoso.com' }
      if ((await matchOne(lead))?.kind === 'none') {
        const fields = { email: 'p2@contoso.com', leadsync_contact_id: 'c-new', firstname: 'P2' }
        const [error] = await connector.write([created(2, { contactId: 'c-new', fields })], anySignal())
        expect(error).toMatchObject({ code: 'conflict' })
      }
      expect(await matchOne(lead)).toMatchObject({ kind: 'one', record: { fields: { email: 'p1@contoso.com' } } })
    },
  )

  it('follows the record that the ledger holds to the one it was merged into', async () => {
    const [one, two] = await writeAll([created(1), created(2)])
    await post('/crm/objects/2026-09/contacts/merge', { primaryObjectId: one?.id, objectIdToMerge: two?.id })
    const record = { object: 'contact', id: two?.id ?? '' }
    const match = await matchOne({ contactIds: ['c-2'], email: 'p2@contoso.com', record })
    expect(match).toMatchObject({ kind: 'one', record: { mergedFrom: two?.id, fields: { email: 'p1@contoso.com' } } })
  })

  it('one conflicting contact does not fail the others of its batch', async () => {
    await writeAll([created(1)])
    const clash = created(2, { fields: { email: 'p2@contoso.com', leadsync_contact_id: 'c-1' } })
    const outcomes = await connector.write([created(3), clash, created(4)], anySignal())
    expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'conflict' }, { result: 'created' }])
  })

  it('one bad e-mail does not fail the others of its batch', async () => {
    const bad = created(2, { email: 'not-an-address', fields: { email: 'not-an-address' } })
    const outcomes = await connector.write([created(1), bad, created(3)], anySignal())
    expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'invalid', fields: ['email'] }, { result: 'created' }])
  })

  it('a write that was done but never answered is not done twice', async () => {
    connector = connect(sandbox.url, { timeoutMs: 1_000 })
    await connector.catalog(anySignal())
    await post('/_sandbox/faults', [{ match: batchUpsert, times: 1, commit: true, delayMs: 60_000 }])
    expect(await connector.write([created(1)], anySignal())).toMatchObject([{ code: 'unavailable' }])
    expect(await connector.write([created(1)], anySignal())).toMatchObject([{ result: 'updated' }])
    expect(await records()).toHaveLength(1)
  })

  it('a wrong token is unauthorized, once', async () => {
    connector = connect(sandbox.url, { token: 'pat-na1-wrong' })
    expect(await connector.write([created(1)], anySignal())).toMatchObject([{ code: 'unauthorized' }])
    await expect(connector.catalog(anySignal())).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('knows the portal and the properties', async () => {
    const catalog = await connector.catalog(anySignal())
    expect(catalog.org).toMatch(/^\d+$/)
    const field = (name: string) => catalog.objects.contact?.find((one) => one.name === name)
    expect(field('leadsync_contact_id')).toMatchObject({ unique: true, writable: true })
    expect(field('hs_email_optout')).toMatchObject({ writable: false })
  })
})
