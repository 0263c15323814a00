import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { root } from '../kit/image.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { expectBalanced, look, untilSettled } from '../kit/ledger-view.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

/** The commands of the page under a heading, as blocks for a shell; the home's data folder is called otherwise. */
async function shellOf(heading: string): Promise<readonly string[]> {
  return (await blocksOf(heading, 'sh')).map((block) => block.replaceAll('.leadsync', 'data'))
}

/** Those that are our own, without `npx leadsync`. */
async function commandsOf(heading: string): Promise<readonly (readonly string[])[]> {
  const lines = (await blocksOf(heading, 'console')).flatMap((block) => block.trim().split('\n'))
  return lines.map((line) => line.replace(/^npx leadsync /, '').split(' '))
}

async function blocksOf(heading: string, kind: string): Promise<readonly string[]> {
  const page = await readFile(join(root, 'docs/backup-and-restore.md'), 'utf8')
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, language]) => language === kind)
  expect(blocks.length).toBeGreaterThan(0)
  return blocks.map(([, , block = '']) => block)
}

it('what the page says backs up and restores an installation: nobody is lost or made twice, and every number adds up', async () => {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url })
  const copies = await createHome({ hubspotUrl: sandbox.url })
  const client = createClient(4)
  const everybody = (count: number) => Array.from({ length: count }, (_, n) => emailOf(n))

  const shell = async (heading: string) => {
    for (const block of await shellOf(heading)) {
      await promisify(execFile)('sh', ['-euc', block], { cwd: home.dir, env: { ...home.env, BACKUP: copies.dir } })
    }
  }
  const leadsync = async (...args: readonly string[]) => {
    const exit = await callLeadsync(home, [...args, '--config', home.configDir])
    expect(exit, exit.stdout + exit.stderr).toMatchObject({ code: 0 })
  }
  const send = async (url: string, person: number) => {
    expect(await client.post(url, leadBody(person))).toMatchObject({ status: 202 })
  }

  const first = await startDaemonHere(home)
  for (const person of [0, 1, 2]) await send(first.marketplace, person)
  await untilSettled(first.redisUrl, 3)
  await shell('While the daemon runs')
  await first.stop()
  await rm(home.dataDir, { recursive: true })

  await shell('The whole machine')
  const [start, ...afterwards] = await commandsOf('The whole machine')
  expect(start).toEqual(['start'])
  const second = await startDaemonHere(home)
  await send(second.marketplace, 3)
  await send(second.marketplace, 0)
  const settled = await untilSettled(second.redisUrl, 5)
  expectBalanced(settled)
  expect(settled).toMatchObject({ received: 5, accepted: 4, duplicates: 1, hubspot: { created: 4 } })
  for (const command of afterwards) await leadsync(...command)
  await second.stop()
  await shell('While it is stopped')

  // Redis loses everything, and so does the journal what came since the copy: there is nothing.
  await rm(join(home.dataDir, 'appendonlydir'), { recursive: true })
  await rm(join(home.dataDir, 'journal'), { recursive: true })
  await shell('The journal only')
  const third = await startDaemonHere(home)
  const becomes = (status: number) =>
    until(`/readyz says ${status}`, async () => (await fetch(`${third.adminUrl}/readyz`)).status === status)
  await becomes(503)
  for (const command of await commandsOf('Redis only')) {
    await leadsync(...command)
    await becomes(200)
    await untilSettled(third.redisUrl, 5)
  }
  await send(third.marketplace, 3)
  const rebuilt = await untilSettled(third.redisUrl, 6)
  expectBalanced(rebuilt)
  expect(rebuilt).toMatchObject({ accepted: 4, duplicates: 2, hubspot: { created: 0 } })
  expect(emailsOf(await sandbox.contacts())).toEqual(everybody(4))

  // And it is noticed where not all came back.
  await look(third.redisUrl, async (redis) => redis.hincrby('{leadsync}:counters', 'received', 1))
  const audit = await callLeadsync(home, ['status', '--audit', '--json', '--config', home.configDir])
  expect(audit.code).toBe(1)
  expect(JSON.parse(audit.stdout)).toMatchObject({ ok: false, stranded: [], strays: [] })
})
