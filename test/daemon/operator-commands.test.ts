import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome, type Home, type HomeSetup } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, expectBalanced, jobsOf, look, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { emailsOf, type Sandbox, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let sandbox: Sandbox

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  await look(server.url, (redis) => redis.flushall())
  sandbox = await startSandbox()
})
afterAll(() => server.stop())

function home(more: Partial<HomeSetup> = {}): Promise<Home> {
  return createHome({ hubspotUrl: sandbox.url, redisUrl: server.url, ...more })
}

function words(at: Home, ...args: readonly string[]): readonly string[] {
  const [command = '', ...rest] = args
  return [command, '--config', at.configDir, ...rest]
}

async function run(at: Home, ...args: readonly string[]) {
  return await callLeadsync(at, words(at, ...args))
}

/** Each command is also seen once as the process that it is: that it ends by itself, with this code, and has said all it had to say. */
async function runAlone(at: Home, ...args: readonly string[]) {
  return await runLeadsync(at, words(at, ...args))
}

async function json<T>(at: Home, ...args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await run(at, ...args, '--json')
  expect(stderr).toBe('')
  return JSON.parse(stdout) as T
}

async function post(url: string, ...bodies: readonly string[]): Promise<readonly string[]> {
  const client = createClient(2)
  const ids: string[] = []
  for (const body of bodies) ids.push((JSON.parse((await client.post(url, body)).text) as { leadId: string }).leadId)
  return ids
}

/** Nobody in Germany can be entered: this CRM knows no country but the US. */
const OnlyUs = { 'mapping.contact.country': { from: 'person.country', values: { US: 'United States' }, onUnknown: 'park' } }
const Everybody = { 'mapping.contact.country': 'person.country' }

function from(country: string, n: number): string {
  return leadBody(n, { userDetails: { firstName: `First${n}`, lastName: `Last${n}`, email: emailOf(n), country } })
}

describe('what became of somebody', () => {
  it('is told by e-mail, lead id and contact id, with the reason and without a name that was not typed', async () => {
    const at = await home({ hubspot: OnlyUs })
    const daemon = await startDaemonHere(at)
    const [delivered = '', parked = ''] = await post(daemon.urls.marketplace, from('US', 1), from('DE', 2))
    await untilSettled(server.url, 2)

    const one = await runAlone(at, 'lead', emailOf(1))
    expect(one).toMatchObject({ code: 0, stderr: '' })
    expect(one.stdout).toContain(`lead ${delivered}: accepted`)
    expect(one.stdout).toMatch(/hubspot: delivered:created contact\/\d+/)
    expect(one.stdout).toContain('received by marketplace: PLT about contoso.contoso-analytics')
    expect(one.stdout).not.toMatch(/person-1|First1|Last1|The wish/)

    const two = await run(at, 'lead', parked)
    expect(two.stdout).toMatch(/hubspot: parked \(invalid\): hubspot: .*country/)
    const contact = /^contact (\S+)/m.exec(two.stdout)?.[1] ?? ''
    expect(await run(at, 'lead', contact)).toMatchObject({ code: 0, stdout: expect.stringContaining(`lead ${parked}: accepted`) })

    const { stdout } = await run(at, 'lead', emailOf(2), '--show-personal-data')
    expect(stdout).toContain('person.firstName: First2')
    const { found } = await json<{ found: unknown[] }>(at, 'lead', emailOf(2))
    expect(found).toMatchObject([
      { contact: { id: contact }, leads: [{ id: parked, deliveries: { hubspot: { code: 'invalid' } } }] },
    ])
    expect(JSON.stringify(found)).not.toMatch(/person-2|First2/)
  })

  it('is nothing for somebody who never came: exit code 1', async () => {
    const at = await home()
    expect(await run(at, 'lead', 'nobody@people.example')).toMatchObject({ code: 1, stdout: '' })
    expect(await run(at, 'lead')).toMatchObject({ code: 2 })
  })
})

it('dead letters are listed, shown, replayed when their reason is gone, or given up; nothing gets lost in between', async () => {
  const at = await home({ hubspot: OnlyUs })
  const first = await startDaemonHere(at)
  const [, germany = '', france = ''] = await post(first.urls.marketplace, from('US', 1), from('DE', 2), from('FR', 3))
  await untilSettled(server.url, 3)
  const list = await run(at, 'dead-letters', 'list')
  expect(list.stdout.split('\n')).toHaveLength(4)
  expect(list.stdout).toMatch(/^hubspot\.\w+ {2}invalid {2}\d+ s ago {2}hubspot: .*country/)
  expect(list.stdout).not.toContain('person-')
  expect((await run(at, 'dead-letters', 'show', germany)).stdout).toContain(`lead: ${germany}`)
  expect(await run(at, 'dead-letters', 'list', '--crm', 'hubspto')).toMatchObject({ code: 2 })

  expect(await run(at, 'dead-letters', 'discard', france)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect(await runAlone(at, 'dead-letters', 'discard', france, '--yes')).toMatchObject({ code: 0, stdout: '1 discarded' })
  expect(await run(at, 'dead-letters', 'discard', france, '--yes')).toMatchObject({ code: 1 })
  await first.stop()

  await change(join(at.configDir, 'crm', 'hubspot.yaml'), Everybody)
  expect(await json(at, 'dead-letters', 'replay', '--all')).toEqual({ replayed: 1, skipped: 0 })
  await startDaemonHere(at)
  await until('the replayed one is delivered', async () => (await counted(server.url)).hubspot.delivered === 2)
  const now = await counted(server.url)
  expectBalanced(now)
  expect(now.hubspot).toMatchObject({ accepted: 3, parked: 0, discarded: 1, waiting: 0 })
  expect(emailsOf(await sandbox.contacts())).toEqual([emailOf(1), emailOf(2)])
})

it('the quarantine gives back a held test lead and a body that is understood today; both are delivered and counted as accepted', async () => {
  const at = await home()
  const daemon = await startDaemonHere(at)
  const test = leadBody(1, { description: 'MSFT_TEST' })
  const [held = '', broken = '', lost = ''] = await post(daemon.urls.marketplace, test, '{"userDetails":', '[]')
  // An answer waits for the journal only.
  await until('all are there', async () => (await jobsOf(server.url, 'quarantine')).length === 3)
  const list = await run(at, 'quarantine', 'list')
  expect(list.stdout.split('\n')).toHaveLength(3)
  expect(list.stdout).not.toContain('person-')
  expect((await run(at, 'quarantine', 'show', held, '--show-personal-data')).stdout).toContain(emailOf(1))

  // As if an update had taught Leadsync to read it.
  await look(server.url, async (redis) => {
    for (const one of await redis.keys('leadsync:{quarantine}:quarantine:lead.*')) {
      const data = JSON.parse((await redis.hget(one, 'data')) ?? '{}')
      if (data.id === broken)
        await redis.hset(one, 'data', JSON.stringify({ ...data, verbatim: { encoding: 'utf8', body: from('US', 2) } }))
    }
  })
  expect(await run(at, 'quarantine', 'replay', '--all')).toMatchObject({ code: 2 })
  expect(await runAlone(at, 'quarantine', 'replay', '--all', '--kind', 'held')).toMatchObject({
    code: 0,
    stdout: `${held}  accepted`,
  })
  expect(await run(at, 'quarantine', 'replay', broken)).toMatchObject({ code: 0, stdout: `${broken}  accepted` })
  expect(await run(at, 'quarantine', 'replay', lost)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('quarantined: '),
  })
  expect(await run(at, 'quarantine', 'discard', lost, '--yes')).toMatchObject({ code: 0, stdout: `${lost}  discarded` })

  await until('both are delivered', async () => (await counted(server.url)).hubspot.delivered === 2)
  const now = await counted(server.url)
  expectBalanced(now)
  expect(now).toMatchObject({ received: 3, accepted: 2, held: 0, quarantined: 1, duplicates: 0 })
  expect(emailsOf(await sandbox.contacts())).toEqual([emailOf(1), emailOf(2)])
})

interface Checked {
  readonly ok: boolean
  readonly live: readonly { readonly severity: string; readonly about: string; readonly message: string }[]
}

function about(checked: Checked, what: string) {
  return checked.live.filter((finding) => finding.about === what)
}

describe('check --live', () => {
  it('finds a working installation fine: exit code 0', async () => {
    const at = await home()
    const daemon = await startDaemonHere(at)
    await post(daemon.urls.marketplace, from('US', 1))
    await untilSettled(server.url, 1)
    const { code, stdout } = await runAlone(at, 'check', '--live', '--json')
    const checked = JSON.parse(stdout) as Checked
    expect([code, checked.ok]).toEqual([0, true])
    expect(about(checked, 'crm hubspot')[0]).toMatchObject({
      severity: 'ok',
      message: expect.stringContaining('to which it is bound'),
    })
    expect(about(checked, 'installation')).toMatchObject([{ severity: 'ok', message: expect.stringContaining('backup') }])
    // The test's Redis leaves fsync to the system.
    expect(about(checked, 'redis')).toMatchObject([
      { severity: 'ok', message: 'holds the data of this installation' },
      { severity: 'warning', message: expect.stringContaining('appendfsync') },
    ])
    expect(about(checked, 'journal').every(({ severity }) => severity !== 'error')).toBe(true)
  })

  it('changes nothing where nothing was started yet', async () => {
    const at = await home()
    const checked = JSON.parse((await run(at, 'check', '--live', '--json')).stdout) as Checked
    expect(about(checked, 'installation')).toMatchObject([{ severity: 'warning' }])
    await rm(at.dataDir, { recursive: true })
    await run(at, 'check', '--live')
    await expect(rm(at.dataDir, { recursive: true })).rejects.toThrow('ENOENT')
    expect(await look(server.url, (redis) => redis.dbsize())).toBe(0)
  })

  it('says what is wrong: a foreign org, a token that was refused, a readable secret, a Redis that is away', async () => {
    const at = await home()
    const daemon = await startDaemonHere(at)
    await post(daemon.urls.marketplace, from('US', 1))
    await untilSettled(server.url, 1)
    await daemon.stop()
    await look(server.url, (redis) => redis.hset('{leadsync}:crm:hubspot', 'org', '999'))
    await chmod(join(at.dataDir, 'installation.json'), 0o644)
    const foreign = await run(at, 'check', '--live', '--json')
    expect(foreign.code).toBe(1)
    const checked = JSON.parse(foreign.stdout) as Checked
    expect(about(checked, 'crm hubspot')[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('bound to org 999'),
    })
    expect(about(checked, 'installation')).toMatchObject([{ severity: 'warning', message: expect.stringContaining('chmod 600') }])

    const stranger = { ...at, env: { ...at.env, HUBSPOT_TOKEN: 'wrong-token', REDIS_URL: 'redis://127.0.0.1:9' } }
    const refused = await run(stranger, 'check', '--live')
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/^error: crm hubspot: .*token/m)
    expect(refused.stdout).toContain('error: redis: Redis does not answer.')
    expect(refused.stdout + refused.stderr).not.toContain('wrong-token')
  })

  it('ends with exit code 2 when the configuration is wrong, and still looks at the rest', async () => {
    const at = await home({ hubspot: { onMany: 'perhaps' } })
    const { code, stdout, stderr } = await run(at, 'check', '--live')
    expect(code).toBe(2)
    expect(stderr).toContain('onMany')
    expect(stdout).toContain('redis: ')
  })

  it('without --live connects nowhere', async () => {
    const at = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: 'redis://127.0.0.1:9' })
    expect(await run(at, 'check')).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('provision', () => {
  it('shows what is missing and changes nothing; with --yes it makes it, and then nothing is missing', async () => {
    const at = await home({ hubspot: { 'mapping.contact.leadsync_extra': 'person.company' } })
    const plan = await run(at, 'provision', 'hubspot')
    expect(plan).toMatchObject({ code: 1, stderr: '' })
    expect(plan.stdout).toMatch(/^planned: .*leadsync_extra/m)
    expect((await run(at, 'provision', 'hubspot')).stdout).toBe(plan.stdout)
    expect(await runAlone(at, 'provision', 'hubspot', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^created: .*leadsync_extra/m),
    })
    expect(await run(at, 'provision', 'hubspot')).toMatchObject({ code: 0, stdout: 'Nothing is missing.' })
  })

  it('says why the CRM refuses', async () => {
    const at = await home()
    const stranger = { ...at, env: { ...at.env, HUBSPOT_TOKEN: 'wrong-token' } }
    expect(await run(stranger, 'provision', 'hubspot')).toMatchObject({ code: 1, stderr: expect.stringContaining('token') })
    expect(await run(at, 'provision', 'dynamics')).toMatchObject({ code: 2 })
  })
})
