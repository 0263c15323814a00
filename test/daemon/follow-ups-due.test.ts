import { expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type Daemon, runLeadsync, startDaemon } from '../kit/daemon.ts'
import { ApiToken, type Changes, createHome, type Home } from '../kit/home.ts'
import { emailOf } from '../kit/leads.ts'
import { look, withQueue } from '../kit/ledger-view.ts'
import { startSalesforce } from '../kit/salesforce.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const Leads = 1_000
const People = Array.from({ length: Leads }, (_, index) => index + 1)
const SecondAfterSeconds = 12

const step = (name: string, seconds: number) => ({
  name,
  afterHours: seconds / 3_600,
  type: 'call',
  subject: `${name} {{ person.email }}`,
  body: 'Call them.',
})

const FollowUps: Changes = {
  'followUps.minGapHours': 0,
  'followUps.rules': [{ name: 'twice', steps: [step('first', 0), step('second', SecondAfterSeconds)] }],
  'workers.lockSeconds': 3,
  'workers.stalledSeconds': 1,
}

interface Crm {
  readonly name: string
  readonly url: string
  readonly home: Home
  /** Requests that make tasks. */
  readonly making: string
  readonly subject: string
  arm(faults: readonly object[]): Promise<void>
}

async function hubspot(): Promise<Crm> {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url, leadsync: FollowUps })
  return { name: 'hubspot', url: sandbox.url, home, making: '/crm/objects/2026-09-beta/tasks/batch/create', subject: 'hs_task_subject', arm: sandbox.arm }
}

async function salesforce(): Promise<Crm> {
  const org = await startSalesforce()
  const home = await createHome({
    hubspotUrl: 'http://127.0.0.1:9',
    leadsync: FollowUps,
    hubspot: { enabled: false },
    crms: { salesforce: { taskIdField: 'none' } },
    env: org.env,
  })
  return { name: 'salesforce', url: org.url, home, making: '/services/data/v68.0/composite/sobjects', subject: 'Subject', arm: org.arm }
}

async function read<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T
}

async function tasksIn({ url, subject }: Crm, name: string): Promise<readonly string[]> {
  const { records } = await read<{ records: { object: string; fields: Record<string, string> }[] }>(`${url}/_sandbox/records`)
  return records
    .filter(({ object }) => object === 'task')
    .map(({ fields }) => String(fields[subject]))
    .filter((text) => text.startsWith(name))
    .sort()
}

async function requestsTo({ url }: Crm): Promise<readonly { method: string; path: string; status: number | null }[]> {
  return (await read<{ requests: { method: string; path: string; status: number | null }[] }>(`${url}/_sandbox/requests`)).requests
}

async function send({ urls }: Daemon): Promise<void> {
  const client = createClient(2)
  for (let from = 0; from < Leads; from += 250) {
    const leads = People.slice(from, from + 250).map((n) => ({ v: 1, action: 'INS', source: 'Fair', person: { email: emailOf(n), lastName: `Last${n}` } }))
    const { status, text } = await client.post(`${urls.intake}/intake/leads`, JSON.stringify({ leads }), {
      authorization: `Bearer ${ApiToken}`,
      'content-type': 'application/json',
    })
    expect(status, text.slice(0, 300)).toBe(202)
  }
}

it.each([
  ['hubspot', hubspot],
  ['salesforce', salesforce],
])('%s', async (_, start) => {
  const t0 = performance.now()
  const mark = (what: string) => console.log(`${((performance.now() - t0) / 1_000).toFixed(1)} s ${what}`)
  const crm = await start()
  let daemon = await startDaemon(crm.home)
  mark('up')
  await send(daemon)
  mark('sent')
  await until('first', async () => (await tasksIn(crm, 'first')).length >= Leads)
  mark('first made')
  const made = await requestsTo(crm)
  await daemon.kill('SIGKILL')
  mark(`killed; second already ${(await tasksIn(crm, 'second')).length}`)
  console.log(tally(made))
  await until('all due', async () => {
    const last = await withQueue(daemon.urls.redis, 'follow-ups', async (_queue, redis) => redis.zrange('leadsync:{follow-ups}:follow-ups:delayed', 0, -1, 'WITHSCORES'))
    const at = last.filter((x, i) => i % 2 === 1 && last[i - 1]?.startsWith('fire')).map((x) => Number(x) / 4096)
    return at.every((one) => one < Date.now())
  })
  mark('due')
  const before = (await requestsTo(crm)).length
  daemon = await startDaemon(crm.home)
  mark('up')
  await until('second', async () => (await tasksIn(crm, 'second')).length >= Leads)
  mark('second made')
  console.log(tally((await requestsTo(crm)).slice(before)))
  const status = await runLeadsync(crm.home, ['status', '--config', crm.home.configDir, '--json'])
  console.log(JSON.stringify((JSON.parse(status.stdout.split('\n').at(-1) ?? '') as any).crms[crm.name].followUps), status.code)
  const second = await tasksIn(crm, 'second')
  expect(second).toEqual(People.map((n) => `second ${emailOf(n)}`).sort())
}, 120_000)

function tally(requests: readonly { method: string; path: string; status: number | null }[]) {
  const counts: Record<string, number> = {}
  for (const { method, path, status } of requests) {
    const key = `${method} ${path} ${status}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
