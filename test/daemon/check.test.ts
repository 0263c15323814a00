import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { launchDaemon, runLeadsync, startDaemon } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { change, createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const nowhere = 'http://127.0.0.1:9'

it('finds nothing wrong with the shipped configuration', async () => {
  const home = await createHome({ hubspotUrl: nowhere })
  const exit = await runLeadsync(home, ['check', '--config', home.configDir])
  expect(exit).toMatchObject({ code: 0, stderr: '' })
  expect(await callLeadsync(home, ['check', '--config', home.configDir])).toEqual(exit)
})

it('tells with --live who is to follow up and can have no task in the CRM that has them', async () => {
  const sandbox = await startSandbox()
  const assign = { rotation: ['sam@sandbox.example', 'gone@sandbox.example'] }
  const steps = [{ subject: 'Call', body: 'Now.' }]
  const leadsync = { followUps: { assign, rules: [{ name: 'all', steps }] } }
  const home = await createHome({ hubspotUrl: sandbox.url, leadsync })
  const { stdout } = await callLeadsync(home, ['check', '--live', '--json', '--config', home.configDir])
  const { live } = JSON.parse(stdout) as { live: readonly { severity: string; message: string }[] }
  const about = live.filter(({ message }) => message.includes('@'))
  expect(about).toEqual([
    { severity: 'warning', about: 'crm hubspot', message: expect.stringMatching(/^gone@sandbox\.example, whom followUps/) },
  ])
})

it.each([
  { wrong: 'a mistyped key', changes: { 'intake.prot': 8080 }, named: 'intake.prot' },
  { wrong: 'a number that is too large', changes: { 'workers.leads': 1_000_000 }, named: 'workers.leads' },
  {
    wrong: 'an address that is open without a password',
    changes: { 'admin.host': '0.0.0.0', 'admin.password': '' },
    named: 'admin.password',
  },
])('ends with exit code 2 and says where when leadsync.yaml has $wrong', async ({ changes, named }) => {
  const home = await createHome({ hubspotUrl: nowhere, leadsync: changes })
  const file = join(home.configDir, 'leadsync.yaml')
  const lines = (await readFile(file, 'utf8')).split('\n')
  const key = named.split('.').at(-1)
  for (const command of ['start', 'check']) {
    const exit = await callLeadsync(home, [command, '--config', home.configDir])
    expect(exit).toMatchObject({ code: 2, signal: null })
    const line = Number(/leadsync\.yaml:(\d+)/.exec(exit.stderr)?.[1])
    expect(exit.stderr).toContain(named)
    expect(lines[line - 1]).toContain(`${key}:`)
  }
  expect(await home.redisPids()).toEqual([])
})

it('keeps the leads of a CRM whose file is invalid and delivers those that it wants once the file is repaired', async () => {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url, hubspot: { onMany: 'perhaps' } })
  const file = join(home.configDir, 'crm', 'hubspot.yaml')

  const strict = await callLeadsync(home, ['start', '--strict', '--config', home.configDir])
  expect(strict.code).toBe(2)
  expect(strict.stderr).toContain('onMany')

  const first = await startDaemon(home)
  expect(first.log.filter(({ level }) => level === 'error').map(({ msg }) => msg)).toEqual([
    expect.stringContaining('hubspot.yaml'),
  ])
  const client = createClient(4)
  for (let person = 0; person < 20; person += 1) {
    const country = person % 2 === 0 ? 'US' : 'DE'
    const answer = await client.post(
      first.urls.marketplace,
      leadBody(person, { userDetails: { email: emailOf(person), country } }),
    )
    expect(answer.status).toBe(202)
  }
  await until('all are routed', async () => (await counted(first.urls.redis)).hubspot.accepted === 20)
  expect((await counted(first.urls.redis)).hubspot).toMatchObject({ waiting: 20, delivered: 0, notWanted: 0 })
  const ready = await fetch(`${first.urls.admin}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ ready: true, crms: { hubspot: { state: 'invalid' } } })
  const status = await callLeadsync(home, ['status', '--json', '--config', home.configDir])
  expect(status.code).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({ received: 20, crms: { hubspot: { state: 'invalid', waiting: 20 } } })
  expect(await first.kill('SIGTERM')).toMatchObject({ code: 0 })
  expect(await sandbox.requests()).toEqual([])

  await change(file, { onMany: 'park', accept: { countries: ['US'] } })
  const second = await startDaemonHere(home)
  const settled = await untilSettled(second.urls.redis, 20)
  const wanted = Array.from({ length: 10 }, (_, index) => emailOf(index * 2)).sort()
  expect(emailsOf(await sandbox.contacts())).toEqual(wanted)
  expectBalanced(settled)
  expect(settled.hubspot).toMatchObject({ accepted: 20, delivered: 10, notWanted: 10, waiting: 0 })
})

it('ends with exit code 1 when there is nobody to ask for the status', async () => {
  const home = await createHome({ hubspotUrl: nowhere })
  const { code, stderr } = await callLeadsync(home, ['status', '--config', home.configDir])
  expect(code).toBe(1)
  expect(stderr).toContain('leadsync start')
})

it('says in one sentence what is wrong with the YAML itself', async () => {
  const home = await createHome({ hubspotUrl: nowhere })
  await writeFile(join(home.configDir, 'leadsync.yaml'), 'intake:\n  port: [80\n')
  const { code, stderr } = await launchDaemon(home).exited
  expect(code).toBe(2)
  expect(stderr).toMatch(/leadsync\.yaml:\d/)
  expect(stderr).not.toMatch(/\n\s+at /)
})
