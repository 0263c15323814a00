import { expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type Daemon, startDaemon } from '../kit/daemon.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const PerDaemon = 120

it('a daemon is replaced by another one under load: nothing is lost, nothing is doubled, nothing is parked', async () => {
  const sandbox = await startSandbox({ latencyMs: 40 })
  const home = await createHome({ hubspotUrl: sandbox.url, leadsync: { 'workers.deliveries': 10 } })
  const client = createClient(8)
  const acknowledged: number[] = []
  let next = 0

  /** Who got a 202; a daemon that ends refuses, as a load balancer would notice. */
  async function post({ urls }: Daemon, end: number): Promise<void> {
    while (next < end) {
      const person = next
      next += 1
      const answer = await client.post(urls.marketplace, leadBody(person)).catch(() => null)
      if (answer?.status === 202) acknowledged.push(person)
      else if (answer?.status !== 503 && answer !== null) expect.unreachable(`it answered ${answer.status}`)
      if (answer === null) return
    }
  }

  const first = await startDaemon(home)
  const [second] = await Promise.all([startDaemon(home), post(first, PerDaemon), post(first, PerDaemon)])
  const [exit] = await Promise.all([first.kill('SIGTERM'), post(first, PerDaemon + 20), post(second, PerDaemon * 2)])
  await post(second, PerDaemon * 2)
  expect(exit).toMatchObject({ code: 0, signal: null })

  const settled = await untilSettled(second.urls.redis, acknowledged.length)
  const emails = emailsOf(await sandbox.contacts())
  expect(acknowledged.length).toBeGreaterThan(PerDaemon * 1.5)
  expect(acknowledged.map(emailOf).filter((email) => !emails.includes(email))).toEqual([])
  expect(new Set(emails).size).toBe(emails.length)
  expectBalanced(settled)
  expect(settled.hubspot).toMatchObject({ updated: 0, unchanged: 0, parked: 0 })
  // One whose 202 was cut off may come in last of all.
  await until('the ledger and HubSpot agree', async () => {
    const [{ hubspot }, people] = await Promise.all([counted(second.urls.redis), sandbox.contacts()])
    return hubspot.created === people.length && hubspot.delivered === people.length
  })
  expect([...first.log, ...second.log].filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
})
