import { expect, it, onTestFinished } from 'vitest'
import { leadJobId } from '../../src/core/index.ts'
import { createClient } from '../kit/client.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { counted, look, untilSettled, withQueue } from '../kit/ledger-view.ts'
import { startTestRedis } from '../kit/redis.ts'
import { emailsOf, startSandbox } from '../kit/sandbox.ts'
import { until } from '../kit/until.ts'

/** Beside so much a few leads more or less are nothing. */
const BallastBytes = 40_000_000

it('while Redis is nearly full intake only journals, while it is almost full workers claim nothing, and all is made up for in order', async () => {
  const redis = await startTestRedis()
  onTestFinished(() => redis.stop())
  const sandbox = await startSandbox()
  const home = await createHome({ hubspotUrl: sandbox.url, redisUrl: redis.url })
  await look(redis.url, (client) => client.setrange('ballast', BallastBytes, 'x'))
  const daemon = await startDaemonHere(home)
  const client = createClient(1)
  const answered: string[] = []

  const fill = (percent: number) =>
    look(redis.url, async (asked) => {
      const used = Number(/^used_memory:(\d+)/m.exec(await asked.info('memory'))?.[1])
      await asked.config('SET', 'maxmemory', Math.floor((used * 100) / percent))
    })
  const memory = async () => {
    const answer = await fetch(`${daemon.adminUrl}/readyz`)
    const { memory: read } = (await answer.json()) as { memory: { ratio: number; journalOnly: boolean; stopped: boolean } | null }
    return { status: answer.status, ...read }
  }
  const becomes = (what: { journalOnly: boolean; stopped: boolean }, percent: number) =>
    until(`${percent} % show as ${JSON.stringify(what)}`, async () => {
      const { ratio, journalOnly, stopped } = await memory()
      return Math.abs((ratio ?? 0) - percent / 100) < 0.02 && journalOnly === what.journalOnly && stopped === what.stopped
    })
  const post = async (person: number) => {
    const answer = await client.post(daemon.marketplace, leadBody(person))
    const { leadId, status } = JSON.parse(answer.text)
    expect([answer.status, status]).toEqual([202, 'accepted'])
    answered.push(leadId)
  }

  await post(0)
  await untilSettled(redis.url, 1)

  await fill(87)
  await becomes({ journalOnly: true, stopped: false }, 87)
  expect((await memory()).status).toBe(200)
  for (const person of [1, 2, 3]) await post(person)
  expect(await counted(redis.url)).toMatchObject({ received: 1 })
  expect(await (await fetch(`${daemon.adminUrl}/metrics`)).text()).toMatch(
    /^leadsync_redis_memory_ratio 0\.8\d+\n[\s\S]*^leadsync_intake_journal_only 1$/m,
  )
  // Not before it has fallen further than to where it began.
  await fill(82)
  await becomes({ journalOnly: true, stopped: false }, 82)
  await fill(50)
  const settled = await untilSettled(redis.url, 4)
  expect(settled).toMatchObject({ received: 4, accepted: 4 })

  await fill(96)
  await becomes({ journalOnly: true, stopped: true }, 96)
  const inQueue = await withQueue(redis.url, 'leads', async (queue) => {
    // As a foreign producer adds it, who knows of no limit.
    for (const person of [4, 5]) await queue.add('lead', { v: 1, person: { email: emailOf(person) } })
    return await queue.getWaitingCount()
  })
  await fill(92)
  await becomes({ journalOnly: true, stopped: true }, 92)
  expect(await counted(redis.url)).toMatchObject({ received: 4, routing: inQueue })
  await fill(50)
  await untilSettled(redis.url, 6)
  expect(emailsOf(await sandbox.contacts())).toEqual([0, 1, 2, 3, 4, 5].map(emailOf))
  await becomes({ journalOnly: false, stopped: false }, 50)
  expect(daemon.lines.map(({ message }) => message).filter((text) => text.startsWith('Redis'))).toEqual([
    'Redis is nearly full: leads wait in the journal; free some, or give it more (maxmemory).',
    'Redis has room again: leads are queued and workers go on',
    'Redis is almost full: workers take no new jobs, and leads wait in the journal; free some, or give it more (maxmemory).',
    'Redis has room again: leads are queued and workers go on',
  ])

  const added = await withQueue(redis.url, 'leads', async (queue, asked) => {
    const events = await asked.xrange(queue.toKey('events'), '-', '+')
    return events.flatMap(([, [, event, , jobId]]) => (event === 'added' ? [jobId] : []))
  })
  expect(added.slice(0, 4)).toEqual(answered.map(leadJobId))

  // A daemon whose workers stand still ends all the same.
  await fill(96)
  await becomes({ journalOnly: true, stopped: true }, 96)
  const began = performance.now()
  await daemon.stop()
  expect(performance.now() - began).toBeLessThan(5_000)
})
