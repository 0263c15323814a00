import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { type Daemon, startDaemon } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome, type Home } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { expectBalanced, look, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis } from '../kit/redis.ts'
import { emailsOf, type Fields, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const People = Array.from({ length: 60 }, (_, index) => index)
/** The first said no by the marketplace, the second to an admin. */
const [Weak, Strong] = [0, 1]
/** Has a task, and says no while nobody knows of it; and one who says it afterwards. */
const [Meanwhile, Afterwards] = [2, 3]
const Later = 100

const step = { name: 'call', type: 'call', subject: 'Call {{ person.email }}', body: 'Call them.' }
const Leadsync = {
  'followUps.minGapHours': 0,
  'followUps.owner': [],
  'followUps.rules': [{ name: 'all', steps: [step] }],
  'workers.lockSeconds': 3,
  'workers.stalledSeconds': 1,
}

async function stage<D>(start: (home: Home) => Promise<D>) {
  const redis = await startTestRedis()
  onTestFinished(() => redis.stop())
  const sandbox = await startSandbox({ latencyMs: 20 })
  const home = await createHome({ hubspotUrl: sandbox.url, redisUrl: redis.url, leadsync: Leadsync })
  const leadsync = (...args: string[]) => callLeadsync(home, [...args, '--config', home.configDir])
  return { redis, sandbox, home, leadsync, daemon: await start(home) }
}

async function readiness({ urls }: Daemon): Promise<{ status: number; body: { store: string; reason: string } }> {
  const response = await fetch(`${urls.admin}/readyz`)
  return { status: response.status, body: (await response.json()) as { store: string; reason: string } }
}

async function tasks(url: string): Promise<readonly Fields[]> {
  const response = await fetch(`${url}/_sandbox/records`)
  const { records } = (await response.json()) as { records: { object: string; fields: Fields }[] }
  return records.filter(({ object }) => object === 'task').map(({ fields }) => fields)
}

/** Subjects of those that sales would see as open. */
async function openTasks(url: string): Promise<readonly string[]> {
  const open = (await tasks(url)).filter(({ hs_task_status }) => hs_task_status === 'NOT_STARTED')
  return open.map(({ hs_task_subject }) => hs_task_subject ?? '').sort()
}

it('brings back a Redis that was emptied in the middle of the work: nobody twice, no task twice, no lead and no no lost', async () => {
  const { redis, sandbox, leadsync, daemon } = await stage(startDaemon)
  const client = createClient(16)
  const send = (person: number, more = {}) => client.post(daemon.urls.marketplace, leadBody(person, more))
  const dnc = { leadSource: 'AppSource-DNC|contoso.contoso-analytics', description: 'Leave me alone' }

  await Promise.all([Weak, Strong, 2, 3, 4, 5].map((person) => send(person)))
  await untilSettled(redis.url, 6)
  await send(Weak, dnc)
  await untilSettled(redis.url, 7)
  expect((await leadsync('dnc', 'add', emailOf(Strong), '--reason', 'by phone')).code).toBe(0)
  const calls = (people: readonly number[]) => people.map((person) => `Call ${emailOf(person)}`).sort()
  await until('their tasks are taken back', async () => (await openTasks(sandbox.url)).length === 4)

  const posts = People.slice(6).map((person) => send(person))
  await until('some are delivered, and others not yet', async () => (await sandbox.contacts()).length >= 20)
  await look(redis.url, (one) => one.flushall())
  const answers = await Promise.all([...posts, send(Later), send(Later + 1, dnc), send(Meanwhile, dnc)])
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))

  await until('the loss is seen', async () => (await readiness(daemon)).status === 503)
  expect((await readiness(daemon)).body).toMatchObject({ store: 'empty', reason: expect.stringContaining('leadsync rebuild') })
  expect(await leadsync('status')).toMatchObject({ code: 1, stderr: expect.stringContaining('leadsync rebuild') })
  expect(emailsOf(await sandbox.contacts())).not.toContain(emailOf(Later))

  const rebuilt = await leadsync('rebuild', '--json')
  expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 })
  const settled = await untilSettled(redis.url, People.length + 4)
  expectBalanced(settled)
  expect(settled).toMatchObject({ received: People.length + 4, duplicates: 0 })
  // A no about somebody unknown makes nobody.
  const everybody = [...People, Later]
  expect(emailsOf(await sandbox.contacts())).toEqual(everybody.map(emailOf).sort())
  const expected = calls(everybody.filter((person) => ![Weak, Strong, Meanwhile].includes(person)))
  await until('each has its task', async () => (await openTasks(sandbox.url)).join() === expected.join())
  await send(Afterwards, dnc)
  const left = expected.filter((subject) => subject !== `Call ${emailOf(Afterwards)}`)
  await until('the task is taken back', async () => (await openTasks(sandbox.url)).length === left.length)

  // Who said no before still does, under the same contact.
  const again = { leadSource: 'AppSource-INS|contoso.contoso-analytics', description: 'Deployed' }
  for (const person of [Weak, Strong]) await send(person, again)
  await untilSettled(redis.url, People.length + 7)
  const why = await leadsync('dnc', 'why', emailOf(Strong))
  expect(why.stdout).toContain('by phone')
  expect(await openTasks(sandbox.url)).toEqual(left)
  expect(emailsOf(await sandbox.contacts())).toEqual(everybody.map(emailOf).sort())
})

it('finds a task at the other record of somebody who was known by number and by e-mail apart', async () => {
  const { redis, sandbox, leadsync, daemon } = await stage(startDaemonHere)
  const client = createClient(1)
  const { userDetails } = JSON.parse(leadBody(1))
  const phone = '+16175550123'
  const apart = [
    { ...userDetails, email: null, phone },
    { ...userDetails, phone: null },
  ]
  const send = (details: object) => client.post(daemon.urls.marketplace, leadBody(1, { userDetails: details }))
  for (const [index, details] of apart.entries()) {
    await send(details)
    await untilSettled(redis.url, index + 1)
  }
  // Only now is it known that they are one.
  await send({ ...userDetails, phone })
  await untilSettled(redis.url, 3)
  await until('each lead has its task', async () => (await openTasks(sandbox.url)).length === 3)
  expect(await sandbox.contacts()).toHaveLength(2)

  await look(redis.url, (one) => one.flushall())
  expect(await leadsync('rebuild')).toMatchObject({ code: 0 })
  await untilSettled(redis.url, 3)
  const dnc = { leadSource: 'AppSource-DNC|contoso.contoso-analytics', userDetails: { ...userDetails, phone } }
  await client.post(daemon.urls.marketplace, leadBody(1, dnc))
  // One that was not found would stay, and a second one be made.
  await until('all tasks are taken back', async () => (await openTasks(sandbox.url)).length === 0)
  expect(await tasks(sandbox.url)).toHaveLength(3)
})

it('is refused on data that is there, unless somebody means it; then it changes nothing', async () => {
  const { redis, sandbox, leadsync, daemon } = await stage(startDaemon)
  const client = createClient(4)
  await client.post(daemon.urls.marketplace, leadBody(1))
  await untilSettled(redis.url, 1)
  expect(await leadsync('rebuild')).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') })
  expect(await leadsync('rebuild', '--yes')).toMatchObject({ code: 0 })
  await client.post(daemon.urls.marketplace, leadBody(2))
  expect(await untilSettled(redis.url, 2)).toMatchObject({ received: 2, accepted: 2 })
  expect(emailsOf(await sandbox.contacts())).toEqual([emailOf(1), emailOf(2)])

  // A CRM that can't be read would have everybody made again: nothing goes on before it can.
  await look(redis.url, (one) => one.flushall())
  // Only then: what a worker has in hand would be told so, too, and its CRM blocked for minutes.
  await until('the loss is seen', async () => (await readiness(daemon)).status === 503)
  const match = { method: 'POST', path: '/crm/objects/2026-09/contacts/search' }
  await sandbox.arm([{ match, status: 401, times: 1_000, body: '{"category":"INVALID_AUTHENTICATION"}' }])
  expect(await leadsync('rebuild')).toMatchObject({ code: 1, stderr: expect.stringContaining('run leadsync rebuild again') })
  expect((await readiness(daemon)).status).toBe(503)
  await sandbox.arm([])
  expect(await leadsync('rebuild')).toMatchObject({ code: 0 })
  expect((await untilSettled(redis.url, 2)).hubspot).toMatchObject({ delivered: 2, created: 0 })
})

it('replay queues another machine’s journal, and again what this one’s has: each lead once', async () => {
  const { redis, sandbox, home, leadsync, daemon } = await stage(startDaemon)
  await createClient(1).post(daemon.urls.marketplace, leadBody(1))
  await untilSettled(redis.url, 1)
  const dir = join(home.dir, 'other')
  await mkdir(dir)
  const entry = {
    id: '01KAQZ0000000000000000TEST',
    receivedAt: '2026-11-20T10:00:00.000Z',
    channel: 'marketplace',
    token: 'appsource-1',
  }
  const rest = { tags: [], offer: null, route: '', idempotency: null, encoding: 'utf8', body: leadBody(2) }
  await writeFile(join(dir, '2026-11-20.01KAQZ00000000000000000000.jsonl'), `${JSON.stringify({ ...entry, ...rest })}\n`)
  const other = ['--dir', dir, '--json']
  expect((await leadsync('replay', '--journal', '2026-11-21..2026-11-22', ...other)).stdout).toContain('"accepted":0')
  expect((await leadsync('replay', '--journal', '2026-11-01..2026-11-20', ...other)).stdout).toContain('"accepted":1')
  expect(await leadsync('replay', '--journal', '2026-11-01..2099-01-01')).toMatchObject({ code: 0 })
  expect((await untilSettled(redis.url, 2)).hubspot).toMatchObject({ accepted: 2, delivered: 2, created: 2 })
  expect(emailsOf(await sandbox.contacts())).toEqual([emailOf(1), emailOf(2)])
  await expect(leadsync('replay', '--journal', 'yesterday')).resolves.toMatchObject({ code: 2 })
})

it('on a machine that has not the journal loses no lead: intake, where it is, queues it once more', async () => {
  const { redis, sandbox, home } = await stage((one) => startDaemonHere(one, { role: 'admin' }))
  await change(join(home.configDir, 'leadsync.yaml'), { 'journal.dir': ['$', '{WHERE}'].join('') })
  const on = (machine: string) => ({ ...home, env: { ...home.env, WHERE: join(home.dir, machine) } })
  const intake = await startDaemonHere(on('the one'), { role: 'intake' })
  await createClient(1).post(intake.urls.marketplace, leadBody(1))
  await look(redis.url, (one) => one.flushall())
  await startDaemonHere(on('the other'), { role: 'worker' })
  expect(await callLeadsync(on('the other'), ['rebuild', '--config', home.configDir])).toMatchObject({ code: 0 })
  await until('the lead arrives', async () => (await sandbox.contacts()).length === 1)
})

it('an older copy of Redis, and an empty one that was accepted, know who said no since', async () => {
  const { redis, sandbox, home, leadsync, daemon } = await stage(startDaemonHere)
  expect((await leadsync('dnc', 'add', emailOf(1), '--reason', 'by phone')).code).toBe(0)
  await daemon.stop()
  const isKnown = async () => (await leadsync('dnc', 'why', emailOf(1))).stdout.includes('by phone')
  await look(redis.url, (one) => one.del('{leadsync}:dnc'))
  expect(await isKnown()).toBe(false)
  const older = await startDaemonHere(home)
  await until('it is known again', isKnown)
  await older.stop()
  await look(redis.url, (one) => one.flushall())
  const accepted = await startDaemonHere(home, { acceptEmptyRedis: true })
  await until('it is known again', isKnown)

  // What the marketplace said today is in no export yet.
  const dnc = { leadSource: 'AppSource-DNC|contoso.contoso-analytics' }
  await createClient(1).post(accepted.urls.marketplace, leadBody(2, dnc))
  const isSuppressed = async () => (await leadsync('dnc', 'why', emailOf(2))).stdout.includes('by the marketplace')
  await until('that is known', isSuppressed)
  await accepted.stop()
  await look(redis.url, (one) => one.flushall())
  // The one who accepts need not be the one who delivers.
  const intake = await startDaemonHere(home, { acceptEmptyRedis: true, role: 'intake' })
  await until('that is known again', isSuppressed)
  await startDaemonHere(home, { role: 'worker' })
  await createClient(1).post(intake.urls.marketplace, leadBody(2))
  await untilSettled(redis.url, 2)
  expect(await openTasks(sandbox.url)).toEqual([])
})
