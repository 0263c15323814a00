import { afterAll, beforeAll, expect, it } from 'vitest'
import { HubSpotQuota } from '../../connectors/hubspot/quota.ts'
import type { Lead, QuotaRules } from '../../src/core/index.ts'
import { type CountedHubspot, openCountedHubspot } from '../kit/counted-hubspot.ts'
import { makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { Crm } from '../kit/store-parts.ts'
import { shippedRules } from '../kit/three-crms.ts'
import { until } from '../kit/until.ts'

const Most = 6
/** The stand-in takes any number: what keeps the requests apart is ours alone. */
const Rules: QuotaRules = {
  ...HubSpotQuota,
  windows: { ...HubSpotQuota.windows, burst: { requests: Most, seconds: 1 } },
  read: () => ({ windows: {}, day: null }),
}
/** Between the moment when a request is let go and the one in which it is seen. */
const SlackMs = 300

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

/** What a CRM sent before its first success is counted under its own name: here it has had that. */
async function bind(parts: QueueParts, url: string): Promise<void> {
  const hubspot = await openCountedHubspot(server.url, url, { rules: Rules })
  const { org } = await hubspot.connector.catalog(new AbortController().signal)
  await parts.store.orgs.bind({ crm: Crm, org: org ?? expect.unreachable(), sharedOrg: false })
  await hubspot.stop()
}

/** A worker that delivers one lead at a time, as a process of its own has it. */
async function startProcess(url: string): Promise<{ readonly parts: QueueParts; readonly hubspot: CountedHubspot }> {
  const parts = openQueues(server.url)
  const hubspot = await openCountedHubspot(server.url, url, { rules: Rules })
  parts.startDelivering(hubspot.connector, { concurrency: 1, rules: shippedRules('hubspot', hubspot.connector) })
  return { parts, hubspot }
}

function person(index: number): Lead {
  return makeLead({ id: `lead-${index}`, person: { email: `p${index}@contoso.com`, lastName: `P${index}` } })
}

it('two processes that drain a queue never send more in any second than the org takes, and lose nothing by waiting', async () => {
  const sandbox = await startSandbox()
  const first = openQueues(server.url)
  await bind(first, sandbox.url)
  const before = (await sandbox.requests()).length
  const leads = Array.from({ length: 5 }, (_, index) => person(index))
  await first.add(...leads)
  const processes = [await startProcess(sandbox.url), await startProcess(sandbox.url)]
  await until('all are delivered', async () => (await first.store.counters()).crms[Crm]?.delivered === leads.length)

  const seen = (await sandbox.requests()).slice(before).map(({ at }) => Date.parse(at))
  expect(seen.length).toBeGreaterThan(2 * Most)
  for (const [index, at] of seen.slice(0, -Most).entries())
    expect((seen[index + Most] ?? 0) - at).toBeGreaterThan(1_250 - SlackMs)
  expect(await sandbox.contacts()).toHaveLength(leads.length)
  for (const lead of leads) expect((await first.jobOf(lead)).attemptsMade).toBeLessThanOrEqual(1)

  for (const { parts, hubspot } of processes) {
    await parts.close()
    await hubspot.stop()
  }
  await first.close()
})
