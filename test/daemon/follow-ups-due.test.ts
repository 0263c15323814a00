import { expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type Daemon, runLeadsync, startDaemon } from '../kit/daemon.ts'
import { ApiToken, type Changes, createHome, type Home } from '../kit/home.ts'
import { emailOf } from '../kit/leads.ts'
import { look, withQueue } from '../kit/ledger-view.ts'
import { startSalesforce } from '../kit/salesforce.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const step = (name: string, afterHours: number) => ({
  name,
  afterHours,
  type: 'call',
  subject: `${name} {{ person.email }}`,
  body: 'Call them.',
})

const Leadsync: Changes = {
  'followUps.minGapHours': 0,
  'followUps.rules': [{ name: 'twice', steps: [step('first', 0), step('second', 1)] }],
  'workers.lockSeconds': 3,
  'workers.stalledSeconds': 1,
}

interface Request {
  readonly method: string
  readonly path: string
  readonly status: number | null
}

/** A CRM that makes two tasks of whatever is sent twice: neither has an id that we choose. */
interface Crm {
  readonly name: string
  readonly url: string
  /** It is given the leads with this action. */
  readonly action: string
  readonly people: readonly number[]
  /** The request that makes tasks, and the field that holds a task's subject. */
  readonly making: { readonly method: string; readonly path: string }
  readonly subject: string
  arm(faults: readonly object[]): Promise<void>
}

it('makes 1,000 follow-ups that fall due together in batches, each once, although the daemon is killed while they are made', async () => {
  const { hubspot, salesforce, home } = await openTwoCrms()
  const crms = [hubspot, salesforce]
  const first = await startDaemon(home)
  for (const crm of crms) await send(first, crm)
  await untilMade(first, crms, (all) => all)
  await first.kill('SIGKILL')
  await makeDue(first)
  const before = new Map(await Promise.all(crms.map(async (crm) => [crm, (await requestsTo(crm)).length] as const)))
  const sinceDue = async (crm: Crm) => (await requestsTo(crm)).slice(before.get(crm))
  /** The first batch has one task, for nothing else is under way; the second one has all that came meanwhile. */
  const areTwoSent = async (crm: Crm, since = 0) =>
    (await sinceDue(crm)).slice(since).filter((request) => isMaking(request, crm)).length >= 2

  // Made, but nobody is told so.
  for (const { making, arm } of crms) await arm([{ match: making, commit: true, times: 4 }])
  await killWhen(home, 'both CRMs make tasks', async () => (await areTwoSent(hubspot)) && (await areTwoSent(salesforce)))
  for (const { arm } of crms) await arm([])

  // Made only after whoever asked for it has died.
  const soFar = (await sinceDue(hubspot)).length
  await hubspot.arm([{ match: hubspot.making, delayMs: 700, times: 2 }])
  await killWhen(home, 'HubSpot is asked for more', () => areTwoSent(hubspot, soFar))

  await killWhen(home, 'three quarters are made', (daemon) => areMade(daemon, crms, (all) => all * 1.75))

  const last = await startDaemon(home)
  await untilMade(last, crms, (all) => 2 * all)
  const status = await statusOf(home)
  for (const crm of crms) {
    const all = 2 * crm.people.length
    const followUps = { planned: all, made: all, tasks: all, waiting: 0, due: 0, making: 0, cancelled: 0, failed: 0 }
    expect(status.crms[crm.name]).toMatchObject({ delivered: crm.people.length, parked: 0, followUps })
    expect(await subjectsOf(crm)).toEqual(crm.people.flatMap((n) => [`first ${emailOf(n)}`, `second ${emailOf(n)}`]).sort())
    const sent = await sinceDue(crm)
    const making = sent.filter((request) => isMaking(request, crm)).length
    expect(making, `${making} of ${sent.length} requests make tasks`).toBeLessThan(crm.people.length / 10)
    // Were one kind of them, of whatever kind, sent for each task, there would be more. How many fewer there are is a matter of how full the batches
    // get and of what the killed ones had in hand, which is the machine's.
    expect(sent.length, 'all its requests').toBeLessThan(crm.people.length)
  }
}, 120_000)

async function openTwoCrms(): Promise<{ readonly hubspot: Crm; readonly salesforce: Crm; readonly home: Home }> {
  const portal = await startSandbox()
  const org = await startSalesforce()
  const only = (action: string) => ({ accept: { actions: [action] } })
  const home = await createHome({
    hubspotUrl: portal.url,
    leadsync: Leadsync,
    hubspot: only('INS'),
    // Without the org's unique field for it, nothing there keeps a second task from being made.
    crms: { salesforce: { ...only('PLT'), taskIdField: 'none' } },
    env: org.env,
  })
  const hubspot = {
    ...portal,
    name: 'hubspot',
    action: 'INS',
    people: numbers(1, 1_000),
    making: { method: 'POST', path: '/crm/objects/2026-09/tasks/batch/create' },
    subject: 'hs_task_subject',
  }
  const salesforce = {
    ...org,
    name: 'salesforce',
    action: 'PLT',
    people: numbers(1_001, 1_150),
    making: { method: 'POST', path: '/services/data/v68.0/composite/sobjects' },
    subject: 'Subject',
  }
  return { hubspot, salesforce, home }
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

async function send({ urls }: Daemon, { people, action }: Crm): Promise<void> {
  const client = createClient(1)
  const headers = { authorization: `Bearer ${ApiToken}`, 'content-type': 'application/json' }
  const leads = people.map((n) => ({ v: 1, action, source: 'Fair', person: { email: emailOf(n), lastName: `Last${n}` } }))
  const { status, text } = await client.post(`${urls.intake}/intake/leads`, JSON.stringify({ leads }), headers)
  expect(status, text.slice(0, 500)).toBe(202)
}

/** How many tasks each CRM is known to have; `enough` is told how many leads it was given. */
async function areMade({ urls }: Daemon, crms: readonly Crm[], enough: (all: number) => number): Promise<boolean> {
  const names = crms.map(({ name }) => `crm:${name}:followUps:tasks`)
  const made = await look(urls.redis, (redis) => redis.hmget('{leadsync}:counters', ...names))
  return crms.every(({ people }, index) => Number(made[index]) >= enough(people.length))
}

async function untilMade(daemon: Daemon, crms: readonly Crm[], enough: (all: number) => number): Promise<void> {
  await until('so many tasks are made', () => areMade(daemon, crms, enough))
}

/** Brings their hour forward, as the board can: all that waits for it is due as soon as a daemon is there. */
async function makeDue({ urls }: Daemon): Promise<void> {
  await withQueue(urls.redis, 'follow-ups', async (queue) => {
    const steps = (await queue.getDelayed()).filter(({ name }) => name === 'fire')
    await Promise.all(steps.map((job) => job.promote()))
  })
}

async function killWhen(home: Home, what: string, yes: (daemon: Daemon) => Promise<boolean>): Promise<void> {
  const daemon = await startDaemon(home)
  await until(what, () => yes(daemon))
  await daemon.kill('SIGKILL')
}

function isMaking({ method, path }: Request, { making }: Crm): boolean {
  return method === making.method && path === making.path
}

async function requestsTo({ url }: Crm): Promise<readonly Request[]> {
  return (await read<{ requests: Request[] }>(`${url}/_sandbox/requests`)).requests
}

async function subjectsOf({ url, subject }: Crm): Promise<readonly string[]> {
  const { records } = await read<{ records: { object: string; fields: Record<string, string> }[] }>(`${url}/_sandbox/records`)
  return records.flatMap(({ object, fields }) => (object === 'task' ? String(fields[subject]) : [])).sort()
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url)
  return (await response.json()) as T
}

async function statusOf(home: Home): Promise<{ readonly crms: Readonly<Record<string, unknown>> }> {
  const { code, stdout } = await runLeadsync(home, ['status', '--config', home.configDir, '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout)
}
