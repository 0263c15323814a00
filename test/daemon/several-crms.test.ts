import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type DaemonHere, startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome, type Home } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, countedIn, look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { startSalesforce } from '../kit/salesforce.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(() => look(server.url, (redis) => redis.flushall()))
afterAll(() => server.stop())

const people = [0, 1, 2, 3, 4, 5]
const everybody = people.map(emailOf).sort()

async function send(daemon: DaemonHere, bodies: readonly string[]): Promise<void> {
  const client = createClient(4)
  const answers = await Promise.all(bodies.map((body) => client.post(daemon.urls.marketplace, body)))
  expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 202))
}

interface ReadyCrm {
  readonly state: string
  readonly reason?: string
}

async function crmsOf({ urls }: DaemonHere): Promise<Readonly<Record<string, ReadyCrm>>> {
  const response = await fetch(`${urls.admin}/readyz`)
  expect(response.status).toBe(200)
  return ((await response.json()) as { crms: Record<string, ReadyCrm> }).crms
}

async function both(): Promise<{
  home: Home
  hubspot: Awaited<ReturnType<typeof startSandbox>>
  salesforce: Awaited<ReturnType<typeof startSalesforce>>
}> {
  const hubspot = await startSandbox()
  const salesforce = await startSalesforce()
  return { hubspot, salesforce, home: await createHome({ hubspotUrl: hubspot.url, redisUrl: server.url, env: salesforce.env }) }
}

const json = { 'content-type': 'application/json;charset=UTF-8' }
const errors = (errorCode: string) => [{ errorCode, message: 'No.' }]

describe('two CRMs side by side', () => {
  it.each([
    ['is down', { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Maintenance' }, null],
    ['is throttled', { status: 403, headers: json, body: errors('REQUEST_LIMIT_EXCEEDED') }, null],
    [
      'has a dead key',
      { match: { path: '/services/oauth2/token' }, status: 400, headers: json, body: { error: 'invalid_grant' } },
      'blocked',
    ],
  ])('one that %s holds only its own queue', async (_, fault, state) => {
    const { home, hubspot, salesforce } = await both()
    await salesforce.arm([{ ...fault, times: 100_000 }])
    const daemon = await startDaemonHere(home)
    await send(
      daemon,
      people.map((n) => leadBody(n)),
    )
    await until('HubSpot has all', async () => (await counted(server.url)).hubspot.delivered === people.length)
    expect(emailsOf(await hubspot.contacts())).toEqual(everybody)
    expect(await salesforce.leads()).toEqual([])
    expect(await countedIn(server.url, 'salesforce')).toMatchObject({ accepted: 6, waiting: 6, parked: 0 })
    if (state === null) return
    await until('the CRM is said to be blocked', async () => (await crmsOf(daemon)).salesforce?.state === state)
    expect((await crmsOf(daemon)).hubspot?.state).not.toBe(state)
    // The operator mends the key and starts anew.
    await salesforce.arm([])
    await daemon.stop()
    await startDaemonHere(home)
    await until('Salesforce has all', async () => (await countedIn(server.url, 'salesforce')).delivered === people.length)
    expect(await salesforce.leads()).toEqual(everybody)
  })

  it('a dead HubSpot does not hold Salesforce', async () => {
    const { home, hubspot, salesforce } = await both()
    await hubspot.arm([{ status: 401, times: 100_000 }])
    const daemon = await startDaemonHere(home)
    await send(
      daemon,
      people.map((n) => leadBody(n)),
    )
    await until('Salesforce has all', async () => (await countedIn(server.url, 'salesforce')).delivered === people.length)
    expect(await salesforce.leads()).toEqual(everybody)
    expect((await counted(server.url)).hubspot).toMatchObject({ waiting: 6, parked: 0 })
  })
})

describe('two orgs of one kind of CRM', () => {
  it('get each lead in exactly the right one, by country', async () => {
    const hubspot = await startSandbox()
    const americas = await startSalesforce()
    const emea = await startSalesforce('00DgL0000067890')
    const home = await createHome({
      hubspotUrl: hubspot.url,
      redisUrl: server.url,
      hubspot: { enabled: false },
      env: americas.env,
      crms: {
        salesforce: { 'accept.countries': ['US', 'CA'] },
        'salesforce-emea': { ...emea.settings, 'accept.countries': ['DE', 'FR'] },
      },
    })
    const daemon = await startDaemonHere(home)
    const countries = ['US', 'DE', 'CA', 'France', 'USA', 'JP']
    await send(
      daemon,
      countries.map((country, n) => leadBody(n, { userDetails: { email: emailOf(n), lastName: `L${n}`, country } })),
    )
    await until('all are settled', async () => {
      const [us, eu] = [await countedIn(server.url, 'salesforce'), await countedIn(server.url, 'salesforce-emea')]
      return us.delivered === 3 && eu.delivered === 2 && (await counted(server.url)).unrouted === 1
    })
    expect(await americas.leads()).toEqual([emailOf(0), emailOf(2), emailOf(4)].sort())
    expect(await emea.leads()).toEqual([emailOf(1), emailOf(3)].sort())
    expect(emailsOf(await hubspot.contacts())).toEqual([])
  })
})

describe('two files that reach one org', () => {
  it('are a mistake that stops the second before it writes anything, until both say that they share it', async () => {
    const hubspot = await startSandbox()
    const files = { hubspot: { 'accept.countries': ['US'] }, 'hubspot-emea': { 'accept.countries': ['DE'] } }
    const home = await createHome({ hubspotUrl: hubspot.url, redisUrl: server.url, crms: files })
    const daemon = await startDaemonHere(home)
    const from = (country: string, n: number) => leadBody(n, { userDetails: { email: emailOf(n), lastName: `L${n}`, country } })
    await send(daemon, [from('US', 1)])
    await until('the first is bound', async () => {
      return await look(server.url, async (redis) => (await redis.hget('{leadsync}:crm:hubspot', 'org')) !== null)
    })
    await send(daemon, [from('DE', 2)])
    await until('the second is blocked', async () => (await crmsOf(daemon))['hubspot-emea']?.state === 'blocked')
    expect((await crmsOf(daemon))['hubspot-emea']?.reason).toMatch(/to which crm\/hubspot\.yaml is bound already/)
    expect(emailsOf(await hubspot.contacts())).toEqual([emailOf(1)])
    await daemon.stop()
    for (const name of Object.keys(files)) await change(join(home.configDir, 'crm', `${name}.yaml`), { sharedOrg: true })
    await startDaemonHere(home)
    await until('the second has its lead', async () => (await countedIn(server.url, 'hubspot-emea')).delivered === 1)
    expect(emailsOf(await hubspot.contacts())).toEqual([emailOf(1), emailOf(2)])
  })
})
