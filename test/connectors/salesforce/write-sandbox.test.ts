import { generateKeyPairSync } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { salesforce } from '../../../connectors/salesforce/index.ts'
import { DeliveryError, type Judged, type WriteOutcome } from '../../../src/core/index.ts'
import { startSalesforceSandbox } from '../../../src/sandbox/salesforce/index.ts'
import { change, contact, LeadKey, lead, Rows } from './writing.ts'

const clientId = 'the-consumer-key'
const clientSecret = 'the-consumer-secret'
const signal = new AbortController().signal
const { publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

interface Stored {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function open(settings: Record<string, unknown> = {}) {
  const sandbox = await startSalesforceSandbox({
    apps: [{ clientId, clientSecret, publicKey, username: 'leadsync@contoso.com' }],
  })
  const parsed = salesforce.settings.parse({
    baseUrl: sandbox.url,
    auth: 'client-credentials',
    clientId,
    clientSecret,
    timeoutMs: 1_000,
    ...settings,
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const connector = salesforce.create(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log })
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  const control = async (path: string, body?: unknown) => {
    const response = await fetch(sandbox.url + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
    return (await response.json().catch(() => null)) as { records: Stored[] }
  }
  return {
    connector,
    /** As somebody else who is signed in. */
    async post(path: string, body: object) {
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret })
      const answer = await fetch(`${sandbox.url}/services/oauth2/token`, { method: 'POST', body: form })
      const { access_token } = (await answer.json()) as { access_token: string }
      const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
      const made = await fetch(sandbox.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!made.ok) throw new Error(await made.text())
    },
    arm: (...faults: object[]) => control('/_sandbox/faults', faults),
    async records(object: string) {
      return (await control('/_sandbox/records')).records.filter((one) => one.object === object)
    },
  }
}

function good(judged: readonly Judged<WriteOutcome>[]): WriteOutcome[] {
  return judged.map((one) => {
    if (one instanceof DeliveryError) throw one
    return one
  })
}

it('writes, changes and clears, and the second identical call changes nothing', async () => {
  const { connector, records } = await open()
  const [made] = good(await connector.write([lead(1, { fields: { Email: 'p1@contoso.com', Title: 'CTO' } })], signal))
  const writes = [lead(1, { fields: { Email: 'p1@contoso.com', Title: 'CTO' } }), lead(2)]
  expect(good(await connector.write(writes, signal)).map(({ result }) => result)).toEqual(['updated', 'created'])
  good(await connector.write([change(1, { Title: null }, { recordId: made?.id ?? '', optOut: ['email', 'phone'] })], signal))
  const [first, ...others] = await records('lead')
  expect(others).toHaveLength(1)
  expect(first?.fields).toMatchObject({ LastName: 'Last1', HasOptedOutOfEmail: true, DoNotCall: true })
  expect(first?.fields.Title ?? null).toBeNull()
})

it('leaves a Lead that was closed since the match to a further match', async () => {
  const { connector } = await open()
  good(await connector.write([lead(1, { fields: { Status: 'Closed - Not Converted' } })], signal))
  expect(await connector.write([lead(1)], signal)).toMatchObject([{ code: 'conflict' }])
})

it.each([
  ['an answer', {}],
  ['a connection', { reset: true }],
])('makes one record without a contact id field, though it lost %s after the write', async (_, fault) => {
  const { connector, arm, records } = await open({ contactIdField: 'none' })
  const nameless = lead(2, { email: null, fields: { Phone: '+16175555555' } })
  const writes = [lead(1, { fields: { Email: 'p1@contoso.com' } }), nameless].map(withoutKey)
  await arm({ match: { method: 'POST', path: Rows }, commit: true, ...fault })
  expect(good(await connector.write(writes, signal)).map(({ result }) => result)).toEqual(['created', 'created'])
  const again = await connector.write(writes, signal)
  expect(again).toMatchObject([{ code: 'conflict' }, { code: 'conflict' }])
  expect(await records('lead')).toHaveLength(2)
})

it('makes no Contact without an Account', async () => {
  const { connector, records } = await open({ target: 'contact', account: 'match-by-name' })
  const [refused] = await connector.write([contact(1, { company: 'Contoso' })], signal)
  expect(refused).toMatchObject({ code: 'invalid', fields: ['AccountId'] })
  expect(await records('contact')).toEqual([])
})

it('finds the Account whose web site is at the e-mail’s domain', async () => {
  const { connector, records, post } = await open({ target: 'contact', account: 'match-by-domain' })
  for (const Website of ['https://www.contoso.com/en', 'notcontoso.com', 'contoso.community']) {
    await post('/services/data/v68.0/sobjects/Account', { Name: Website, Website })
  }
  expect(await connector.write([contact(1)], signal)).toMatchObject([{ result: 'created' }])
  const [account] = (await records('account')).filter(({ fields }) => String(fields.Website).includes('www'))
  expect((await records('contact')).map(({ fields }) => fields.AccountId)).toEqual([account?.id])
})

it('gets over a short failure within the call', async () => {
  const { connector, arm } = await open()
  await arm({ match: { method: 'PATCH', path: LeadKey }, status: 503, body: [] })
  expect(good(await connector.write([lead(1), lead(2)], signal)).map(({ result }) => result)).toEqual(['created', 'created'])
})

function withoutKey(write: ReturnType<typeof lead>): ReturnType<typeof lead> {
  const { leadsync_contact_id__c: _, ...fields } = write.fields
  return { ...write, fields }
}
