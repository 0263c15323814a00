import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome, foreignEnvironment } from '../kit/home.ts'
import { expectBalanced, jobsOf, untilSettled } from '../kit/ledger-view.ts'
import { portForServer } from '../kit/port.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const program = fileURLToPath(new URL('./foreign-producer.ts', import.meta.url))

interface ForeignJob {
  readonly data: unknown
  readonly options?: Readonly<Record<string, unknown>>
}

/** A process of its own, which knows nothing of Leadsync. */
async function produce(redisUrl: string, jobs: readonly ForeignJob[]): Promise<void> {
  const child = spawn(process.execPath, [program, redisUrl], {
    env: foreignEnvironment(),
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  child.stdin.end(JSON.stringify(jobs))
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

function lead(name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { v: 1, action: 'INS', source: 'Fair', person: { email: `${name}@queue.example`, lastName: name }, ...more }
}

const oddIds = [
  '12345',
  'crm:export:7',
  '0',
  '-1',
  '1e3',
  'with space',
  'Ünïcode 🚀',
  '../../etc',
  '{leadsync}:counters',
  '*',
  'x'.repeat(256),
]

it('delivers what any BullMQ producer adds, whatever its ids and options, and quarantines what is no lead', async () => {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url })
  const { urls } = await startDaemonHere(home)

  const odd = oddIds.map((id, index) => ({ data: lead(`odd-${index}`, { id }) }))
  const foreignIds = [
    { jobId: 'job with space' },
    { jobId: 'Jöb' },
    { priority: 3 },
    { delay: 50 },
    { lifo: true },
    { attempts: 3 },
  ]
  const optioned = foreignIds.map((options, index) => ({ data: lead(`option-${index}`, { id: `o-${index}` }), options }))
  const twice = [lead('twice', { id: 'the-same' }), lead('twice', { id: 'the-same' })].map((data) => ({ data }))
  const nameless = { data: lead('nameless') }
  const notLeads = [
    null,
    'text',
    7,
    [],
    {},
    { v: 7, hello: 'world' },
    { v: 1 },
    { v: 1, person: {} },
    { person: { email: 'a@b.example' } },
  ]
  const hidden = [
    '{"v":1}',
    { v: 1, person: { email: ['a@b.example'] } },
    { v: 1, id: 'y'.repeat(257), person: { lastName: 'Long' } },
  ]
  const rest = [...notLeads, ...hidden].map((data) => ({ data }))

  const jobs = [...odd, ...optioned, ...twice, nameless, ...rest]
  await produce(urls.redis, jobs)
  const counted = await untilSettled(urls.redis, jobs.length)

  const people = [
    ...oddIds.map((_, index) => `odd-${index}`),
    ...foreignIds.map((_, index) => `option-${index}`),
    'twice',
    'nameless',
  ]
  expect(emailsOf(await sandbox.contacts())).toEqual(people.map((name) => `${name}@queue.example`).sort())
  expectBalanced(counted)
  expect(counted).toMatchObject({ received: jobs.length, accepted: people.length, duplicates: 1, quarantined: rest.length })
  const kept = await jobsOf(urls.redis, 'quarantine')
  const verbatim = kept.map(({ data }) => JSON.parse((data.verbatim as { body: string }).body))
  expect(new Set(verbatim.map((value) => JSON.stringify(value)))).toEqual(new Set(rest.map(({ data }) => JSON.stringify(data))))
  expect(kept.map(({ data }) => data.reason)).not.toContain('')
})

it.each([
  {
    trouble: 'has reached its limit',
    fault: { status: 429, headers: { 'retry-after': 1 }, body: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' } },
  },
  { trouble: 'is broken', fault: { status: 502, body: 'Bad gateway' } },
  { trouble: 'cuts connections', fault: { reset: true } },
])(
  'delivers a job with one attempt and removeOnFail although HubSpot $trouble at first',
  async ({ fault }) => {
    const sandbox = await startSandbox()
    await sandbox.arm([{ match: { path: '/crm/*' }, times: 4, ...fault }])
    const home = await createHome({ hubspotUrl: sandbox.url })
    const { urls } = await startDaemonHere(home)
    await produce(urls.redis, [{ data: lead('patient', { id: 'patient-1' }) }])
    const counted = await untilSettled(urls.redis, 1)

    expect(emailsOf(await sandbox.contacts())).toEqual(['patient@queue.example'])
    expect(counted.hubspot).toMatchObject({ accepted: 1, delivered: 1, created: 1, parked: 0 })
  },
  60_000,
)

it('keeps such a job while nothing listens where HubSpot should be, and delivers it when it is there', async () => {
  const port = await portForServer()
  const home = await createHome({ hubspotUrl: `http://127.0.0.1:${port}` })
  const { urls, lines } = await startDaemonHere(home)
  await produce(urls.redis, [{ data: lead('early', { id: 'early-1' }) }])
  await until('the delivery is waiting', async () => (await jobsOf(urls.redis, 'deliver-hubspot')).length === 1)
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])

  const sandbox = await startSandbox({ port })
  const counted = await untilSettled(urls.redis, 1)
  expect(emailsOf(await sandbox.contacts())).toEqual(['early@queue.example'])
  expect(counted.hubspot).toMatchObject({ accepted: 1, delivered: 1, parked: 0 })
})
