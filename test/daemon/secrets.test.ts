import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { basic } from '../admin/running-admin.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { startDaemon, type Urls } from '../kit/daemon.ts'
import { ApiToken, createHome, type Home, MarketplaceToken } from '../kit/home.ts'
import { untilSettled } from '../kit/ledger-view.ts'
import { SandboxToken, startSandbox } from '../kit/sandbox.ts'

const Admin = 'marker-of-the-admin'
const Operator = 'marker-of-the-operator'
const Webhook = 'marker-of-the-webhook'
const Person = {
  firstName: 'Markerfirst',
  lastName: 'Markerlast',
  email: 'marker-mail@people.example',
  company: 'Markercompany',
  phone: '+16175550187',
  title: 'Markertitle',
}
const Personal = [...Object.values(Person), '6175550187', 'Markernotes', 'Markerheader']
const Echo = JSON.stringify({ ...Person, authorization: `Bearer ${SandboxToken}` })

/** A CRM that refuses and says in every way what it was sent: in words, in a header, and in what is no JSON. */
const Echoing = [
  { status: 500, body: `<html>${Echo}</html>` },
  {
    status: 400,
    body: {
      status: 'error',
      category: 'VALIDATION_ERROR',
      message: `Invalid: ${Echo}`,
      errors: [{ message: Echo, in: Person.email }],
    },
  },
].map((answer) => ({ match: { path: '/crm/*' }, times: 3, headers: { 'x-echo': 'Markerheader' }, ...answer }))

function leadOf(n: number, more: object = {}): string {
  const source = { leadSource: 'AppSource-PLT|contoso.contoso-analytics', offerTitle: 'Analytics' }
  return JSON.stringify({ userDetails: Person, ...source, description: `Markernotes ${n}`, ...more })
}

/** What anybody may see who is let in, and what nobody is let into. */
async function pagesOf({ admin, intake, marketplace }: Urls): Promise<readonly string[]> {
  const logins = [
    {},
    { authorization: basic('admin', Admin) },
    { authorization: basic('operator', Operator) },
    { authorization: basic(Person.email, Admin) },
  ]
  const lists = ['/admin/queues', '/admin/operate'].flatMap((board) =>
    ['leads', 'deliver-hubspot', 'quarantine', 'alerts'].map(
      (queue) => `${board}/api/queues?activeQueue=${queue}&status=latest&page=1&jobsPerPage=50`,
    ),
  )
  const paths = ['/readyz', '/metrics', '/healthz', '/admin/queues', ...lists].flatMap((path) =>
    logins.map((headers) => ({ url: admin + path, init: { headers } })),
  )
  const bearer = { authorization: `Bearer ${ApiToken}` }
  const posts = [
    { url: marketplace.replace(MarketplaceToken, Person.email), init: { method: 'POST', body: Echo } },
    { url: `${intake}/intake/leads`, init: { method: 'POST', body: Echo, headers: bearer } },
    { url: `${intake}/intake/leads`, init: { method: 'POST', body: `{"leads":[{"v":2,"person":${Echo}}]}`, headers: bearer } },
    { url: `${intake}/intake/leads`, init: { method: 'POST', body: `${Echo}{`, headers: { authorization: Person.email } } },
  ]
  return Promise.all(
    [...paths, ...posts].map(async ({ url, init }) => {
      const answer = await fetch(url, init)
      return `${url.replaceAll(Person.email, '')} ${JSON.stringify([...answer.headers])} ${await answer.text()}`
    }),
  )
}

async function saidBy(home: Home, ids: readonly string[]): Promise<readonly string[]> {
  const commands = [
    ['check'],
    ['check', '--live'],
    ['status', '--json'],
    ['dead-letters', 'list', '--json'],
    ['quarantine', 'list'],
    ['crm', 'list'],
  ]
  for (const id of ids) commands.push(['lead', id], ['quarantine', 'show', id], ['dead-letters', 'show', id])
  const said: string[] = []
  for (const command of commands) {
    const { stdout, stderr } = await callLeadsync(home, [...command, '--config', home.configDir])
    said.push(`${command.join(' ')}: ${stdout}\n${stderr}`)
  }
  return said
}

it('no secret and nobody’s data is in a log, an answer, a metric, a job’s view, a command’s output or a process’s arguments', async () => {
  const sandbox = await startSandbox()
  const home = await createHome({
    hubspotUrl: sandbox.url,
    leadsync: {
      'admin.password': Admin,
      'admin.operator.password': Operator,
      'log.level': 'trace',
      'alerts.webhook.url': 'https://127.0.0.1:9/hook',
      'alerts.webhook.hosts': ['127.0.0.1:9'],
      'alerts.webhook.secret': Webhook,
      'alerts.webhook.gatherSeconds': 1,
    },
  })
  const daemon = await startDaemon(home)
  const { secret } = JSON.parse(await readFile(join(home.dataDir, 'installation.json'), 'utf8')) as { secret: string }
  const secrets = [MarketplaceToken, ApiToken, Admin, Operator, Webhook, SandboxToken, secret]

  await sandbox.arm(Echoing)
  const client = createClient(2)
  const bodies = [
    leadOf(1),
    leadOf(2),
    leadOf(3, { leadSource: 'AppSource-DNC|contoso.contoso-analytics' }),
    Echo.slice(1),
    leadOf(4, { actionCode: 'INS' }),
  ]
  const ids: string[] = []
  for (const body of bodies) {
    const { status, text } = await client.post(daemon.urls.marketplace, body)
    expect(status).toBe(202)
    ids.push((JSON.parse(text) as { leadId: string }).leadId)
  }
  const counted = await untilSettled(daemon.urls.redis, bodies.length)
  expect([counted.quarantined, counted.hubspot.parked > 0]).toEqual([1, true])

  const answers = await pagesOf(daemon.urls)
  const outputs = await saidBy(home, ids)
  const pids = [daemon.pid, ...(await home.redisPids())]
  const processes = await Promise.all(
    pids.flatMap((pid) => ['cmdline', 'comm'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8'))),
  )
  const environments = await Promise.all((await home.redisPids()).map((pid) => readFile(`/proc/${pid}/environ`, 'utf8')))
  const { stdout, stderr } = await daemon.kill('SIGTERM')

  const told = [...answers, ...outputs, ...processes, ...environments, ...stdout.split('\n'), stderr]
  expect(told.filter((text) => text.includes('hubspot')).length).toBeGreaterThan(10)
  expect(stdout).toContain('"level":"debug"')
  expect(told.filter((text) => secrets.some((one) => text.includes(one)))).toEqual([])
  expect(told.filter((text) => Personal.some((one) => text.toLowerCase().includes(one.toLowerCase())))).toEqual([])
})

it('no problem with the configuration repeats what a variable holds, wherever a secret was put by mistake', async () => {
  const dir = fileURLToPath(new URL('../../config', import.meta.url))
  const files = ['leadsync.yaml', 'crm/hubspot.yaml', 'crm/salesforce.yaml', 'crm/dynamics.yaml']
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')))
  const names = [...new Set(texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? '')))]
  expect(names.length).toBeGreaterThan(20)
  const enabled = { HUBSPOT_ENABLED: 'true', SALESFORCE_ENABLED: 'true', DYNAMICS_ENABLED: 'true' }
  const marker = 'Zq9-marker'
  const values = [
    marker,
    `https://${marker}:${marker}@x.example`,
    `http://${marker}.example/${marker}?${marker}`,
    `\n${marker}: {`,
  ]
  // All at once, and in groups: what is wrong with one may keep another from being judged.
  const groups = Array.from({ length: 8 }, (_, group) => names.filter((_name, index) => index % 8 === group))
  const tries = [
    ...values.map((value) => ({ value, wrong: names })),
    ...groups.map((wrong, n) => ({ value: values[n % 4], wrong })),
  ]
  for (const { value, wrong } of tries) {
    const env = { ...enabled, ...Object.fromEntries(wrong.map((name) => [name, value])) }
    const loaded = loadConfig(dir, { env, connectors })
    const problems = loaded.ok ? loaded.config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems)) : loaded.problems
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.map(formatProblem).filter((text) => text.includes(marker))).toEqual([])
  }
})
