import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type StandInName, standIns } from '../../src/cli/stand-ins.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome, type Home } from '../kit/home.ts'
import { countedIn, look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(() => look(server.url, (redis) => redis.flushall()))
afterAll(() => server.stop())

/** What a CRM says of a value, in its own words: they may be seen nowhere. */
const Marker = 'ZAPHOD-quoted-by-the-crm'

interface CrmFacts {
  readonly name: StandInName
  /** Where the mapping puts the country. */
  readonly country: string
  readonly email: string
  readonly contactId: string
  /** The first write of a new person is carried out, and answered as if its address were refused. */
  readonly fault: object
  /** What is to be seen of that answer. */
  readonly answer: object
}

const json = { 'content-type': 'application/json' }
const Crms: readonly CrmFacts[] = [
  {
    name: 'hubspot',
    country: 'mapping.contact.country',
    email: 'email',
    contactId: 'leadsync_contact_id',
    fault: {
      match: { method: 'POST', path: '/crm/objects/2026-09/contacts/batch/upsert' },
      status: 400,
      body: {
        status: 'error',
        category: 'VALIDATION_ERROR',
        message: `${Marker} is no address`,
        correlationId: 'b9a7c1d2-0000-4000-8000-000000000001',
        errors: [{ code: 'INVALID_EMAIL', message: Marker, context: { propertyName: ['email'] } }],
      },
    },
    answer: { status: 400, code: 'INVALID_EMAIL', correlationId: 'b9a7c1d2-0000-4000-8000-000000000001', fields: ['email'] },
  },
  {
    name: 'salesforce',
    country: 'mapping.lead.Country',
    email: 'Email',
    contactId: 'leadsync_contact_id__c',
    fault: {
      match: { method: 'PATCH', path: '/services/data/v68.0/composite/sobjects/Lead/leadsync_contact_id__c' },
      status: 200,
      body: [{ success: false, errors: [{ statusCode: 'INVALID_EMAIL_ADDRESS', message: Marker, fields: ['Email'] }] }],
    },
    answer: { status: null, code: 'INVALID_EMAIL_ADDRESS', correlationId: null, fields: ['Email'] },
  },
  {
    name: 'dynamics',
    country: 'mapping.lead.address1_country',
    email: 'emailaddress1',
    contactId: 'leadsync_contactid',
    fault: {
      match: { method: 'PATCH', path: '/api/data/v9.2/leads*', headers: { 'if-none-match': '*' } },
      status: 400,
      headers: { ...json, 'x-ms-service-request-id': 'b9a7c1d2-0000-4000-8000-000000000002' },
      body: { error: { code: '0x80044331', message: `'emailaddress1' ${Marker}` } },
    },
    answer: { status: 400, code: '0x80044331', fields: ['emailaddress1'] },
  },
]

interface Stage {
  readonly home: Home
  readonly urls: Readonly<Record<StandInName, string>>
}

/** Three CRMs whose mappings know no country but the US. */
async function stage(): Promise<Stage> {
  const urls: Record<StandInName, string> = { hubspot: '', salesforce: '', dynamics: '' }
  const env: Record<string, string> = {}
  for (const { name } of Crms) {
    const standIn = await standIns[name].start({ port: 0, latencyMs: 0, dataDir: null })
    onTestFinished(() => standIn.sandbox.stop())
    Object.assign(env, standIn.env)
    urls[name] = standIn.sandbox.url
  }
  const home = await createHome({ hubspotUrl: urls.hubspot, redisUrl: server.url, env })
  const mistake = { from: 'person.country', values: { US: 'United States' }, onUnknown: 'park' }
  for (const { name, country } of Crms) await change(fileOf(home, name), { [country]: mistake, 'touches.as': 'notes' })
  return { home, urls }
}

function fileOf({ configDir }: Home, crm: StandInName): string {
  return join(configDir, 'crm', `${crm}.yaml`)
}

function leadOf(name: string, country: string, offerId = 'analytics') {
  const at = new Date().toISOString()
  const person = { email: `${name}@people.example`, firstName: name, lastName: 'Prefect', company: 'Guide', country }
  const offer = { publisherId: 'contoso', offerId, title: null }
  return { v: 1, id: `lead-of-${name}`, receivedAt: at, occurredAt: at, action: 'PLT', offer, person, notes: 'A towel.' }
}

async function arm(url: string, faults: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) })
  expect(answer.ok).toBe(true)
}

interface CrmRecord {
  readonly object: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function recordsOf(url: string): Promise<readonly CrmRecord[]> {
  return ((await (await fetch(`${url}/_sandbox/records`)).json()) as { records: CrmRecord[] }).records
}

async function peopleOf({ urls }: Stage, { name, email, contactId }: CrmFacts): Promise<Readonly<Record<string, string>>> {
  const people = (await recordsOf(urls[name])).filter(({ fields }) => typeof fields[email] === 'string')
  expect(new Set(people.map(({ fields }) => fields[email])).size, name).toBe(people.length)
  return Object.fromEntries(people.map(({ fields }) => [String(fields[email]), String(fields[contactId])]))
}

async function notesOf({ urls }: Stage, { name }: CrmFacts): Promise<number> {
  return (await recordsOf(urls[name])).filter(({ object }) => /^(note|notes|annotation|Task|task)$/i.test(object)).length
}

async function everywhere(what: 'parked' | 'delivered', count: number): Promise<void> {
  for (const { name } of Crms) {
    await until(`${count} are ${what} in ${name}`, async () => (await countedIn(server.url, name))[what] === count)
  }
}

describe('a mapping mistake in three CRMs', () => {
  it('is seen, mended and replayed: each lead arrives once, as the person that it was before, and nothing names anybody', async () => {
    const at = await stage()
    const run = (...args: string[]) => callLeadsync(at.home, ['dead-letters', ...args, '--config', at.home.configDir])
    const seen: string[] = []
    const said = async (...args: string[]) => {
      const { stdout, stderr } = await run(...args)
      seen.push(stdout, stderr)
      return stdout
    }
    for (const { name, fault } of Crms) {
      await arm(at.urls[name], [{ headers: json, ...fault, commit: true }])
    }
    const before = await startDaemonHere(at.home)
    await before.send([leadOf('ford', 'US'), leadOf('zarniwoop', 'DE', 'guide')])
    await everywhere('parked', 2)
    const carriedOut = await Promise.all(Crms.map((crm) => peopleOf(at, crm)))
    for (const people of carriedOut) expect(Object.keys(people)).toEqual(['ford@people.example'])

    expect((await said('list', '--limit', '1')).split('\n')).toEqual([
      expect.stringMatching(/^\w+\.\w+ {2}invalid {2}/),
      'and 5 more: --limit 6 prints all of them',
      '',
      ...['dynamics', 'hubspot', 'salesforce'].map((name) => `${name.padEnd(10)}  2 invalid`),
    ])
    expect(await said('list', '--offer', 'contoso.nope')).toBe(
      'Nothing that waits for a person fits what you asked for; 6 in all wait.',
    )
    const { deadLetters } = JSON.parse(await said('list', '--json', '--offer', 'contoso.analytics'))
    for (const { name, answer } of Crms) {
      const letter = deadLetters.find((one: { crm: string }) => one.crm === name)
      expect(letter).toMatchObject({ leadId: 'lead-of-ford', code: 'invalid', answer, parks: 1, tries: 1 })
      expect(letter.configNow).toEqual({ file: letter.config, daemon: letter.config })
    }
    expect(deadLetters).toHaveLength(3)
    expect(await said('show', 'lead-of-zarniwoop', '--crm', 'hubspot')).toMatch(
      /answer: none.*\n {2}settings: (\w{6}) when it was parked, \1 in its file now: the same\n\nBy its file as it is now, a replay would:\nhubspot: parked \(invalid\)/,
    )

    for (const { name, country } of Crms) await change(fileOf(at.home, name), { [country]: 'person.country' })
    await arm(at.urls.hubspot, [{ status: 503, body: Marker, times: 1_000 }])
    const away = await said('show', 'lead-of-ford', '--crm', 'hubspot')
    expect(away).toContain(
      'answer: HTTP 400, code INVALID_EMAIL, about email, correlation id b9a7c1d2-0000-4000-8000-000000000001',
    )
    expect(away).toMatch(/\n\nWhat a replay would send now is not known\. The CRM can't be asked now: HubSpot \(hubspot\): .+$/)
    expect(JSON.parse(await said('show', 'lead-of-ford', '--crm', 'hubspot', '--json')).deadLetters).toMatchObject([
      { leadId: 'lead-of-ford', plan: null, planProblem: expect.stringContaining('status 503') },
    ])
    await arm(at.urls.hubspot, [])
    expect(await said('show', 'lead-of-zarniwoop', '--crm', 'salesforce')).toMatch(
      /settings: (\w{6}) when it was parked, (?!\1)\w{6} in its file now: changed since; the daemon began with \1: restart it before you replay\n\nBy its file as it is now, a replay would:\nsalesforce: create lead/,
    )
    expect((await run('replay', '--all', '--crm', 'dynamics', '--code', 'protocol')).stderr).toContain('restart it first')
    expect(await run('discard', '--all', '--newer-than', '1h')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/ 6 .*--yes/),
    })
    expect(await said('discard', '--all', '--older-than', '1h', '--yes')).toBe('0 discarded')
    await before.stop()
    for (const { name } of Crms) expect(await said('replay', '--all', '--crm', name, '--code', 'invalid')).toBe('2 replayed')
    await startDaemonHere(at.home)
    await everywhere('delivered', 2)

    const [first, ...others] = await Promise.all(Crms.map((crm) => peopleOf(at, crm)))
    expect(Object.keys(first ?? {}).sort()).toEqual(['ford@people.example', 'zarniwoop@people.example'])
    for (const people of others) expect(people).toEqual(first)
    for (const people of carriedOut) expect(first).toMatchObject(people)
    for (const crm of Crms) expect(await notesOf(at, crm), crm.name).toBe(2)
    expect(await said('list')).toBe('Nothing waits for a person.')
    expect(await said('list', '--offer', 'contoso.nope')).toBe('Nothing waits for a person.')
    expect(seen.join('\n')).not.toMatch(new RegExp(`${Marker}|Prefect|@people|towel|sandbox-token`, 'i'))
  })
})

it.each([
  [['list', '--crm', 'hubspto'], 'there is no CRM hubspto; there are hubspot, dynamics, salesforce'],
  [['list', '--code', 'invald'], '--code is one of rate_limited, '],
  [['list', '--older-than', 'yesterday'], 'e.g. 2d'],
  [['list', '--limit', '-1'], 'limit'],
  [['show', '--all'], 'show ID'],
  [['replay'], 'replay ID|--all'],
])('%j is wrong use, and says what would be right', async (args, right) => {
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
  const { code, stderr } = await callLeadsync(home, ['dead-letters', ...args, '--config', home.configDir])
  expect([code, stderr]).toEqual([2, expect.stringContaining(right)])
})
