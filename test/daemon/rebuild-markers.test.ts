import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createClient } from '../kit/client.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { look, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis } from '../kit/redis.ts'
import { SandboxToken } from '../kit/sandbox.ts'

it('without any export and journal, who said no by the marker in the CRM is still not to be contacted', async () => {
  const redis = await startTestRedis()
  onTestFinished(() => redis.stop())
  const sandbox = await startHubspotSandbox({ token: SandboxToken, searchLagMs: 0 })
  onTestFinished(() => sandbox.stop())
  const home = await createHome({ hubspotUrl: sandbox.url, redisUrl: redis.url })
  const leadsync = (...args: string[]) => callLeadsync(home, [...args, '--config', home.configDir])
  const before = await startDaemonHere(home)
  const client = createClient(1)
  await client.post(before.urls.marketplace, leadBody(1))
  await untilSettled(redis.url, 1)
  await client.post(before.urls.marketplace, leadBody(1, { leadSource: 'AppSource-DNC|contoso.contoso-analytics' }))
  await untilSettled(redis.url, 2)
  await before.stop()
  await look(redis.url, (one) => one.flushall())
  for (const lost of ['journal', 'suppressions']) await rm(join(home.dataDir, lost), { recursive: true, force: true })

  const rebuilt = await leadsync('rebuild', '--json')
  expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ suppressions: { files: 0 }, leads: { accepted: 0 }, markers: 1 })
  expect((await leadsync('dnc', 'why', emailOf(1))).stdout).toContain('phone: stopped, about any offer')
})
