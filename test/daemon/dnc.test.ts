import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome, type Home } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { look, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { type Sandbox, startSandbox } from '../kit/sandbox.ts'
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

function words(at: Home, ...args: readonly string[]): readonly string[] {
  return ['dnc', '--config', at.configDir, ...args]
}

async function dnc(at: Home, ...args: readonly string[]) {
  return await callLeadsync(at, words(at, ...args))
}

async function json(at: Home, ...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await dnc(at, ...args, '--json')).stdout)
}

it('a no that an admin typed before the first lead shows in the CRM with its reason, until an admin takes it back', async () => {
  const at = await createHome({ hubspotUrl: sandbox.url, redisUrl: server.url })
  expect(await dnc(at, 'list')).toMatchObject({ code: 1, stderr: expect.stringContaining('leadsync start') })
  const daemon = await startDaemonHere(at)
  const client = createClient(1)
  expect(await json(at, 'add', emailOf(1), '--reason', 'asked by letter')).toEqual({ added: 1, already: 0, records: 0 })
  expect(await json(at, 'add', emailOf(1))).toEqual({ added: 0, already: 1, records: 0 })
  await client.post(daemon.urls.marketplace, leadBody(1))
  await untilSettled(server.url, 1)
  const reason = 'An admin: do not contact about any offer (asked by letter)'
  expect(JSON.stringify(await sandbox.contacts())).toContain(reason)

  const why = await dnc(at, 'why', emailOf(1))
  expect(why.stdout).toMatch(
    /^Known as contact \S+\.\n {2}do not contact: everything since \S+, said by an admin \(asked by letter\)/,
  )
  expect(why.stdout).toContain('phone: stopped, about any offer')
  expect((await dnc(at, 'list')).stdout).not.toContain(emailOf(1))

  expect(await dnc(at, 'remove', emailOf(1), '--channel', 'phone')).toMatchObject({ code: 1 })
  // A process: what has the markers of the CRM record follow must be in Redis before it ends.
  expect(await runLeadsync(at, words(at, 'remove', emailOf(1), '--reason', 'called us'))).toMatchObject({
    code: 0,
    stdout: /^1 lifted.*\nThe markers of 1 CRM record follow/,
  })
  const lifted = `Lifted: an admin took it back. Before: ${reason}`
  await until('the CRM shows it', async () => JSON.stringify(await sandbox.contacts()).includes(lifted))
  expect((await callLeadsync(at, ['lead', '--config', at.configDir, emailOf(1)])).stdout).toMatch(
    /T\S+Z {2}lifted by an admin: everything \(called us\)$/m,
  )
  expect(await json(at, 'why', emailOf(1))).toMatchObject({
    entries: [{ source: 'admin', stands: false, reason: 'asked by letter', liftReason: 'called us' }],
    stops: { email: [], phone: [] },
  })

  await client.post(daemon.urls.marketplace, leadBody(1, { actionCode: 'DNC' }))
  await untilSettled(server.url, 2)
  expect((await dnc(at, 'list', '--all')).stdout).toMatch(/^contact \S+ {2}do not contact: .*said by the marketplace$/m)
  expect(await dnc(at, 'remove', emailOf(1), '--channel', 'email')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('only a lift without --channel'),
  })
  expect(await json(at, 'remove', emailOf(1))).toEqual({ lifted: 1, ofMarketplace: 1, records: 1 })
})

it('an opt-out list is tried, taken, taken again, exported and restored', async () => {
  const at = await createHome({ hubspotUrl: sandbox.url, redisUrl: server.url })
  const daemon = await startDaemonHere(at)
  const copies = () => readdir(join(at.dataDir, 'suppressions')).catch(() => [])
  await until('the daemon has made its own copy of the day', async () => (await copies()).some((name) => name.endsWith('.jsonl')))
  await daemon.stop()
  expect(await copies()).toEqual([expect.stringMatching(/^suppressions-[\d-]+\.jsonl$/)])
  const file = join(at.dir, 'unsubscribed.csv')
  await writeFile(file, `Email Address;Name\n${emailOf(1)};One\n${emailOf(2)};Two\nnobody;Three\n${emailOf(1)};One\n`)
  const counts = { added: 2, already: 1, invalid: 1, invalidLines: [4], records: 0 }
  expect(await json(at, 'import', file, '--dry-run')).toEqual({ ...counts, dryRun: true })
  expect(await json(at, 'list')).toEqual({ dnc: [] })
  expect(await json(at, 'import', file)).toEqual({ ...counts, dryRun: false })
  expect(await runLeadsync(at, words(at, 'import', file))).toMatchObject({
    code: 1,
    stdout: '0 added, 3 already there, 1 invalid\nno address that can be read in line 4',
    stderr: '',
  })
  expect(await json(at, 'why', emailOf(2))).toMatchObject({
    contacts: [],
    entries: [{ source: 'import', channel: 'email', offer: null, reason: 'imported from unsubscribed.csv', stands: true }],
    stops: { email: 'any', phone: [] },
  })

  const copy = join(at.dir, 'dnc.jsonl')
  expect(await json(at, 'export', copy)).toEqual({ exported: 2, contacts: 0, kept: 0, forgotten: 0 })
  expect((await stat(copy)).mode & 0o777).toBe(0o600)
  const text = await readFile(copy, 'utf8')
  expect(text).not.toContain('person-')
  const before = await json(at, 'list')
  await look(server.url, (redis) => redis.del('{leadsync}:dnc'))
  expect(await json(at, 'import', '--export', copy)).toEqual({ restored: 2, already: 0, records: 0 })
  expect(await json(at, 'import', '--export', copy)).toEqual({ restored: 0, already: 2, records: 0 })
  expect(await json(at, 'list')).toEqual(before)

  await writeFile(copy, text.split('\n').slice(0, 2).join('\n'))
  expect(await dnc(at, 'import', '--export', copy)).toMatchObject({ code: 2, stderr: expect.stringContaining('cut off') })
  await writeFile(copy, text.replace(/"key":"[^"]*"/, '"key":"another"'))
  expect(await dnc(at, 'import', '--export', copy)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('another installation'),
  })
})
