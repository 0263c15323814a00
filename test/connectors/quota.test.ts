import { afterEach, expect, it } from 'vitest'
import { DynamicsQuota } from '../../connectors/dynamics/quota.ts'
import { HubSpotQuota } from '../../connectors/hubspot/quota.ts'
import { absenceOf } from '../../connectors/kit/absence.ts'
import { exchange } from '../../connectors/kit/exchange.ts'
import { connectors } from '../../connectors/registry.ts'
import { SalesforceQuota } from '../../connectors/salesforce/quota.ts'
import { type ConnectorModule, DeliveryError } from '../../src/core/index.ts'
import { type GovernedFetchOptions, governedFetch } from '../../src/delivery/governed-fetch.ts'
import { recordedLog } from '../kit/recorded-log.ts'

const Burst = { 'x-hubspot-ratelimit-max': '190', 'x-hubspot-ratelimit-interval-milliseconds': '10000' }

it.each([
  ['HubSpot', HubSpotQuota, 'POST', '/crm/objects/2026-09/companies/search', 'search'],
  ['HubSpot', HubSpotQuota, 'POST', '/crm/v3/objects/contacts/batch/upsert', 'burst'],
  ['HubSpot', HubSpotQuota, 'GET', '/crm/owners/2026-09', 'burst'],
  ['Salesforce', SalesforceQuota, 'POST', '/services/oauth2/token', 'login'],
  ['Salesforce', SalesforceQuota, 'PATCH', '/services/data/v68.0/composite/sobjects', 'api'],
  ['Dynamics 365', DynamicsQuota, 'POST', '/api/data/v9.2/$batch', 'api'],
])('%s: a request is counted in its class', (_name, rules, method, path, expected) => {
  const requestClass = rules.classOf(method, path)
  expect(requestClass).toBe(expected)
  expect(rules.windows).toHaveProperty(requestClass)
})

it.each([
  ['HubSpot’s ten seconds', HubSpotQuota, Burst, { windows: { burst: { requests: 190, seconds: 10 } }, day: null }],
  [
    'HubSpot’s day',
    HubSpotQuota,
    { 'x-hubspot-ratelimit-daily': '250000', 'x-hubspot-ratelimit-daily-remaining': '249000' },
    { windows: {}, day: { used: 1_000, limit: 250_000 } },
  ],
  [
    'a HubSpot answer with nonsense in it',
    HubSpotQuota,
    { ...Burst, 'x-hubspot-ratelimit-max': '0', 'x-hubspot-ratelimit-daily': '-1', 'x-hubspot-ratelimit-daily-remaining': 'x' },
    { windows: {}, day: null },
  ],
  ['a search of HubSpot, which says nothing', HubSpotQuota, {}, { windows: {}, day: null }],
  [
    'Salesforce’s 24 hours',
    SalesforceQuota,
    { 'sforce-limit-info': 'api-usage=18/15000; per-app-api-usage=17/250(appName=x)' },
    { windows: {}, day: { used: 18, limit: 15_000 } },
  ],
  ['a Salesforce login', SalesforceQuota, {}, { windows: {}, day: null }],
  [
    'Dynamics 365, whose headers are one server’s',
    DynamicsQuota,
    { 'x-ms-ratelimit-burst-remaining-xrm-requests': '5999' },
    { windows: {}, day: null },
  ],
])('%s: what the headers say is read', (_name, rules, headers, expected) => {
  expect(rules.read(new Headers(headers))).toEqual(expected)
})

/** Settings with which each asks its CRM for something, and needs no login elsewhere. */
const Kinds: readonly (readonly [string, ConnectorModule, object])[] = [
  ['HubSpot', connectors.hubspot, { token: 'a-token' }],
  ['Dynamics 365', connectors.dynamics, { auth: 'static-token', token: 'a-token' }],
  ['Salesforce', connectors.salesforce, { auth: 'client-credentials', clientId: 'a-client', clientSecret: 'a-secret' }],
]
const Ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of Ends.splice(0)) await end()
})

function open(module: ConnectorModule, own: object, quota: GovernedFetchOptions['quota']) {
  const settings = module.settings.parse({ baseUrl: 'http://127.0.0.1:9', ...own })
  const fetch = governedFetch({ crm: 'acme', fetch: () => expect.unreachable(), rules: module.quota, quota })
  const connector = module.create(settings, { crm: 'acme', fetch, now: Date.now, log: recordedLog().log })
  Ends.push(() => connector.stop())
  return connector
}

it.each(Kinds)(
  '%s: a window without room holds the queue for as long, and nothing is sent or counted',
  async (_name, module, own) => {
    let asked = 0
    const quota = {
      async take() {
        asked += 1
        return 7_000
      },
      note: () => expect.unreachable(),
    }
    const connector = open(module, own, quota)
    const refused = await connector.catalog(new AbortController().signal).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DeliveryError)
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterMs: 7_000 })
    // No try of its own comes after it.
    expect(asked).toBeLessThanOrEqual(1 + 2)
  },
)

it('what keeps a request back is told from a network that fails, and is handed on as it is', async () => {
  const error = new DeliveryError('rate_limited', 'acme: no room.', { retryAfterMs: 7_000 })
  const options = { baseUrl: 'http://127.0.0.1:9', signal: new AbortController().signal, timeoutMs: 1_000 }
  const kept = await exchange((fetch) => fetch(options.baseUrl), { ...options, fetch: () => Promise.reject(error) })
  expect(kept).toEqual({ kind: 'kept-back', error })
  expect(kept.kind === 'kept-back' && absenceOf(kept, (say) => `acme: ${say}`)).toBe(error)
})

it('waits a moment for room, asks again, and sends then', async () => {
  const answers = [30, 20, 0]
  const noted: unknown[] = []
  const fetch = governedFetch({
    crm: 'acme',
    fetch: async () => new Response('{}', { headers: Burst }),
    rules: HubSpotQuota,
    quota: { take: async () => answers.shift() ?? 0, note: (...one) => noted.push(one) },
  })
  expect((await fetch('https://api.acme.example/crm/v3/owners')).status).toBe(200)
  expect(answers).toEqual([])
  expect(noted).toEqual([['burst', { windows: { burst: { requests: 190, seconds: 10 } }, day: null }]])
})

it('counts a request without an answer, as it may have arrived', async () => {
  const noted: unknown[] = []
  const fetch = governedFetch({
    crm: 'acme',
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    rules: HubSpotQuota,
    quota: { take: async () => 0, note: (...one) => noted.push(one) },
  })
  await expect(fetch('https://api.acme.example/crm/v3/owners')).rejects.toThrow('fetch failed')
  expect(noted).toEqual([['burst', null]])
})

it('waits no longer than its caller', async () => {
  const quota = { take: async () => 1_500, note: () => expect.unreachable() }
  const fetch = governedFetch({ crm: 'acme', fetch: () => expect.unreachable(), rules: HubSpotQuota, quota })
  const signal = AbortSignal.abort()
  await expect(fetch('https://api.acme.example/crm/v3/owners', { signal })).rejects.toThrow(/abort/)
})
