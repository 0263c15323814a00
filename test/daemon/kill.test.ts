import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createClient } from '../kit/client.ts'
import { type Daemon, launchDaemon, startDaemon, untilQueued } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome, type Home } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { type Random, seededRandom } from '../kit/random.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

const Leads = 500
const Kills = 10

it('delivers each of 500 and more acknowledged leads exactly once although the daemon is killed ten times among them', async () => {
  const random = seededRandom()
  const sandbox = await startSandbox({ latencyMs: 40 })
  const home = await createHome({
    hubspotUrl: sandbox.url,
    leadsync: { 'workers.lockSeconds': 3, 'workers.stalledSeconds': 1 },
  })
  const crowd = startCrowd()

  for (let kill = 1; kill <= Kills; kill += 1) {
    if (random.chance(0.3)) await killWhileStarting(home, random)
    const daemon = await startDaemon(home)
    const moment = crowd.acknowledged.size + random.between(1, Leads / Kills)
    crowd.post(daemon)
    await until(`${moment} leads are acknowledged`, () => crowd.acknowledged.size >= moment)
    await wait(random.between(0, 150))
    await daemon.kill('SIGKILL')
    await crowd.pause()
  }

  const daemon = await startDaemonHere(home)
  crowd.post({ ...daemon, exited: new Promise(() => undefined) })
  await until(`${Leads} leads are acknowledged`, () => crowd.acknowledged.size >= Leads)
  await crowd.pause()
  await untilQueued(daemon.urls)
  const counted = await untilSettled(daemon.urls.redis, crowd.acknowledged.size)

  const emails = emailsOf(await sandbox.contacts())
  const possible = new Set([...crowd.acknowledged, ...crowd.unanswered].map(emailOf))
  expect(crowd.refused).toEqual([])
  expect([...crowd.acknowledged].map(emailOf).filter((email) => !emails.includes(email))).toEqual([])
  expect(emails.filter((email) => !possible.has(email))).toEqual([])
  expect(emails.filter((email, index) => emails[index - 1] === email)).toEqual([])
  expectBalanced(counted)
  expect(counted).toMatchObject({ received: emails.length, accepted: emails.length, duplicates: 0 })
  expect(counted.hubspot).toMatchObject({ accepted: emails.length, delivered: emails.length, parked: 0 })
}, 120_000)

/** In the middle of whatever it does before it listens: adopting its Redis, reading its journal. */
async function killWhileStarting(home: Home, random: Random): Promise<void> {
  const launched = launchDaemon(home)
  await wait(random.between(0, 1_000))
  await launched.kill('SIGKILL')
}

/** People who each send one lead, once: who gets no answer does not try again. */
function startCrowd() {
  const client = createClient(8)
  const acknowledged = new Set<number>()
  const unanswered = new Set<number>()
  const refused: number[] = []
  let next = 1
  let posting: Promise<unknown> = Promise.resolve()

  async function postOne(url: string, paused: AbortSignal): Promise<void> {
    const person = next
    next += 1
    try {
      const { status } = await client.post(url, leadBody(person))
      if (status === 202) acknowledged.add(person)
      else refused.push(status)
    } catch {
      unanswered.add(person)
      if (!paused.aborted) await wait(5)
    }
  }

  let paused = new AbortController()
  return {
    acknowledged,
    unanswered,
    refused,
    post({ urls, exited }: Pick<Daemon, 'urls' | 'exited'>): void {
      const round = new AbortController()
      paused = round
      exited.then(() => round.abort())
      const one = async () => {
        while (!round.signal.aborted) await postOne(urls.marketplace, round.signal)
      }
      posting = Promise.all(Array.from({ length: 8 }, one))
    },
    async pause(): Promise<void> {
      paused.abort()
      await posting
    },
  }
}
