import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Lead, leadKey, NoQualification, type QuotaSettings } from '../../src/core/index.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { StepFiring } from '../../src/delivery/follow-ups/step-firing.ts'
import { NewDeliveries } from '../../src/delivery/new-deliveries.ts'
import { startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'
import { type CountedHubspot, openCountedHubspot } from '../kit/counted-hubspot.ts'
import { openDelivery } from '../kit/crm-parts.ts'
import { openFollowUps } from '../kit/follow-up-parts.ts'
import { makeFollowUps, makeRule, makeStep } from '../kit/follow-up-rules.ts'
import { makeLead, Noon } from '../kit/made-lead.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { SandboxToken } from '../kit/sandbox.ts'
import { arriving, Crm, openStore, type StoreParts } from '../kit/store-parts.ts'
import { shippedRules } from '../kit/three-crms.ts'

const Daily = 100
const HalfForOthers: QuotaSettings = { reservePercent: 50, dailyRequests: null }
const clock = { ms: 0 }
const now = () => clock.ms

let server: TestRedis
let store: StoreParts
let sandbox: Awaited<ReturnType<typeof startHubspotSandbox>>
let hubspot: CountedHubspot
let delivery: CrmDelivery

const rules = makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] })

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  clock.ms = Date.parse(Noon)
  store = openStore(server.url)
  await store.redis.flushall()
  sandbox = await startHubspotSandbox({ token: SandboxToken, limits: { burst: 1_000_000, daily: Daily }, now })
  hubspot = await openCountedHubspot(server.url, sandbox.url, { now })
})
afterEach(async () => {
  delivery.stop()
  await hubspot.stop()
  await sandbox.stop()
  await store.close()
})
afterAll(() => server.stop())

function open(settings: QuotaSettings) {
  const followUps = openFollowUps(store, { rules, now })
  const newDeliveries = new NewDeliveries({ quota: hubspot.quota, settings, now })
  const decide = shippedRules('hubspot', hubspot.connector)
  delivery = openDelivery(store, hubspot.connector, { rules: decide, followUps, newDeliveries, now })
  return {
    followUps,
    firing: new StepFiring({ ...followUps, followUps: followUps.store, rules, qualification: NoQualification, crms: [Crm], now }),
  }
}

function person(name: string, more: Partial<Lead> = {}): Lead {
  return makeLead({ id: name, person: { email: `${name}@contoso.com`, lastName: name }, ...more })
}

async function deliver(lead: Lead): Promise<string> {
  await store.register.admit(arriving(lead, { route: [{ name: Crm, wants: 'yes' }], followUpCrm: Crm }))
  const result = await delivery.deliver(leadKey(lead.id))
  // What was read of the org's requests is asked for again after a second.
  clock.ms += 2_000
  return result.kind === 'settled' ? result.outcome : result.kind
}

/** Others use the account as well. */
async function othersSend(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    const answer = await fetch(`${sandbox.url}/crm/v3/owners`, { headers: { authorization: `Bearer ${SandboxToken}` } })
    expect(answer.status).toBe(200)
  }
}

async function requestsSeen(): Promise<number> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests`)
  return ((await answer.json()) as { requests: unknown[] }).requests.length
}

it('wait while the org’s requests are left to others; do-not-contacts and tasks go on; and go on when there is more', async () => {
  const { followUps, firing } = open(HalfForOthers)
  expect(await deliver(person('jane'))).toBe('delivered:created')
  await othersSend(60)
  // It says how the org stands now.
  expect(await deliver(person('bob'))).toBe('delivered:created')
  const before = await requestsSeen()
  expect(await deliver(person('kim'))).toBe('later')
  expect(await delivery.deliver(leadKey('kim'))).toMatchObject({ kind: 'later', delayMs: expect.any(Number) })
  expect(await requestsSeen()).toBe(before)
  expect(await store.redis.keys('*:lock:*')).toEqual([])
  expect(await store.redis.hkeys(`{leadsync}:lead:${leadKey('kim')}`)).not.toContain(`crm:${Crm}:tries`)

  const contact = await store.contactOf(person('jane'))
  const [fire] = followUps.asked
  await firing.fire(String(fire?.step))
  expect(await delivery.makeTask(String(fire?.step), contact, 'task.1')).toEqual({
    kind: 'settled',
    outcome: 'made',
    asked: true,
  })
  expect(await deliver(person('jane', { id: 'no', action: 'DNC' }))).toBe('suppressed')
  await store.enter(person('bob', { id: 'no to bob', action: 'DNC' }), [])
  expect(await delivery.mark(await store.contactOf(person('bob')), 'mark.1')).toMatchObject({ outcome: 'marked' })
  expect(await delivery.deliver(leadKey('jane'))).toMatchObject({ outcome: 'delivered:created' })

  // The last answer is a minute old: one finds out, the others wait on.
  clock.ms += 60_000
  expect([await deliver(person('lea')), await deliver(person('max'))]).toEqual(['delivered:created', 'later'])
  clock.ms += 24 * 3_600_000
  await store.redis.del(await store.redis.keys('*:look'))
  expect([await deliver(person('kim')), await deliver(person('max'))]).toEqual(['delivered:created', 'delivered:created'])
})

it('wait when Leadsync has sent what it may in a day, until the next one begins', async () => {
  open({ reservePercent: 0, dailyRequests: 3 })
  expect([await deliver(person('jane')), await deliver(person('bob'))]).toEqual(['delivered:created', 'later'])
  clock.ms += 12 * 3_600_000
  expect(await deliver(person('bob'))).toBe('delivered:created')
})
