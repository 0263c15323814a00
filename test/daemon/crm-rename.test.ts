import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { type DaemonHere, startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { countedIn } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

const OnlyUs = { 'mapping.contact.country': { from: 'person.country', values: { US: 'United States' }, onUnknown: 'park' } }

function from(country: string, n: number): string {
  return leadBody(n, { userDetails: { email: emailOf(n), lastName: `L${n}`, company: 'Contoso', country } })
}

async function send({ urls }: DaemonHere, bodies: readonly string[]): Promise<void> {
  const client = createClient(4)
  const answers = await Promise.all(bodies.map((body) => client.post(urls.marketplace, body)))
  expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 202))
}

it('a CRM whose file has another name goes on after crm rename: nobody is created twice, and what waited arrives', {
  timeout: 60_000,
}, async () => {
  const hubspot = await startSandbox()
  const home = await createHome({ hubspotUrl: hubspot.url, redisUrl: server.url, hubspot: OnlyUs })
  const before = await startDaemonHere(home)
  await send(before, [...[1, 2, 3, 4, 5].map((n) => from('US', n)), from('DE', 6)])
  await until('five are delivered and one is parked', async () => {
    const now = await countedIn(server.url, 'hubspot')
    return now.delivered === 5 && now.parked === 1
  })
  await hubspot.arm([{ status: 503, times: 100_000 }])
  await send(before, [from('US', 7), from('US', 8)])
  await until('two wait', async () => (await countedIn(server.url, 'hubspot')).waiting === 2)
  await before.stop()
  await hubspot.arm([])

  await rename(join(home.configDir, 'crm', 'hubspot.yaml'), join(home.configDir, 'crm', 'portal.yaml'))
  const { code, stdout } = await runLeadsync(home, [
    'crm',
    'rename',
    'hubspot',
    'portal',
    '--yes',
    '--json',
    '--config',
    home.configDir,
  ])
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { leads: 8, contacts: 5, waiting: 2, parked: 1 }])

  const after = await startDaemonHere(home)
  // The first one comes again: its record is known by the new name, too.
  await send(after, [
    leadBody(1, {
      userDetails: { email: emailOf(1), lastName: 'L1', company: 'Contoso', country: 'US' },
      description: 'Once more',
    }),
  ])
  await until('all has settled', async () => {
    const now = await countedIn(server.url, 'portal')
    return now.accepted === 9 && now.delivered === 8 && now.parked === 1 && now.waiting === 0
  })
  expect(await countedIn(server.url, 'portal')).toMatchObject({
    created: 7,
    suppressed: 0,
    notWanted: 0,
    discarded: 0,
    forgotten: 0,
  })
  expect(await countedIn(server.url, 'hubspot')).toMatchObject({ accepted: 0, delivered: 0, parked: 0, waiting: 0 })
  expect(emailsOf(await hubspot.contacts())).toEqual([1, 2, 3, 4, 5, 7, 8].map(emailOf))
  const letters = await callLeadsync(home, ['dead-letters', 'list', '--json', '--config', home.configDir])
  expect(JSON.parse(letters.stdout)).toMatchObject({ deadLetters: [{ crm: 'portal', code: 'invalid' }] })
})

it('finds what the embedded Redis holds, which has stopped with the last daemon', async () => {
  const hubspot = await startSandbox()
  const home = await createHome({ hubspotUrl: hubspot.url })
  const before = await startDaemonHere(home)
  await send(before, [from('US', 1)])
  await until('it is delivered', async () => (await hubspot.contacts()).length === 1)
  await before.stop()

  await rename(join(home.configDir, 'crm', 'hubspot.yaml'), join(home.configDir, 'crm', 'portal.yaml'))
  const run = (...args: string[]) =>
    callLeadsync(home, ['crm', 'rename', 'hubspot', 'portal', '--json', '--config', home.configDir, ...args])
  expect(JSON.parse((await run()).stdout)).toMatchObject({ leads: 1, contacts: 1 })
  expect(await run('--yes')).toMatchObject({ code: 0, stderr: '' })
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining('renamed already') })
})
