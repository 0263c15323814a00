import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type StandInName, standIns } from '../../src/cli/stand-ins.ts'
import { openTap, type Tap } from '../connectors/contract/tap.ts'
import { callLeadsync } from '../kit/called-command.ts'
import type { Exit } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome, type Home } from '../kit/home.ts'
import { leadBody } from '../kit/leads.ts'
import { countedIn, look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { dumpRedis } from '../kit/redis-dump.ts'
import { type Fields, SandboxToken, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(() => look(server.url, (redis) => redis.flushall()))
afterAll(() => server.stop())

const Crms: readonly StandInName[] = ['hubspot', 'salesforce', 'dynamics']

interface Stage {
  readonly home: Home
  readonly url: string
  readonly tap: Tap
}

/** One CRM's stand-in with a tap before it, and a configuration in which it is the only one. */
async function stage(crm: StandInName): Promise<Stage> {
  const { sandbox, env } = await standIns[crm].start({ port: 0, latencyMs: 0, dataDir: null })
  const tap = await openTap(sandbox.url)
  onTestFinished(async () => {
    await tap.stop()
    await sandbox.stop()
  })
  const only = { HUBSPOT_ENABLED: 'false', ...env, [`${crm.toUpperCase()}_BASE_URL`]: tap.url }
  return { home: await createHome({ hubspotUrl: tap.url, redisUrl: server.url, env: only }), url: sandbox.url, tap }
}

async function plan(home: Home, content: unknown, ...options: readonly string[]): Promise<Exit> {
  const file = join(home.dir, 'leads.json')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return await callLeadsync(home, ['plan', file, '--config', home.configDir, ...options])
}

interface Request {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

interface PlannedCrm {
  readonly crm: string
  readonly error?: string
  readonly wants: boolean
  readonly decision: string
  readonly requests: readonly Request[]
  readonly fields: readonly { readonly field: string; readonly has: unknown; readonly gets?: unknown; readonly note: string }[]
}

function plannedIn({ stdout, stderr }: Exit): readonly { readonly status: string; readonly crms: readonly PlannedCrm[] }[] {
  expect(stderr).toBe('')
  return JSON.parse(stdout).leads
}

async function recordsOf(url: string): Promise<string> {
  return await (await fetch(`${url}/_sandbox/records`)).text()
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const Jane = {
  email: 'jane.roe@contoso.example',
  firstName: 'Jane',
  lastName: 'Roe',
  company: 'Contoso Bakeries',
  jobTitle: 'Head of Bread',
  phone: '+16175550123',
  country: 'US',
}

function leadOfJane(n: number, more: object = {}) {
  const at = new Date(Date.parse('2026-01-05T10:00:00.000Z') + n * 3_600_000).toISOString()
  const offer = { publisherId: 'contoso', offerId: 'analytics', title: 'Contoso Analytics' }
  return {
    v: 1,
    id: `lead-${n}`,
    occurredAt: at,
    receivedAt: at,
    action: 'INS',
    offer,
    person: Jane,
    notes: 'wants bread',
    ...more,
  }
}

describe.each(Crms)('for %s', (crm) => {
  it('shows the very requests that the delivery then sends, and changes nothing', async () => {
    const { home, url, tap } = await stage(crm)
    const running = await startDaemonHere(home)
    const ended = async () => {
      const { delivered, suppressed } = await countedIn(server.url, crm)
      return delivered + suppressed
    }
    // Made by the first delivery of all, whoever it is about.
    await running.send([leadOfJane(0, { id: 'of-john', person: { email: 'john@people.example', lastName: 'Doe' } })])
    await until('the first is delivered', async () => (await ended()) === 1)
    const leads = [
      [leadOfJane(1), /^create (contact|lead) /],
      [leadOfJane(2, { action: 'PLT', person: { ...Jane, jobTitle: 'Head of Cake' } }), /^update (contact|lead) \S+ /],
      [leadOfJane(3, { action: 'DNC' }), /^update (contact|lead) \S+ \(a do-not-contact writes its markers only\)$/],
    ] as const
    const hidden = await plan(
      home,
      leads.map(([lead]) => lead),
    )
    expect(hidden.stdout).not.toMatch(/jane|roe\b|bread|cake|6175550123|contoso bakeries/i)
    for (const [index, [lead, decision]] of leads.entries()) {
      const before = { records: await recordsOf(url), redis: await look(server.url, dumpRedis) }
      const from = tap.taken.length
      const planned = plannedIn(await plan(home, lead, '--json', '--show-personal-data'))[0]?.crms[0]
      expect({ records: await recordsOf(url), redis: await look(server.url, dumpRedis) }).toEqual(before)
      expect(planned).toMatchObject({ crm, wants: true, decision: expect.stringMatching(decision) })
      const reads = new Set(tap.taken.slice(from).map(nameOf))

      const sent = tap.taken.length
      await running.send([lead])
      await until('it is delivered', async () => (await ended()) === index + 2)
      const written = tap.taken.slice(sent).filter((one) => !reads.has(nameOf(one)))
      expect(planned?.requests.length).toBeGreaterThan(0)
      expect(written.map(({ method, path, body }) => ({ method, path, body: parsed(body) }))).toEqual(planned?.requests)
    }
  })
})

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path.split('?')[0]}`
}

describe('in one CRM', () => {
  async function hubspotHome(setup: Partial<Parameters<typeof createHome>[0]> = {}) {
    const sandbox = await startSandbox()
    return { sandbox, home: await createHome({ hubspotUrl: sandbox.url, redisUrl: server.url, ...setup }) }
  }

  it('shows field by field what the CRM has, gets and keeps, and why, and hides whose it is', async () => {
    const { sandbox, home } = await hubspotHome()
    const properties = { email: Jane.email, firstname: 'Johanna', jobtitle: '' }
    await make(sandbox.url, properties)
    const [lead] = plannedIn(await plan(home, leadOfJane(1), '--json', '--show-personal-data'))
    const fields = Object.fromEntries(lead?.crms[0]?.fields.map(({ field, ...change }) => [field, change]) ?? [])
    expect(fields).toMatchObject({
      email: { has: Jane.email, policy: 'identity', note: 'never changed where the record has it' },
      firstname: { has: 'Johanna', policy: 'fill-if-empty', note: 'kept: fill-if-empty, and it is not empty' },
      jobtitle: { gets: 'Head of Bread', note: 'was empty' },
      leadsync_last_action: { has: null, gets: 'INS', policy: 'overwrite', note: 'was empty' },
    })
    expect(fields.firstname).not.toHaveProperty('gets')
    const shown = await plan(home, leadOfJane(1), '--json')
    expect(shown.stdout).not.toMatch(/johanna|jane|bread/i)
    expect(shown.stdout).toContain('"gets":"INS"')
    const secrets = Object.entries(home.env).flatMap(([name, value]) => (/TOKEN|PASSWORD/.test(name) ? [value] : []))
    for (const secret of secrets) expect(shown.stdout).not.toContain(secret)
  })

  it('says who must not be contacted, what was delivered already, what is not wanted, and whom several records match', async () => {
    const { sandbox, home } = await hubspotHome({ hubspot: { accept: { actions: ['INS', 'PLT'] } } })
    const running = await startDaemonHere(home)
    await running.send([leadOfJane(1)])
    await until('it is delivered', async () => (await countedIn(server.url, 'hubspot')).delivered === 1)
    await callLeadsync(home, ['dnc', 'add', Jane.email, '--reason', 'said so', '--config', home.configDir])
    const texts = await plan(home, [leadOfJane(2), leadOfJane(3, { action: 'Create' })])
    expect(texts.stdout).toMatch(/must not be contacted \(admin, about any offer\)/)
    expect(texts.stdout).toContain('hubspot: nothing, because its accept: does not want it (actions)')
    expect(texts.code).toBe(0)
    const [known] = plannedIn(await plan(home, leadOfJane(1), '--json'))
    expect(known?.crms[0]).toMatchObject({ decision: 'nothing, because: This lead was delivered there before.', requests: [] })
    const kim = leadOfJane(5, { person: { ...Jane, email: 'kim@contoso.example', phone: null } })
    const [first] = plannedIn(await plan(home, kim, '--json'))
    const id = first?.crms[0]?.fields.find(({ field }) => field === 'leadsync_contact_id')?.gets
    await make(sandbox.url, { email: 'kim@contoso.example' })
    await make(sandbox.url, { firstname: 'Twin', leadsync_contact_id: String(id) })
    const [twins] = plannedIn(await plan(home, kim, '--json'))
    const decision = expect.stringMatching(/^parked \(multiple_matches\) because: 2 records /)
    expect(twins?.crms[0]).toMatchObject({ decision, requests: [], fields: [] })
  })

  it('reads the marketplace’s bodies, arrays and lines, and says which of them is no lead', async () => {
    const own = { ownDomains: { domains: ['contoso.example'], leads: 'hold' } }
    const { home } = await hubspotHome({ leadsync: own })
    const body = leadBody(1, { testLead: 'true' })
    const asArray = plannedIn(await plan(home, [JSON.parse(leadBody(1)), leadOfJane(1)], '--json'))
    const asLines = plannedIn(await plan(home, `${leadBody(1)}\n\n${JSON.stringify(leadOfJane(1))}\n`, '--json'))
    for (const leads of [asArray, asLines]) {
      expect(leads.map(({ status, crms }) => [status, crms[0]?.decision])).toEqual([
        ['accepted', 'create contact (nobody in the CRM matched)'],
        ['held', 'create contact (nobody in the CRM matched)'],
      ])
    }
    expect((await plan(home, body)).code).toBe(0)
    const wrong: Exit[] = []
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const large = leadBody(1, { description: 'x'.repeat(300_000) })
    for (const content of ['', 'zaphod', [leadOfJane(1), { v: 1, person: {} }], [JSON.parse(leadBody(1)), 7], deep, large])
      wrong.push(await plan(home, content))
    expect(wrong.map(({ code, stdout }) => [code, stdout])).toEqual(wrong.map(() => [2, '']))
    expect(wrong[2]?.stderr).toContain('lead 2: person needs')
    expect(wrong[4]?.stderr).toContain('nests deeper')
    expect(wrong[5]?.stderr).toContain('larger than the 262144 bytes')
    expect((await callLeadsync(home, ['plan', '/nowhere.json', '--config', home.configDir])).stderr).toContain('(ENOENT)')
  })

  it('goes on without Redis, without a CRM that is down and without one whose file is wrong', async () => {
    const { sandbox, home } = await hubspotHome({ redisUrl: '' })
    await writeFile(join(home.configDir, 'crm', 'broken.yaml'), 'connector: hubspot\nenabled: true\nzaphod: 1\n')
    const before = await plan(home, leadOfJane(1), '--json')
    expect(before.code).toBe(1)
    const { notes, leads } = JSON.parse(before.stdout)
    expect(notes.join(' ')).toMatch(/No Redis runs in .* contact ids are made up\./)
    expect(leads[0].crms).toMatchObject([
      { crm: 'broken', error: expect.stringContaining('zaphod') },
      { crm: 'hubspot', decision: 'create contact (nobody in the CRM matched)' },
    ])
    await sandbox.stop()
    const after = await plan(home, leadOfJane(1), '--crm', 'hubspot')
    expect(after.code).toBe(1)
    expect(after.stdout).toMatch(/^hubspot: can't be planned: .+\.$/m)
  })
})

/** As sales would. */
async function make(url: string, properties: Fields): Promise<void> {
  const headers = { authorization: `Bearer ${SandboxToken}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/crm/v3/objects/contacts`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ properties }),
  })
  expect(response.status).toBe(201)
}
