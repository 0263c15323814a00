import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Markers, restoreMarked } from '../../src/cli/rebuild/markers.ts'
import { restoreRecords } from '../../src/cli/rebuild/records.ts'
import type { ListedRecord } from '../../src/core/index.ts'
import { ContactRestore } from '../../src/store/contact-restore.ts'
import { makeFollowUps, makeRule, makeStep } from '../kit/follow-up-rules.ts'
import { FollowUpStage } from '../kit/follow-up-stage.ts'
import { hours, type LeadParts, makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm, Keep } from '../kit/store-parts.ts'

const doNotContact = {
  mode: 'flag' as const,
  createIfMissing: false,
  markers: { at: 'dnc_at', liftedAt: 'dnc_lifted_at', reason: null },
}
const followUps = makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] })

let server: TestRedis
let stage: FollowUpStage
let parts: QueueParts

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  stage = new FollowUpStage(server.url)
  parts = openQueues(server.url)
  await stage.hand.redis.flushall()
})
afterEach(async () => {
  await parts.close()
  await stage.close()
})
afterAll(() => server.stop())

/** Of somebody, so many hours after noon. */
function leadOf(name: string, hour: number, more: LeadParts = {}) {
  const at = hours(hour)
  return makeLead({ id: `${name} ${hour}`, person: { email: `${name}@contoso.com` }, occurredAt: at, receivedAt: at, ...more })
}

async function deliver(...leads: readonly ReturnType<typeof leadOf>[]): Promise<void> {
  for (const lead of leads) await stage.enter(lead, null)
  const process = await stage.start({ rules: { doNotContact } })
  await process.settle()
}

/** What the CRM holds, as its connector lists it. */
function listed(): ListedRecord[] {
  return [...stage.crm().records.values()].map(({ id, fields, closed = false }) => ({
    ...{ object: 'contact', id, contactId: text(fields.our_id) ?? '', email: text(fields.email) },
    ...{ phone: null, lastName: null, lastLeadAt: null, closed },
    ...{ noSince: text(fields.dnc_at), noLiftedAt: text(fields.dnc_lifted_at) },
  }))
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** As `leadsync rebuild` without any export; `journal` stands for what is queued from it. Returns how many a marker alone tells of. */
async function rebuild(lists: Readonly<Record<string, readonly ListedRecord[]>>, journal = async () => {}): Promise<number> {
  const store = { scripts: stage.hand.scripts, queues: parts.queues }
  const contacts = new ContactRestore(store.scripts, { secret: 'a secret', retention: Keep, now: Date.now })
  const read: Record<string, Markers> = {}
  for (const [name, records] of Object.entries(lists)) {
    const markers: Markers = new Map()
    read[name] = markers
    await restoreRecords({
      crm: { name, lastLeadField: null, doNotContact },
      admin: { list: async () => ({ records, next: null }) },
      signal: new AbortController().signal,
      progress: () => undefined,
      waits: () => undefined,
      ...{ contacts, store, markers },
    })
  }
  await journal()
  return await restoreMarked({ read, store, keep: Keep, now: Date.now })
}

async function noes(name: string) {
  const { suppression } = stage.hand
  const contact = listed().find(({ email }) => email === `${name}@contoso.com`)?.contactId ?? expect.unreachable()
  return (await suppression.of(contact)).map(({ offer, since, liftedAt }) => ({ offer, since, liftedAt }))
}

/** Who has a task after their next lead, which is about another offer. */
async function followedUp(hour: number, ...names: readonly string[]): Promise<readonly string[]> {
  const before = stage.tasks().length
  for (const name of names) await stage.enter(leadOf(name, hour, { offer: { offerId: 'other' } }))
  stage.at(Date.parse(hours(hour)))
  const process = await stage.start({ rules: { doNotContact }, followUps })
  await process.settle()
  const whose = new Map(listed().map(({ id, email }) => [id, String(email).split('@')[0]]))
  return stage
    .tasks()
    .slice(before)
    .map(({ record }) => whose.get(record.id) ?? record.id)
    .toSorted()
}

it('a no that nothing but its marker tells of is kept for every offer, and ends as any other', async () => {
  const people = ['no', 'lifted', 'known', 'never']
  await deliver(...people.map((name) => leadOf(name, -9)))
  await deliver(...people.slice(0, 3).map((name) => leadOf(name, -8, { action: 'DNC' })))
  await deliver(leadOf('lifted', -7, { action: 'PLT' }))
  const records = listed()
  expect(records.map(({ noSince, noLiftedAt }) => [noSince, noLiftedAt])).toEqual([
    [hours(-8), null],
    [hours(-8), hours(-7)],
    [hours(-8), null],
    [null, null],
  ])

  await stage.hand.redis.flushall()
  const journal = async () => {
    await stage.enter(leadOf('known', -8, { action: 'DNC' }), null)
  }
  const bare = records.map((record) => ({ ...record, noSince: null, noLiftedAt: null }))
  expect(await rebuild({ [Crm]: records, dynamics: bare }, journal)).toBe(1)
  expect(await noes('no')).toEqual([{ offer: null, since: hours(-8), liftedAt: null }])
  expect(await noes('lifted')).toEqual([])
  expect(await noes('known')).toEqual([{ offer: 'contoso.analytics', since: hours(-8), liftedAt: null }])
  // Where the record is not marked, it is to be; where it is, it stays as it is.
  const marks = await Promise.all([Crm, 'dynamics'].map((crm) => parts.queues.delivery(crm).getJobs(['waiting'])))
  const contact = records[0]?.contactId
  expect(marks.map((jobs) => jobs.map(({ name, data }) => [name, data.contact]))).toEqual([[], [['mark', contact]]])

  expect(await rebuild({ [Crm]: records, dynamics: bare }, journal)).toBe(0)
  expect(await followedUp(1, ...people)).toEqual(['known', 'lifted', 'never'])
  await deliver(leadOf('no', 2, { action: 'PLT' }))
  expect(await noes('no')).toMatchObject([{ liftedAt: hours(2) }])
})

it('of several records of one contact in a CRM the latest marker counts, and of several CRMs the no', async () => {
  await deliver(leadOf('jane', -9), leadOf('joe', -9))
  const [jane, joe] = listed()
  if (!jane || !joe) expect.unreachable()
  await stage.hand.redis.flushall()
  const no = { noSince: hours(-8) }
  const lifted = { ...no, noLiftedAt: hours(-7) }
  const closed = { ...jane, ...no, id: 'old', closed: true }
  const here = [closed, { ...jane, ...lifted }, { ...joe, noSince: hours(-6) }]
  expect(await rebuild({ [Crm]: here, dynamics: [{ ...joe, ...no }] })).toBe(1)
  expect(await noes('jane')).toEqual([])
  expect(await noes('joe')).toEqual([{ offer: null, since: hours(-6), liftedAt: null }])
})

it('has ended where the journal knows only that the customer asked to be contacted again', async () => {
  await deliver(leadOf('jane', -9), leadOf('joe', -9))
  const records = listed().map((record) => ({ ...record, noSince: hours(-8) }))
  await stage.hand.redis.flushall()
  const journal = async () => {
    await stage.enter(leadOf('jane', -7, { action: 'PLT' }), null)
  }
  expect(await rebuild({ [Crm]: records }, journal)).toBe(2)
  expect(await noes('jane')).toEqual([{ offer: null, since: hours(-8), liftedAt: hours(-7) }])
  expect(await followedUp(1, 'jane', 'joe')).toEqual(['jane'])
})
