import { generateKeyPairSync } from 'node:crypto'
import { salesforce } from '../../../connectors/salesforce/index.ts'
import type { Fields } from '../../../src/core/index.ts'
import { startSalesforceSandbox } from '../../../src/sandbox/salesforce/index.ts'
import type { ConnectOptions, ContractHarness, CrmFaults, FaultRule, Sales } from '../contract/harness.ts'

const api = '/services/data/v68.0'
const clientId = 'the-consumer-key-of-the-contract'
const clientSecret = 'the-consumer-secret-of-the-contract'
const username = 'leadsync@contract.example'
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** What is read here of a body: of a collection, or of several requests in one. */
interface SentBody {
  readonly records?: readonly { readonly attributes: { readonly type: string } }[]
  readonly compositeRequest?: readonly { readonly method: string; readonly url: string }[]
}

/** Salesforce's Leads and Contacts, as the contract suite must know them. */
export const salesforceHarness: ContractHarness = {
  facts: {
    target: 'lead',
    optOutFields: salesforce.optOutFields,
    secrets: [clientSecret, 'Bearer', 'grant-type:jwt-bearer', ...privateKey.split('\n').slice(1, 3)],
    shortestTimeoutMs: 1_000,
    sellers: {
      active: ['olivia.sales@sandbox.example', 'kim.sales@sandbox.example'],
      inactive: 'former.sales@sandbox.example',
    },
    groups: { 'Marketplace Leads': false },
    otherSpelling: (id) => id.slice(0, 15),
    fields: {
      text: 'Title',
      otherText: 'leadsync_last_offer__c',
      longText: 'leadsync_notes__c',
      option: { name: 'Region__c', allowed: 'EMEA', refused: 'zaphod-is-no-region' },
      readOnly: 'CreatedDate',
      missing: 'Nobody_Made_This__c',
      lastLeadAt: 'leadsync_last_lead_at__c',
      phone: 'Phone',
      lastName: 'LastName',
      optOut: { name: 'HasOptedOutOfEmail', channel: 'email' },
      markers: { at: 'leadsync_dnc_at__c', liftedAt: 'leadsync_dnc_lifted_at__c', reason: 'leadsync_dnc_reason__c' },
    },
    newFields: (n) => ({ LastName: `Last${n}`, Company: `Company ${n}` }),
    newRules: { LastName: { from: 'person.lastName' }, Company: { from: 'person.company' } },
    refusedEmail: 'zaphod-is-no-address',
    restless: ['LastModifiedDate', 'SystemModstamp'],
    repeatable: [
      /^POST \/services\/oauth2\/token$/,
      /^GET \/services\/data\/v68\.0\/(limits|sobjects\/(Lead|Contact|Task)\/describe|query\/.+)$/,
      // Queries only: what it asks for is checked by the body's own tests.
      /^POST \/services\/data\/v68\.0\/composite$/,
      /^PATCH \/services\/data\/v68\.0\/composite\/sobjects$/,
      /^PATCH \/services\/data\/v68\.0\/composite\/sobjects\/(Lead|Contact)\/leadsync_contact_id__c$/,
    ],
    lookedUpFirst: [/^POST \/services\/data\/v68\.0\/composite\/sobjects$/],
    mayBeWritten: ['Lead', 'Contact', 'Task'],
    writtenBy({ method, path, body }) {
      if (method === 'GET' || path === '/services/oauth2/token') return []
      const { records, compositeRequest = [] } = JSON.parse(body) as SentBody
      const asked = compositeRequest.flatMap((one) => (one.method === 'GET' ? [] : [one.url]))
      return [...asked, ...(records ?? []).map(({ attributes }) => attributes.type)]
    },
    requestsPerThousand: 35,
    morePeopleThanAPage: 2003,
    hasUniqueActivities: true,
    renewsToken: true,
  },
  faults: faultsOf(),
  sales: salesOf(),
  start() {
    let time = Date.parse('2026-11-23T12:00:00.000Z')
    const apps = [{ clientId, clientSecret, publicKey, username }]
    // Salesforce keeps times to the second.
    const now = () => {
      time += 1_000
      return time
    }
    return startSalesforceSandbox({ apps, limits: { daily: 100_000_000 }, sessionMs: 1_000_000_000, now })
  },
  connect: (options) => salesforce.create(settingsOf(options, { username, privateKey }), options.dependencies),
  connectAdmin(options) {
    // By no assertion: the stand-in's clock runs ahead of the connectors', and after some writes it takes theirs for expired.
    const settings = settingsOf(options, { auth: 'client-credentials', clientSecret })
    return salesforce.createAdmin(settings, options.dependencies)
  },
}

function settingsOf({ baseUrl, timeoutMs }: ConnectOptions, credential: object) {
  return salesforce.settings.parse({ baseUrl, clientId, ...credential, ...(timeoutMs === null ? {} : { timeoutMs }) })
}

/** Bodies as Salesforce sends them: never a delay, and a code beside a text in the user's language. */
function faultsOf(): CrmFaults {
  const refused = (status: number, errorCode: string, headers: Record<string, string> = {}): FaultRule => ({
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: [{ message: 'Irgendetwas über p1@people.example.', errorCode }],
  })
  const html = { 'content-type': 'text/html' }
  const spent = refused(403, 'REQUEST_LIMIT_EXCEEDED')
  return {
    signals: {
      // Salesforce itself has no 429: this is a proxy's.
      'a rate limit with a delay': {
        rule: { status: 429, headers: { 'retry-after': '7' } },
        code: 'rate_limited',
        retryAfterMs: 7_000,
      },
      'a rate limit without a delay': { rule: { status: 429 }, code: 'rate_limited', retryAfterMs: null },
      'a used-up quota with a delay': {
        rule: refused(403, 'REQUEST_LIMIT_EXCEEDED', { 'retry-after': '120' }),
        code: 'quota_exhausted',
        retryAfterMs: 120_000,
      },
      'a used-up quota without a delay': { rule: spent, code: 'quota_exhausted', retryAfterMs: 15 * 60_000 },
      'a refused token': { rule: refused(401, 'INVALID_SESSION_ID'), code: 'unauthorized', retryAfterMs: null },
      'a missing permission': { rule: refused(403, 'INSUFFICIENT_ACCESS'), code: 'misconfigured', retryAfterMs: null },
      'an unavailable CRM': { rule: refused(503, 'SERVER_UNAVAILABLE'), code: 'unavailable', retryAfterMs: null },
      'an unavailable CRM with a delay': {
        rule: { status: 503, headers: { ...html, 'retry-after': '60' }, body: '<html>Maintenance' },
        code: 'unavailable',
        retryAfterMs: 60_000,
      },
      'a conflict': { rule: refused(400, 'UNABLE_TO_LOCK_ROW'), code: 'conflict', retryAfterMs: null },
      'an HTML error': {
        rule: { status: 502, headers: html, body: '<html>Bad gateway' },
        code: 'unavailable',
        retryAfterMs: null,
      },
      'an HTML success': { rule: { status: 200, headers: html, body: '<html>Log in' }, code: 'unavailable', retryAfterMs: null },
    },
    moreSignals: {
      'an API that is switched off': { rule: refused(403, 'API_DISABLED_FOR_ORG'), code: 'misconfigured', retryAfterMs: null },
      'a version that is retired': { rule: refused(410, 'UNSUPPORTED_API_VERSION'), code: 'misconfigured', retryAfterMs: null },
      'a query that ran too long': { rule: refused(400, 'QUERY_TIMEOUT'), code: 'unavailable', retryAfterMs: null },
    },
    creating: { method: 'PATCH', path: `${api}/composite/sobjects/Lead/leadsync_contact_id__c` },
    updating: { method: 'PATCH', path: `*${api}/composite/sobjects` },
    creatingTasks: { method: 'POST', path: `*${api}/composite/sobjects` },
    tokenExpires: {
      ...refused(401, 'INVALID_SESSION_ID'),
      match: { method: 'PATCH', path: `*${api}/composite/sobjects` },
      times: 1,
    },
    // Who can see an object can read what fields it has.
    catalogForbidden: null,
  }
}

function salesOf(): Sales {
  /** What a salesperson's browser does, as one who may do everything. */
  async function call(url: string, method: string, path: string, body?: object): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${await tokenOf(url)}`,
      'content-type': 'application/json',
      'sforce-auto-assign': 'FALSE',
    }
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    return read(response, `${method} ${path}`)
  }

  async function tokenOf(url: string): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret })
    const answer = await read(await fetch(`${url}/services/oauth2/token`, { method: 'POST', body }), 'a token')
    return (answer as { access_token: string }).access_token
  }

  async function control(url: string, path: string, body: object): Promise<unknown> {
    return read(await fetch(url + path, { method: 'POST', body: JSON.stringify(body) }), path)
  }

  const create = async (url: string, fields: Fields) =>
    ((await call(url, 'POST', `${api}/sobjects/Lead`, fields)) as { id: string }).id

  return {
    create,
    async change(url, id, fields) {
      await call(url, 'PATCH', `${api}/sobjects/Lead/${id}`, fields)
    },
    async remove(url, id) {
      await call(url, 'DELETE', `${api}/sobjects/Lead/${id}`)
    },
    async optOut(url, id) {
      await call(url, 'PATCH', `${api}/sobjects/Lead/${id}`, { HasOptedOutOfEmail: true })
    },
    async userId(url, email) {
      const soql = encodeURIComponent(`SELECT Id FROM User WHERE Email = '${email}'`)
      const found = (await call(url, 'GET', `${api}/query?q=${soql}`)) as { records: { Id: string }[] }
      return String(found.records[0]?.Id)
    },
    async give(url, id, userId) {
      await call(url, 'PATCH', `${api}/sobjects/Lead/${id}`, { OwnerId: userId })
    },
    async deactivate(url, userId) {
      await control(url, '/_sandbox/disable-user', { userId })
    },
    async workTask(url, id) {
      await call(url, 'PATCH', `${api}/sobjects/Task/${id}`, { Subject: 'Called twice, call again' })
    },
    async completeTask(url, id) {
      await call(url, 'PATCH', `${api}/sobjects/Task/${id}`, { Status: 'Completed' })
    },
    async removeTask(url, id) {
      await call(url, 'DELETE', `${api}/sobjects/Task/${id}`)
    },
    // Neither is ours, and Salesforce lets any number have one e-mail.
    async makeTwins(url, email) {
      const first = await create(url, { LastName: 'Twin', Company: 'One', Email: email })
      const second = await create(url, { LastName: 'Twin', Company: 'Two', Email: email })
      return [first, second]
    },
    async erase(url, id) {
      await call(url, 'DELETE', `${api}/sobjects/Lead/${id}`)
      await control(url, '/_sandbox/purge', { object: 'Lead', id })
    },
    async merge(url, survivor, loser) {
      await control(url, '/_sandbox/merge', { object: 'Lead', masterId: survivor, loserId: loser })
    },
    async close(url, id) {
      await call(url, 'PATCH', `${api}/sobjects/Lead/${id}`, { Status: 'Closed - Not Converted' })
    },
    async convert(url, id) {
      const { contactId } = (await control(url, '/_sandbox/convert', { leadId: id })) as { contactId: string }
      return { object: 'contact', id: contactId }
    },
  }
}

async function read(response: Response, what: string): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
