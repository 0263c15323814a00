import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { queueFromJournal } from '../../src/cli/rebuild/leads.ts'
import { UnreadableReader } from '../../src/cli/unreadable-reader.ts'
import { leadJobId, NoOwnDomains } from '../../src/core/index.ts'
import { createInterpreter } from '../../src/intake/interpret.ts'
import { openJournal } from '../../src/intake/journal.ts'
import type { JournalEntry } from '../../src/intake/journal-entry.ts'
import type { Arrival } from '../../src/intake/lead-sink.ts'
import { createReception } from '../../src/intake/reception.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { Quarantine } from '../../src/queue/quarantine.ts'
import { RedisQuarantineRoom } from '../../src/store/quarantine-room.ts'
import { configOf } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

const MaxBytes = 1_000
const Full = 'The quarantine is full (quarantine.maxBytes), so its body is in the journal only.'

let server: TestRedis
let parts: QueueParts
let clock = Date.now()
let room: RedisQuarantineRoom
let intake: LeadIntake
let quarantine: Quarantine

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  clock = Date.now()
  room = new RedisQuarantineRoom(parts.store.scripts, MaxBytes, () => clock)
  intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues, () => true, room)
  const { register } = parts.store
  quarantine = new Quarantine({ queues: parts.queues, register, room, interpret: async () => null })
})
afterEach(() => parts.close())
afterAll(() => server.stop())

function unreadable(id: string, bytes: number, onlyCopy = false): Arrival {
  const body = 'é'.repeat(bytes / 2)
  const facts = { receivedAt: '2026-11-23T12:00:00.000Z', channel: 'marketplace', token: 't', reason: 'The body is not JSON.' }
  return { kind: 'quarantined', id, ...facts, verbatim: { encoding: 'utf8', body }, ...(onlyCopy ? { onlyCopy } : {}) }
}

async function kept(): Promise<Readonly<Record<string, number | null>>> {
  const all = await quarantine.list('quarantined')
  const sizes = all.map((one) => {
    const verbatim = one.kind === 'quarantined' ? one.what.verbatim : null
    return [one.id, verbatim && Buffer.byteLength(verbatim.body)] as const
  })
  return Object.fromEntries(sizes)
}

describe('a quarantine with room for 1,000 bytes', () => {
  it('keeps no more of the bodies, counts every one, says which were left out, and takes a repetition as it took the first', async () => {
    const first = [unreadable('a', 400), unreadable('b', 600), unreadable('c', 2)]
    expect((await intake.accept(first)).map(({ status }) => status)).toEqual(Array(3).fill('quarantined'))
    await intake.accept(first)
    expect(await kept()).toEqual({ a: 400, b: 600, c: null })
    expect(await room.used()).toBe(1_000)
    expect(await parts.store.counters()).toMatchObject({ received: 3, quarantined: 3 })
    expect(await quarantine.find('c')).toMatchObject({ what: { reason: `The body is not JSON. ${Full}`, verbatim: null } })
    expect(await quarantine.find('a')).toMatchObject({ what: { reason: 'The body is not JSON.' } })
  })

  it('never goes over it, however many come at once', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => intake.accept([unreadable(`many-${n}`, 90)])))
    expect(Object.values(await kept()).filter((bytes) => bytes !== null)).toHaveLength(11)
    expect(await room.used()).toBe(990)
    expect(await parts.store.counters()).toMatchObject({ received: 50, quarantined: 50 })
  })

  it('keeps what no journal has all the same', async () => {
    await intake.accept([unreadable('a', 1_000), unreadable('b', 500, true)])
    expect(await kept()).toEqual({ a: 1_000, b: 500 })
    parts.startRouting([{ name: Crm, wants: () => 'yes' }])
    await parts.queues.leads.add('lead', { v: 1, nothing: 'of a lead' })
    await until('it is set aside', async () => (await quarantine.list()).length === 3)
    expect(Object.values(await kept()).filter((bytes) => bytes === null)).toEqual([])
  })

  it('has room again for what is discarded at once, and for what went without a word after a minute', async () => {
    await intake.accept([unreadable('a', 500), unreadable('b', 500)])
    const [one] = await quarantine.list()
    expect(await quarantine.discard(one ?? expect.unreachable())).toBe(true)
    expect(await room.used()).toBe(500)
    await parts.queues.quarantine.remove(leadJobId('b'))
    const tidy = () => room.tidy((jobId) => parts.queues.quarantine.toKey(jobId))
    await tidy()
    expect(await room.used()).toBe(500)
    clock += 60_000
    await intake.accept([unreadable('c', 100)])
    clock += 60_000
    await tidy()
    expect(await room.used()).toBe(100)
    expect(await kept()).toEqual({ c: 100 })
  })
})

it('what a rebuild or a replay queues from a journal finds no more room than what came in', async () => {
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', leadsync: { 'quarantine.maxBytes': 8 } })
  const config = configOf(home)
  const { dir } = config.leadsync.journal
  const journal = await openJournal({ dir, now: Date.now, log: recordedLog().log })
  const facts = { receivedAt: new Date().toISOString(), token: 't', tags: [], offer: null, route: '', idempotency: null }
  const puzzle = { ...facts, channel: 'marketplace', encoding: 'utf8', body: 'puzzle' } as const
  await journal.append(['a', 'b', 'c'].map((id) => ({ ...puzzle, tags: [], id })))
  await journal.stop()
  const store = { scripts: parts.store.scripts, queues: parts.queues }
  const counts = await queueFromJournal({ config, secret: 'a secret', store, dirs: [dir], from: null, to: null })
  expect(counts).toMatchObject({ quarantined: 3 })
  expect(await kept()).toEqual({ a: 6, b: null, c: null })
})

it('a body that is in the journal only is replayed from there, where the journal is', async () => {
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', leadsync: { 'quarantine.maxBytes': 0 } })
  const config = configOf(home)
  const { log } = recordedLog()
  const settings = { secret: 'a secret', stages: config.leadsync.stages, ownDomains: NoOwnDomains }
  const { interpret } = createInterpreter(settings, log)
  const { dir } = config.leadsync.journal
  const journal = await openJournal({ dir, now: Date.now, log })
  const none = new RedisQuarantineRoom(parts.store.scripts, config.leadsync.quarantine.maxBytes, Date.now)
  const sink = new LeadIntake(parts.store.redis, parts.store.register, parts.queues, () => true, none)
  // Before an update nobody understood it.
  const puzzled = (entry: JournalEntry): Arrival => {
    const { id, receivedAt, channel, token, encoding, body } = entry
    return { kind: 'quarantined', id, receivedAt, channel, token, reason: 'Not understood.', verbatim: { encoding, body } }
  }
  const reception = createReception({ journal, sink, interpret: puzzled, log })
  onTestFinished(async () => {
    await reception.stop()
    await journal.stop()
  })
  const entry: JournalEntry = {
    id: '01JDXXXXXXXXXXXXXXXXXXXXXX',
    receivedAt: new Date().toISOString(),
    channel: 'marketplace',
    token: 'appsource-1',
    tags: [],
    offer: null,
    route: '/intake/marketplace',
    idempotency: null,
    encoding: 'utf8',
    body: JSON.stringify({ userDetails: { email: 'jane@contoso.com' }, leadSource: 'AppSource-INS|contoso.analytics' }),
  }
  expect(interpret(entry).kind).toBe('accepted')
  expect(await reception.receive([{ entry, arrival: puzzled(entry) }])).toMatchObject([{ status: 'quarantined' }])

  const replayWith = async (data: typeof config) => {
    const reader = new UnreadableReader(data, 'a secret')
    const { queues, store } = parts
    const operated = new Quarantine({ queues, register: store.register, room: none, interpret: (what) => reader.interpret(what) })
    const chosen = await operated.list()
    reader.expect(chosen)
    return await operated.replay(chosen[0] ?? expect.unreachable())
  }
  const elsewhere = { ...config, leadsync: { ...config.leadsync, journal: { ...config.leadsync.journal, dir: `${dir}-not` } } }
  expect(await replayWith(elsewhere)).toMatchObject({
    status: 'quarantined',
    reason: expect.stringContaining('replay it on the machine that took it in'),
  })
  expect(await replayWith(config)).toEqual({ status: 'accepted', leadId: entry.id })
  expect(await quarantine.list()).toEqual([])
  expect(await parts.store.counters()).toMatchObject({ received: 1, accepted: 1, quarantined: 0 })
})
