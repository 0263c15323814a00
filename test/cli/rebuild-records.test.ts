import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { restoreRecords } from '../../src/cli/rebuild/records.ts'
import type { ListedRecord } from '../../src/core/index.ts'
import { ContactRestore } from '../../src/store/contact-restore.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm, Keep } from '../kit/store-parts.ts'

const Secret = 'a secret'
const doNotContact = { mode: 'flag' as const, createIfMissing: false, markers: { at: null, liftedAt: null, reason: null } }

let server: TestRedis
let parts: QueueParts

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
})
afterEach(() => parts.close())
afterAll(() => server.stop())

it('whose no was not in the CRM yet when Redis was lost is marked there, and nobody else', async () => {
  const { store, queues } = parts
  const leads = ['jane@contoso.com', 'joe@contoso.com'].map((email) =>
    makeLead({ id: email, person: { email, lastName: 'Doe' } }),
  )
  for (const lead of leads) await store.enter(lead)
  const [jane = '', joe = ''] = await Promise.all(leads.map((lead) => store.contactOf(lead)))
  await store.redis.flushall()

  const alias = strongAlias('jane@contoso.com', Secret) ?? expect.unreachable()
  const no = { source: 'admin' as const, channel: 'any' as const, offer: '*', since: Date.now(), reason: 'asked' }
  await new StrongSuppressions(store.scripts, Keep).add(alias, no)
  const none = {
    object: 'contact',
    phone: null,
    lastName: 'Doe',
    lastLeadAt: null,
    noSince: null,
    noLiftedAt: null,
    closed: false,
  }
  const records: ListedRecord[] = [
    { ...none, id: '1', contactId: jane, email: 'jane@contoso.com' },
    { ...none, id: '2', contactId: joe, email: 'joe@contoso.com' },
    { ...none, id: '3', contactId: 'no id of ours', email: 'jim@contoso.com' },
  ]
  const restored = await restoreRecords({
    crm: { name: Crm, lastLeadField: null, doNotContact },
    admin: { list: async () => ({ records, next: null }) },
    contacts: new ContactRestore(store.scripts, { secret: Secret, retention: Keep, now: Date.now }),
    store: { scripts: store.scripts, queues },
    markers: new Map(),
    signal: new AbortController().signal,
    progress: () => undefined,
    waits: () => undefined,
  })
  expect(restored).toEqual({ records: 3, left: 1 })
  const jobs = await queues.delivery(Crm).getJobs(['waiting'])
  expect(jobs.map(({ name, data }) => [name, data.contact])).toEqual([['mark', jane]])
})
