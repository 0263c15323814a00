import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import { reopen } from '../../src/store/past-leads.ts'
import { Scripts } from '../../src/store/redis.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { type DaemonHere, startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome, type Home } from '../kit/home.ts'
import { counted, countedIn, expectBalanced, look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { dumpRedis } from '../kit/redis-dump.ts'
import { startSalesforce } from '../kit/salesforce.ts'
import { emailsOf, type Sandbox, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(() => look(server.url, (redis) => redis.flushall()))
afterAll(() => server.stop())

interface Stage {
  readonly sandbox: Sandbox
  readonly home: Home
  readonly running: DaemonHere
}

const People = ['ada', 'bob', 'cleo']
const Jane = 'jane@people.example'
const Range = ['--since', '2026-01-05', '--until', '2026-01-06']

/** Two leads each of three people, and Jane, who said no after her first one. */
const Leads = [
  ...People.flatMap((name) => [leadOf(name, 1), leadOf(name, 2, { jobTitle: 'Baker' })]),
  leadOf('jane', 1),
  leadOf('jane', 2, {}, 'DNC'),
]

function leadOf(name: string, hour: number, person: object = {}, action = 'INS') {
  const at = `2026-01-05T0${hour}:00:00.000Z`
  const offer = { publisherId: 'contoso', offerId: name === 'ada' ? 'other' : 'analytics' }
  const whole = { email: `${name}@people.example`, firstName: name, lastName: 'Roe', company: 'Bakery', ...person }
  return { v: 1, id: `${name}-${hour}`, occurredAt: at, receivedAt: at, action, offer, person: whole }
}

async function delivered(): Promise<Stage> {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url, redisUrl: server.url })
  const running = await startDaemonHere(home)
  await running.send(Leads)
  await until('all are delivered', async () => (await counted(server.url)).hubspot.accepted === Leads.length)
  await settled()
  return { sandbox, home, running }
}

async function settled(): Promise<void> {
  await until('nothing waits', async () => (await counted(server.url)).hubspot.waiting === 0)
  expectBalanced(await counted(server.url))
}

async function again(home: Home, ...options: readonly string[]) {
  const args = ['redeliver', '--config', home.configDir, '--crm', 'hubspot', ...Range, '--json', ...options]
  const { code, stdout, stderr } = await callLeadsync(home, args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

/** By whom, as HubSpot would show it now; without what it counts or makes itself. */
async function shown({ sandbox }: Stage) {
  const contacts = await sandbox.contacts()
  return contacts
    .map(({ email, firstname, jobtitle, leadsync_last_lead_at: at, leadsync_dnc_at: dnc }) => ({
      email,
      firstname,
      jobtitle,
      at,
      dnc,
    }))
    .toSorted((a, b) => String(a.email).localeCompare(String(b.email)))
}

describe('leads go to a CRM once more', () => {
  it('that lost everybody: all are back once, and the same command again changes nothing', async () => {
    const stage = await delivered()
    const before = await shown(stage)
    expect(before.map(({ email }) => email)).toEqual([...People.map((name) => `${name}@people.example`), Jane])
    expect(before.find(({ email }) => email === Jane)?.dnc).toBeTruthy()
    await fetch(`${stage.sandbox.url}/_sandbox/reset`, { method: 'POST' })
    expect(await stage.sandbox.contacts()).toEqual([])

    const dump = await look(server.url, dumpRedis)
    expect(await again(stage.home, '--dry-run')).toMatchObject({ dryRun: true, redelivered: Leads.length, new: 0 })
    expect(await look(server.url, dumpRedis)).toEqual(dump)

    expect(await again(stage.home)).toMatchObject({ redelivered: Leads.length, waiting: 0, tooOld: 0, inHand: 0 })
    await settled()
    expect(await shown(stage)).toEqual(before)
    expect(await countedIn(server.url, 'hubspot')).toMatchObject({ accepted: Leads.length, suppressed: 1, created: 4 })

    await again(stage.home)
    await settled()
    expect(await shown(stage)).toEqual(before)
    expect(await countedIn(server.url, 'hubspot')).toMatchObject({ created: 0, updated: 0, unchanged: 7, suppressed: 1 })
  })

  it('with a mended mapping: the newest lead of each overwrites, of the offer that is meant', async () => {
    const stage = await delivered()
    await stage.running.stop()
    const file = join(stage.home.configDir, 'crm', 'hubspot.yaml')
    await change(file, { 'mapping.contact.jobtitle': { template: 'Master {{ person.jobTitle }}', policy: 'overwrite' } })
    const args = ['redeliver', '--config', stage.home.configDir, '--crm', 'hubspot', ...Range, '--dry-run']
    expect((await callLeadsync(stage.home, args)).stderr).toMatch(/^hubspot: its file has changed .* restart it first\.\n$/)
    expect((await callLeadsync(stage.home, [...args, '--offer', 'nope'])).stdout).toBe(
      ['No lead of the offer nope came in that time.', 'Nothing was changed (--dry-run).'].join('\n'),
    )
    await startDaemonHere(stage.home)
    expect(await again(stage.home, '--offer', 'contoso.analytics')).toMatchObject({ redelivered: 6 })
    await settled()
    const titles = (await shown(stage)).map(({ email, jobtitle }) => [email?.split('@')[0], jobtitle])
    expect(titles).toEqual([
      ['ada', 'Baker'],
      ['bob', 'Master Baker'],
      ['cleo', 'Master Baker'],
      ['jane', 'Master'],
    ])
  })

  it('that is new: it gets the leads of the time before, those that its accept: wants', async () => {
    const stage = await delivered()
    await stage.running.stop()
    const salesforce = await startSalesforce()
    const home = await createHome({
      hubspotUrl: stage.sandbox.url,
      redisUrl: server.url,
      env: { ...salesforce.env, LEADSYNC_DATA_DIR: stage.home.dataDir },
      crms: { salesforce: { accept: { offers: ['contoso.analytics'] } } },
    })
    await startDaemonHere(home)
    const args = ['redeliver', '--config', home.configDir, '--crm', 'salesforce', ...Range]
    expect((await callLeadsync(home, args)).stdout).toBe(
      ['6 go to salesforce once more', '6 of them never were asked of it before', '2 are not wanted by its accept:'].join('\n'),
    )
    await until('Salesforce has them', async () => (await countedIn(server.url, 'salesforce')).waiting === 0)
    expect(await salesforce.leads()).toEqual(['bob@people.example', 'cleo@people.example', Jane])
    expect(await countedIn(server.url, 'salesforce')).toMatchObject({ accepted: 6, created: 3, suppressed: 1, notWanted: 0 })
    expectBalanced(await counted(server.url))
  })

  it('although an earlier run was killed between ledger and queue, and leaves alone what is too old, parked or given up', async () => {
    const stage = await delivered()
    const dead = (name: string) => leadKey(`${name}-1`)
    await look(server.url, async (redis) => {
      const scripts = new Scripts(redis, null)
      expect(await reopen(scripts, 'hubspot', dead('ada'), { followUps: false })).toBe('reopened')
      expect(await reopen(scripts, 'hubspot', dead('ada'), { followUps: false })).toBe('open')
      await redis.del(`{leadsync}:body:${dead('bob')}`)
      expect(await reopen(scripts, 'hubspot', dead('bob'), { followUps: false })).toBe('gone')
    })
    expectBalanced(await counted(server.url))
    expect((await counted(server.url)).hubspot.waiting).toBe(1)
    expect(await again(stage.home)).toMatchObject({ redelivered: Leads.length - 2, waiting: 1, tooOld: 1 })
    await settled()
    expect(emailsOf(await stage.sandbox.contacts())).toEqual([...People.map((name) => `${name}@people.example`), Jane])
  })
})

it('who asks wrongly is told what is wrong, before anything is looked for', async () => {
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: 'redis://127.0.0.1:9' })
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [['--crm', 'zaphod', ...Range], 'there is no enabled CRM zaphod'],
    [['--crm', 'hubspot'], '--since T --until T'],
    [['--crm', 'hubspot', '--since', 'yesterday', '--until', '1d'], '"yesterday" is none'],
    [['--crm', 'hubspot', '--since', '2026-02-31', '--until', '1d'], '"2026-02-31" is none'],
    [['--crm', 'hubspot', '--since', '1d', '--until', '7d'], 'is not before'],
  ]
  for (const [args, message] of wrong) {
    const { code, stderr } = await callLeadsync(home, ['redeliver', '--config', home.configDir, ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
  }
})
