import { hubspot } from '../../../connectors/hubspot/index.ts'
import type { Fields } from '../../../src/core/index.ts'
import { startHubspotSandbox } from '../../../src/sandbox/hubspot/index.ts'
import type { ConnectOptions, ContractHarness, CrmFaults, FaultRule, Sales } from '../contract/harness.ts'

const token = 'pat-na1-secret-of-the-contract'
const contacts = '/crm/objects/2026-09/contacts'
const tasks = '/crm/objects/2026-09/tasks'

/** HubSpot's contacts, as the contract suite must know them. */
export const hubspotHarness: ContractHarness = {
  facts: {
    target: 'contact',
    optOutFields: hubspot.optOutFields,
    secrets: [token, 'Bearer'],
    shortestTimeoutMs: 1_000,
    sellers: { active: ['sam@sandbox.example', 'kim@sandbox.example'], inactive: 'gone@sandbox.example' },
    groups: {},
    otherSpelling: (id) => ` ${id} `,
    fields: {
      text: 'jobtitle',
      otherText: 'city',
      longText: 'leadsync_notes',
      option: { name: 'hs_lead_status', allowed: 'OPEN', refused: 'zaphod-is-no-status' },
      readOnly: 'createdate',
      missing: 'nobody_made_this_property',
      lastLeadAt: 'leadsync_last_lead_at',
      phone: 'phone',
      lastName: 'lastname',
      optOut: { name: 'hs_email_optout', channel: 'email' },
      markers: { at: 'leadsync_dnc_at', liftedAt: 'leadsync_dnc_lifted_at', reason: 'leadsync_dnc_reason' },
    },
    newFields: (n) => ({ firstname: `First${n}` }),
    newRules: { firstname: { from: 'person.firstName' } },
    refusedEmail: 'zaphod-is-no-address',
    restless: ['lastmodifieddate'],
    repeatable: [
      /^GET \/(crm\/properties\/2026-09\/contacts\?archived=false|account-info\/2026-09\/details)$/,
      /^GET \/crm\/owners\/2026-09(\/\d+)?\?/,
      // What batch/create and a plain POST would make, a repeat would make again.
      /^POST \/crm\/objects\/2026-09\/contacts\/(search|batch\/(read(\?archived=true)?|update|upsert))$/,
      /^POST \/crm\/objects\/2026-09\/(tasks|notes)\/batch\/(read|update)$/,
      /^POST \/crm\/associations\/2026-09\/contacts\/(tasks|notes)\/batch\/read$/,
      /^POST \/communication-preferences\/2026-09\/statuses\/[^/]+\/unsubscribe-all\?channel=EMAIL$/,
    ],
    lookedUpFirst: [/^POST \/crm\/objects\/2026-09\/(tasks|notes)\/batch\/create$/],
    mayBeWritten: ['contacts', 'tasks', 'notes', 'unsubscribe-all'],
    writtenBy({ method, path }) {
      if (method === 'GET' || /\/(search|batch\/read(\?archived=true)?)$/.test(path)) return []
      return [/^\/crm\/objects\/[^/]+\/(\w+)|\/(unsubscribe-all)\?/.exec(path)?.slice(1).find(Boolean) ?? path]
    },
    requestsPerThousand: 45,
    morePeopleThanAPage: 405,
    hasUniqueActivities: false,
    renewsToken: false,
  },
  faults: faultsOf(),
  sales: salesOf(),
  start() {
    let time = Date.parse('2026-11-23T12:00:00.000Z')
    const limits = { burst: 1_000_000, daily: 100_000_000, searchPerSecond: 1_000_000 }
    // No lag, which has a test of its own.
    return startHubspotSandbox({ token, limits, now: () => ++time, searchLagMs: 0, mostSearchResults: 250 })
  },
  connect: (options) => hubspot.create(settingsOf(options), options.dependencies),
  connectAdmin: (options) => hubspot.createAdmin(settingsOf(options), options.dependencies),
}

function settingsOf({ baseUrl, timeoutMs }: ConnectOptions) {
  return hubspot.settings.parse({ token, baseUrl, ...(timeoutMs === null ? {} : { timeoutMs }) })
}

/** Bodies as HubSpot sends them: a 429 has a policyName and no category, and seldom says when to come back. */
function faultsOf(): CrmFaults {
  const limited = (policyName: string, headers: Record<string, string> = {}): FaultRule => ({
    status: 429,
    headers,
    body: { status: 'error', message: `You have reached your ${policyName} limit.`, errorType: 'RATE_LIMIT', policyName },
  })
  const refused = (status: number, category: string, headers: Record<string, string> = {}): FaultRule => ({
    status,
    headers,
    body: { status: 'error', message: 'Something about p1@people.example.', category },
  })
  const html = { 'content-type': 'text/html' }
  const burst = 'TEN_SECONDLY_ROLLING'
  const hour = 3_600_000
  return {
    signals: {
      'a rate limit with a delay': { rule: limited(burst, { 'retry-after': '7' }), code: 'rate_limited', retryAfterMs: 7_000 },
      'a rate limit without a delay': { rule: limited(burst), code: 'rate_limited', retryAfterMs: 10_000 },
      'a used-up quota with a delay': {
        rule: limited('DAILY', { 'retry-after': 'Mon, 23 Nov 2026 12:02:00 GMT' }),
        code: 'quota_exhausted',
        retryAfterMs: 120_000,
      },
      // The sandbox's portal is in New York, where it is seven in the morning.
      'a used-up quota without a delay': { rule: limited('DAILY'), code: 'quota_exhausted', retryAfterMs: 17 * hour },
      'a refused token': { rule: refused(401, 'INVALID_AUTHENTICATION'), code: 'unauthorized', retryAfterMs: null },
      'a missing permission': { rule: refused(403, 'MISSING_SCOPES'), code: 'misconfigured', retryAfterMs: null },
      'an unavailable CRM': {
        rule: { status: 500, body: { message: 'internal error' } },
        code: 'unavailable',
        retryAfterMs: null,
      },
      'an unavailable CRM with a delay': {
        rule: { status: 503, headers: { 'retry-after': '60' } },
        code: 'unavailable',
        retryAfterMs: 60_000,
      },
      'a conflict': { rule: refused(409, 'CONFLICT'), code: 'conflict', retryAfterMs: null },
      'an HTML error': {
        rule: { status: 502, headers: html, body: '<html>Bad gateway' },
        code: 'unavailable',
        retryAfterMs: null,
      },
      'an HTML success': { rule: { status: 200, headers: html, body: '<html>Log in' }, code: 'unavailable', retryAfterMs: null },
    },
    moreSignals: {
      'the limit of one second': { rule: limited('SECONDLY'), code: 'rate_limited', retryAfterMs: 1_000 },
      'a rate limit with its interval': {
        rule: limited(burst, { 'x-hubspot-ratelimit-interval-milliseconds': '8000' }),
        code: 'rate_limited',
        retryAfterMs: 8_000,
      },
      'an account that is being moved': {
        rule: { status: 477, headers: { 'retry-after': '600' } },
        code: 'unavailable',
        retryAfterMs: 600_000,
      },
    },
    creating: { method: 'POST', path: `${contacts}/batch/upsert` },
    updating: { method: 'POST', path: `${contacts}/batch/update` },
    creatingTasks: { method: 'POST', path: `${tasks}/batch/create` },
    tokenExpires: { ...refused(401, 'EXPIRED_AUTHENTICATION'), match: { method: 'POST', path: `${contacts}/batch/update` } },
    catalogForbidden: { ...refused(403, 'MISSING_SCOPES'), match: { method: 'GET' }, times: 1_000 },
  }
}

function salesOf(): Sales {
  async function call(url: string, method: string, path: string, body?: object): Promise<{ id?: string }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }

  const properties = (fields: Fields) => ({
    properties: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')])),
  })
  const create = async (url: string, fields: Fields) => String((await call(url, 'POST', contacts, properties(fields))).id)

  return {
    create,
    async change(url, id, fields) {
      await call(url, 'PATCH', `${contacts}/${id}`, properties(fields))
    },
    async remove(url, id) {
      await call(url, 'DELETE', `${contacts}/${id}`)
    },
    // HubSpot unsubscribes addresses, not contacts: the opt-out property only shows it.
    async optOut(url, id) {
      const contact = await call(url, 'GET', `${contacts}/${id}?properties=email`)
      const { email } = (contact as { properties: { email: string } }).properties
      await call(
        url,
        'POST',
        `/communication-preferences/2026-09/statuses/${encodeURIComponent(email)}/unsubscribe-all?channel=EMAIL`,
      )
    },
    async userId(url, email) {
      for (const archived of [false, true]) {
        const found = await call(url, 'GET', `/crm/owners/2026-09?email=${email}&archived=${archived}`)
        const [owner] = (found as { results: { id: string }[] }).results
        if (owner) return owner.id
      }
      throw new Error(`Nobody is called ${email}.`)
    },
    async give(url, id, userId) {
      await call(url, 'PATCH', `${contacts}/${id}`, properties({ hubspot_owner_id: userId }))
    },
    async deactivate(url, userId) {
      await call(url, 'POST', `/_sandbox/disable-user?owner=${userId}`)
    },
    async workTask(url, id) {
      await call(url, 'PATCH', `${tasks}/${id}`, properties({ hs_task_subject: 'Called twice, call again' }))
    },
    async completeTask(url, id) {
      await call(url, 'PATCH', `${tasks}/${id}`, properties({ hs_task_status: 'COMPLETED' }))
    },
    async removeTask(url, id) {
      await call(url, 'DELETE', `${tasks}/${id}`)
    },
    // One has only the e-mail, one only the contact id: either could be given what the other holds.
    async makeTwins(url, email, contactId) {
      const byId = await create(url, { leadsync_contact_id: contactId, firstname: 'Twin' })
      const byEmail = await create(url, { email, firstname: 'Twin' })
      return [byId, byEmail]
    },
    async erase(url, id) {
      await call(url, 'POST', `${contacts}/gdpr-delete`, { objectId: id })
    },
    async merge(url, survivor, loser) {
      await call(url, 'POST', `${contacts}/merge`, { primaryObjectId: survivor, objectIdToMerge: loser })
    },
    close: null,
    convert: null,
  }
}
