import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type Answer, createClient } from '../kit/client.ts'
import { startDaemon } from '../kit/daemon.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { expectBalanced, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

interface Absence {
  readonly way: string
  readonly awayMs: number
  go(redis: TestRedis): Promise<void> | void
  comeBack(redis: TestRedis): Promise<void> | void
}

const absences: readonly Absence[] = [
  { way: 'is killed and away for 20 s', awayMs: 20_000, go: (redis) => redis.kill(), comeBack: (redis) => redis.restart() },
  { way: 'hangs for 6 s', awayMs: 6_000, go: (redis) => redis.pause(), comeBack: (redis) => redis.resume() },
]

/** Intake gives Redis two seconds; the rest is for a machine that has other things to do. */
const SlowestMs = 5_000

it.each(absences)(
  'answers every lead at once and delivers it later when Redis $way under load',
  async (absence) => {
    const redis = await startTestRedis({ durable: true })
    onTestFinished(() => redis.stop())
    const sandbox = await startSandbox({ latencyMs: 20 })
    const home = await createHome({
      hubspotUrl: sandbox.url,
      redisUrl: redis.url,
      leadsync: { 'workers.lockSeconds': 3, 'workers.stalledSeconds': 1 },
    })
    const daemon = await startDaemon(home)
    const load = startLoad(daemon.urls.marketplace)

    await until('the load is on', () => load.answers.length >= 50)
    await absence.go(redis)
    const before = load.answers.length
    await wait(absence.awayMs)
    const meanwhile = load.answers.length - before
    await absence.comeBack(redis)
    const back = load.answers.length
    await until('the load goes on', () => load.answers.length >= back + 50)
    await load.stop()
    const counted = await untilSettled(redis.url, load.answers.length)

    expect(meanwhile).toBeGreaterThan(absence.awayMs / 100)
    expect(load.answers.filter(({ status }) => status !== 202)).toEqual([])
    expect(load.answers.filter(({ ms }) => ms > SlowestMs)).toEqual([])
    expect(emailsOf(await sandbox.contacts())).toEqual(load.answers.map((_, index) => emailOf(index)).sort())
    expectBalanced(counted)
    const { length } = load.answers
    expect(counted).toMatchObject({ received: length, accepted: length, duplicates: 0 })
    expect(counted.hubspot).toMatchObject({ accepted: length, delivered: length, parked: 0 })
  },
  120_000,
)

/** Four senders, each about ten leads per second, every lead of another person: a load that the machine can take beside other tests. */
function startLoad(url: string) {
  const client = createClient(4)
  const answers: Answer[] = []
  let next = 0
  let stopped = false

  async function send(): Promise<void> {
    while (!stopped) {
      const body = leadBody(next)
      next += 1
      answers.push(await client.post(url, body))
      await wait(100)
    }
  }

  const sending = Promise.all([send(), send(), send(), send()])
  // Whoever waits for it learns of a failure; until then it must not end the process.
  sending.catch(() => undefined)
  return {
    answers,
    async stop(): Promise<void> {
      stopped = true
      await sending
    },
  }
}
