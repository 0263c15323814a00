import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Answer, createClient } from '../kit/client.ts'
import { startDaemon } from '../kit/daemon.ts'
import { createHome } from '../kit/home.ts'
import { leadBody } from '../kit/leads.ts'
import { expectBalanced, jobsOf, look, untilSettled } from '../kit/ledger-view.ts'
import { seededRandom } from '../kit/random.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { BodyLimit, fuzzedBodies } from './fuzzed-bodies.ts'

const Connections = 64

interface Taken {
  readonly leadId: string
  readonly status: 'accepted' | 'duplicate' | 'quarantined' | 'held'
}

// Four times as many, at intake alone: test/intake/http.test.ts.
const Bodies = 2_500

it('makes of each of 2,500 fuzzed bodies a lead, a duplicate, something held or something in quarantine, down to HubSpot', async () => {
  const random = seededRandom()
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url })
  const { urls, log } = await startDaemon(home)
  const client = createClient(Connections)

  const bodies = fuzzedBodies(random, Bodies)
  const answers: { readonly body: string | Buffer; readonly answer: Answer }[] = []
  async function post(): Promise<void> {
    for (const body of bodies) answers.push({ body, answer: await client.post(urls.marketplace, body) })
  }
  await Promise.all(Array.from({ length: Connections }, post))

  const tooLarge = answers.filter(({ body }) => Buffer.byteLength(body) > BodyLimit)
  expect(answers).toHaveLength(Bodies)
  expect(tooLarge.length).toBeGreaterThan(0)
  expect(tooLarge.filter(({ answer }) => answer.status !== 413)).toEqual([])
  const taken = answers.filter(({ body }) => Buffer.byteLength(body) <= BodyLimit)
  expect(taken.filter(({ answer }) => answer.status !== 202)).toEqual([])

  const results = taken.map(({ answer }) => JSON.parse(answer.text) as Taken)
  const ids = (status: Taken['status']) => results.filter((one) => one.status === status).map(({ leadId }) => leadId)
  const counted = await untilSettled(urls.redis, taken.length)
  expectBalanced(counted)
  expect(counted).toMatchObject({ received: taken.length, quarantined: ids('quarantined').length })
  // While Redis takes too long, as on a busy machine it may all the time, a duplicate is answered as what it looks like; the ledger knows better.
  expect(counted.duplicates).toBeGreaterThanOrEqual(ids('duplicate').length)
  expect(counted.duplicates).toBeGreaterThan(25)
  for (const status of ['accepted', 'quarantined', 'held'] as const) expect(ids(status).length).toBeGreaterThan(25)

  const kept = await jobsOf(urls.redis, 'quarantine')
  const idsKept = (name: string) => new Set(kept.filter((job) => job.name === name).map(({ data }) => data.id))
  expect(idsKept('quarantined')).toEqual(new Set(ids('quarantined')))
  expect(idsKept('held').size).toBe(counted.held)
  expect(counted.hubspot.accepted).toBe(counted.accepted)
  expect((await parkedPeople(urls.redis)).filter(({ email, firstName, lastName }) => email ?? firstName ?? lastName)).toEqual([])
  const emails = emailsOf(await sandbox.contacts()).filter((email) => email !== '')
  expect(new Set(emails).size).toBe(emails.length)
  expect(log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
}, 120_000)

it('takes leads on 64 connections for 10 s without a 5xx and loses none', async () => {
  const sandbox = await startSandbox()
  // Nobody wants these leads: what is asked here is whether intake and route keep up, and HubSpot would take its own time.
  const home = await createHome({ hubspotUrl: sandbox.url, hubspot: { 'accept.actions': ['nothing-of-this'] } })
  const { urls } = await startDaemon(home)
  const client = createClient(Connections)

  const answers: Answer[] = []
  let next = 0
  const begin = performance.now()
  const end = begin + 10_000
  async function post(): Promise<void> {
    while (performance.now() < end) {
      const body = leadBody(next)
      next += 1
      answers.push(await client.post(urls.marketplace, body))
      // As fast as it goes for two seconds, then some hundreds per second: all ten at full speed show nothing more and keep the cores from other tests.
      if (performance.now() > begin + 2_000) await wait(200)
    }
  }
  await Promise.all(Array.from({ length: Connections }, post))

  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const counted = await untilSettled(urls.redis, answers.length)
  expectBalanced(counted)
  const { length } = answers
  expect(counted).toMatchObject({ received: length, accepted: length, unrouted: length })
  expect(counted.hubspot).toMatchObject({ accepted: length, notWanted: length })
  const ids = new Set(answers.map(({ text }) => (JSON.parse(text) as Taken).leadId))
  expect(ids.size).toBe(length)
  expect(await look(urls.redis, idsInLedger)).toEqual(ids)
}, 120_000)

/** HubSpot takes no contact that has neither an e-mail nor a name; what it refuses waits for a person. */
async function parkedPeople(redisUrl: string): Promise<readonly Record<string, string | null>[]> {
  const parked = await jobsOf(redisUrl, 'deliver-hubspot', ['failed'])
  const bodies = await look(redisUrl, (redis) => Promise.all(parked.map(({ data }) => redis.get(`{leadsync}:body:${data.lead}`))))
  return bodies.map((body) => JSON.parse(body ?? '{}').person)
}

async function idsInLedger(redis: Parameters<Parameters<typeof look>[1]>[0]): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const keys of redis.scanStream({ match: '{leadsync}:lead:*', count: 1_000 }) as AsyncIterable<string[]>) {
    const found = await Promise.all(keys.map((key) => redis.hget(key, 'id')))
    for (const id of found) if (id !== null) ids.add(id)
  }
  return ids
}
