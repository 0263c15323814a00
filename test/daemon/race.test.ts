import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDynamicsSandbox } from '../../src/sandbox/dynamics/index.ts'
import { startDaemon } from '../kit/daemon.ts'
import { createHome } from '../kit/home.ts'
import { countedIn, look, withQueue } from '../kit/ledger-view.ts'
import { seededRandom } from '../kit/random.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { startSalesforce } from '../kit/salesforce.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'
import { type RacingLead, type RacingPerson, racingPeople, touchesOf } from './racing-people.ts'

let server: TestRedis

beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

/** What each CRM calls its field of several lines, and the time of the newest lead. */
const fieldsOf = {
  hubspot: { history: 'leadsync_history', lastLead: 'leadsync_last_lead_at' },
  salesforce: { history: 'leadsync_history__c', lastLead: 'leadsync_last_lead_at__c' },
  dynamics: { history: 'leadsync_history', lastLead: 'leadsync_lastleadat' },
} as const
const crms = ['hubspot', 'salesforce', 'dynamics'] as const

it('has one record per contact with every touch in each of three CRMs, although four processes race for 2,000 leads of 50 contacts', async () => {
  const random = seededRandom()
  const { urls, env } = await startCrms()
  const inField = { 'touches.as': 'field' }
  const home = await createHome({
    hubspotUrl: urls.hubspot,
    redisUrl: server.url,
    hubspot: inField,
    crms: { salesforce: inField, dynamics: inField },
    env,
  })
  await Promise.all(Array.from({ length: 4 }, () => startDaemon(home, 'worker')))
  const people = racingPeople(random, Date.now())

  // Two contacts that have a record each are never made one in a CRM: so whoever is joined has none before, or only one side has.
  let added = 0
  for (const wave of ['first', 'meeting', 'second', 'third'] as const) {
    const leads = people.flatMap((person) => person[wave])
    await add(wave === 'meeting' ? leads : shuffled(leads, random.next))
    added += leads.length
    await until(`all ${added} are routed`, async () => (await countedIn(server.url, 'dynamics')).accepted === added)
  }
  expect(added).toBe(2_000)
  let left = added
  const isDone = async () => {
    left = await waiting()
    return left === 0
  }
  await until('every delivery has its outcome', isDone, { withinMs: 90_000, shows: () => `${left} wait.` })

  for (const crm of crms) {
    const first = people.flatMap((person) => person.first).length
    expect(await countedIn(server.url, crm)).toMatchObject({
      created: 50,
      suppressed: first,
      delivered: 2_000 - first,
      parked: 0,
    })
    expect(await shownIn(crm, urls[crm])).toEqual(expected(people))
  }
}, 120_000)

async function startCrms() {
  const hubspot = await startSandbox()
  const salesforce = await startSalesforce()
  const token = 'token-of-the-race'
  const limits = { requests: 1_000_000, executionMs: 1_000_000_000, concurrent: 1_000 }
  const dynamics = await startDynamicsSandbox({ token, limits })
  return {
    urls: { hubspot: hubspot.url, salesforce: salesforce.url, dynamics: dynamics.url },
    env: {
      ...salesforce.env,
      DYNAMICS_ENABLED: 'true',
      DYNAMICS_BASE_URL: dynamics.url,
      DYNAMICS_AUTH: 'static-token',
      DYNAMICS_TOKEN: token,
    },
  }
}

async function add(leads: readonly RacingLead[]): Promise<void> {
  await withQueue(server.url, 'leads', (queue) => queue.addBulk(leads.map((data) => ({ name: 'lead', data }))))
}

async function waiting(): Promise<number> {
  return await look(server.url, async (redis) => {
    const counts = await redis.hmget('{leadsync}:counters', ...crms.map((crm) => `crm:${crm}:waiting`))
    return counts.reduce((sum, count) => sum + Number(count ?? 0), 0)
  })
}

interface Shown {
  /** The leads that the record's history names, as often as it names them. */
  readonly touches: readonly string[]
  readonly lastLead: number
}

/** Who is who is told by the touches themselves: a record with those of two people, or a second one for somebody, is not what is expected. */
function expected(people: readonly RacingPerson[]): readonly Shown[] {
  return sorted(
    people.map((person) => {
      const leads = [...person.meeting, ...person.second, ...person.third]
      return { touches: touchesOf(person), lastLead: Math.max(...leads.map(({ occurredAt }) => toTheSecond(occurredAt))) }
    }),
  )
}

async function shownIn(crm: keyof typeof fieldsOf, url: string): Promise<readonly Shown[]> {
  const { history, lastLead } = fieldsOf[crm]
  const response = await fetch(`${url}/_sandbox/records`)
  const { records } = (await response.json()) as { records: { object: string; fields: Record<string, string | undefined> }[] }
  const people = records.filter(({ object }) => object === 'contact' || object === 'lead')
  return sorted(
    people.map(({ fields }) => ({
      touches: [...(fields[history] ?? '').matchAll(/\[lead ([^\]]+)\]/g)].map(([, key]) => String(key)).sort(),
      lastLead: toTheSecond(fields[lastLead] ?? ''),
    })),
  )
}

/** CRMs keep no fractions of it. */
function toTheSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1_000)
}

function sorted(all: readonly Shown[]): readonly Shown[] {
  return all.toSorted((a, b) => (String(a.touches[0]) < String(b.touches[0]) ? -1 : 1))
}

function shuffled<T>(all: readonly T[], next: () => number): T[] {
  return all
    .map((one) => ({ one, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}
