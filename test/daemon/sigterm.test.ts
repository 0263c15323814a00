import { expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type Daemon, launchDaemon, startDaemon, untilQueued } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

/** Posts people `from` … one after the other on eight connections until the daemon is gone; who got a 202 is returned. */
async function postUntilEnd({ urls, exited }: Daemon, from: number, told: (acknowledged: number) => void = () => {}) {
  const client = createClient(8)
  const acknowledged: number[] = []
  const refused: number[] = []
  let next = from
  let over = false
  exited.then(() => {
    over = true
  })
  async function post(): Promise<void> {
    while (!over) {
      const person = next
      next += 1
      // Refused connections and cut ones were never acknowledged.
      const answer = await client.post(urls.marketplace, leadBody(person)).catch(() => null)
      if (answer?.status === 202) acknowledged.push(person)
      else if (answer) refused.push(answer.status)
      else return
      told(acknowledged.length)
    }
  }
  await Promise.all(Array.from({ length: 8 }, post))
  return { acknowledged, refused, next }
}

it('ends in order at SIGTERM under load: what is in hand is finished, nothing is lost, no process is left', async () => {
  const sandbox = await startSandbox({ latencyMs: 150 })
  const home = await createHome({ hubspotUrl: sandbox.url, leadsync: { 'workers.deliveries': 20 } })
  const first = await startDaemon(home)
  const posted = await postUntilEnd(first, 0, (acknowledged) => {
    if (acknowledged === 200) void first.kill('SIGTERM')
  })
  const exit = await first.exited

  expect(exit).toMatchObject({ code: 0, signal: null })
  expect(first.log.at(-1)).toMatchObject({ msg: 'stopped' })
  expect(first.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  expect(posted.refused.filter((status) => status !== 503)).toEqual([])
  expect(await home.redisPids()).toEqual([])
  const requests = await sandbox.requests()
  expect(requests.filter(({ status }) => status === null)).toEqual([])

  const second = await startDaemonHere(home)
  await untilQueued(second.urls)
  const settled = await untilSettled(second.urls.redis, posted.acknowledged.length)
  const emails = emailsOf(await sandbox.contacts())
  expect(posted.acknowledged.map(emailOf).filter((email) => !emails.includes(email))).toEqual([])
  expect(new Set(emails).size).toBe(emails.length)
  expectBalanced(settled)
  expect(settled).toMatchObject({ received: emails.length, duplicates: 0 })
  expect(settled.hubspot).toMatchObject({ delivered: emails.length, created: emails.length, parked: 0 })
})

it('sends back what it can not finish within the grace time, and the next start goes on with it', async () => {
  const sandbox = await startSandbox()
  // Reads hang until the client gives up; the batch that was under way is unfinished when the grace time is over.
  await sandbox.arm([{ match: { path: '/crm/*' }, times: 1_000 }])
  const home = await createHome({ hubspotUrl: sandbox.url, leadsync: { 'workers.graceSeconds': 1 } })
  const first = await startDaemon(home)
  const client = createClient(8)
  const people = Array.from({ length: 30 }, (_, index) => index)
  for (const person of people) await client.post(first.urls.marketplace, leadBody(person))
  await until('HubSpot is being asked', async () => (await sandbox.requests()).length > 0)
  await until('all are routed', async () => (await counted(first.urls.redis)).hubspot.accepted === people.length)

  const asked = performance.now()
  const exit = await first.kill('SIGTERM')
  expect(exit).toMatchObject({ code: 0, signal: null })
  expect(performance.now() - asked).toBeLessThan(10_000)
  expect(await home.redisPids()).toEqual([])

  await sandbox.arm([])
  const second = await startDaemonHere(home)
  const settled = await untilSettled(second.urls.redis, people.length)
  expect(emailsOf(await sandbox.contacts())).toEqual(people.map(emailOf).sort())
  expectBalanced(settled)
  expect(settled.hubspot).toMatchObject({ delivered: people.length, created: people.length, parked: 0 })
})

it('ends at once at a second SIGTERM, and loses nothing by it', async () => {
  const sandbox = await startSandbox()
  await sandbox.arm([{ match: { path: '/crm/*' }, times: 1_000 }])
  const home = await createHome({
    hubspotUrl: sandbox.url,
    leadsync: { 'workers.lockSeconds': 2, 'workers.stalledSeconds': 1, 'workers.graceSeconds': 600 },
  })
  const first = await startDaemon(home)
  await createClient(1).post(first.urls.marketplace, leadBody(1))
  await until('HubSpot is being asked', async () => (await sandbox.requests()).length > 0)
  void first.kill('SIGTERM')
  await until('it is stopping', () => first.log.some(({ msg }) => msg === 'stopping'))
  const exit = await first.kill('SIGTERM')
  expect(exit).toMatchObject({ code: 1, signal: null })

  await sandbox.arm([])
  const second = await startDaemonHere(home)
  await untilSettled(second.urls.redis, 1)
  expect(emailsOf(await sandbox.contacts())).toEqual([emailOf(1)])
})

it('ends in order, its Redis too, when SIGTERM comes while it still starts', async () => {
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url })
  const { log, exited, kill, up } = launchDaemon(home)
  up.catch(() => undefined)
  await until('its Redis has been started', () => log.some(({ msg }) => msg === 'started the embedded Redis'))
  void kill('SIGTERM')
  expect(await exited).toMatchObject({ code: 0 })
  expect(await home.redisPids()).toEqual([])
})
