import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ForgetParts, type Forgotten, forgetPerson, lookForPerson, NotFinished } from '../../src/cli/forget-person.ts'
import { DefaultStages, DeliveryError, type Lead, leadJobId, leadKey } from '../../src/core/index.ts'
import { createInterpreter } from '../../src/intake/interpret.ts'
import { type Journal, openJournal } from '../../src/intake/journal.ts'
import type { JournalEntry } from '../../src/intake/journal-entry.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { digitsAlias, emailAlias, phoneAlias } from '../../src/store/aliases.ts'
import { findLead } from '../../src/store/lead-lookup.ts'
import { StrongSuppressions } from '../../src/store/strong-suppression.ts'
import { temporaryFolder } from '../intake/support.ts'
import { entry, marketplaceBody } from '../intake/support-entries.ts'
import { hours, type LeadParts, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm } from '../kit/memory-crm.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { dumpRedis } from '../kit/redis-dump.ts'
import { Crm, Keep } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

const Secret = 'a secret'
const Jane = 'jane.roe@contoso.com'
const Phone = '+16175550123'
/** After every lead of the past, and before those that are still to come. */
const Now = Date.parse(at(10))

let server: TestRedis
let parts: QueueParts
let dir: string
let journal: Journal
let intake: LeadIntake
let interpret: ForgetParts['interpret']

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  dir = await temporaryFolder()
  journal = await openJournal({ dir, now: () => Now, log: recordedLog().log })
  intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
  interpret = createInterpreter({ secret: Secret, stages: DefaultStages }, recordedLog().log).interpret
})
afterEach(async () => {
  await journal.stop()
  await parts.close()
})
afterAll(() => server.stop())

/** So many hours after a noon that is past: no worker takes a lead from the future at its word. */
function at(count: number): string {
  return hours(count - 48)
}

function forgetParts(more: Partial<ForgetParts> = {}): ForgetParts {
  return {
    scripts: parts.store.scripts,
    register: parts.store.register,
    secret: Secret,
    retention: Keep,
    stages: DefaultStages,
    crms: [Crm],
    disabled: ['dynamics'],
    journalDir: dir,
    dataDir: dir,
    interpret,
    lockMs: 30_000,
    waitMs: 5_000,
    log: recordedLog().log,
    now: () => Now,
    ...more,
  }
}

async function forget(more: Partial<ForgetParts> = {}, email = Jane): Promise<Forgotten> {
  let told: Forgotten | undefined
  await forgetPerson(email, forgetParts(more), async (forgotten) => {
    told = forgotten
  })
  return told ?? expect.unreachable()
}

function jane(id: string, more: LeadParts = {}): Lead {
  const person = { email: Jane, firstName: 'Jane', lastName: 'Roe', company: 'Contoso Bakeries', phone: Phone }
  return makeLead({ id, person, receivedAt: at(0), notes: 'wants bread', ...more })
}

function john(id: string): Lead {
  const person = { email: 'john@people.example', firstName: 'Jane', lastName: 'Roe', company: 'Contoso Bakeries' }
  return makeLead({ id, person, receivedAt: at(0) })
}

/** As intake takes it: into the journal, and then onto the queue. */
async function arrive(...entries: readonly JournalEntry[]): Promise<void> {
  await journal.append(entries)
  await intake.accept(entries.map(interpret))
}

function sent(id: string, body: string, more: Partial<JournalEntry> = {}): JournalEntry {
  return { ...entry(id, body), receivedAt: at(1), ...more }
}

async function journalText(): Promise<string> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'))
  return (await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))).join('')
}

/** What tells of Jane, in whatever form, anywhere in Redis but where it has to stay. */
async function tracesInRedis(contacts: readonly string[]): Promise<readonly string[]> {
  const { number, lastName, alias } = phoneAlias({ number: Phone, lastName: 'roe' }, Secret)
  const pseudonyms = [emailAlias(Jane, Secret), alias, number, lastName, digitsAlias(Phone, Secret), ...contacts]
  const words = [/(?<!mary)jane\.roe/i, /janes-own-id/, /wants bread/, /6175550123/, ...pseudonyms.map((one) => new RegExp(one))]
  const stays = /^\{leadsync\}:(forgotten:|kept:|dnc )/
  return [...(await dumpRedis(parts.store.redis)).values()].filter(
    (text) => !stays.test(text) && words.some((word) => word.test(text)),
  )
}

async function expectLaws(): Promise<void> {
  const { received, accepted, duplicates, quarantined, held, crms } = await parts.store.counters()
  expect(accepted + duplicates + quarantined + held).toBe(received)
  for (const { accepted: taken, created: _, updated: __, unchanged: ___, ...outcomes } of Object.values(crms)) {
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(taken)
  }
}

/** Leads of Jane in every state that there is, and John beside her. */
async function janeIsEverywhere(): Promise<readonly string[]> {
  const crm = createMemoryCrm()
  const refused = new DeliveryError('invalid', 'The number of jane is no number.', { fields: ['company'] })
  crm.fail({ on: 'write', error: refused, times: 9, when: ({ fields }) => fields.last_lead_at === at(3) })
  // Two contacts, joined by a lead that carries both.
  const byPhone = jane('by-phone', { person: { phone: Phone, lastName: 'Roe', firstName: 'Jane' } })
  await parts.add(
    byPhone,
    makeLead({ id: 'by-mail', person: { email: Jane }, receivedAt: at(0) }),
    jane('with-both'),
    john('of-john'),
  )
  const { worker } = parts.startDelivering(crm)
  await until('they are delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === 4)
  await parts.add(jane('parked', { receivedAt: at(3) }))
  await until('one is parked', async () => (await parts.store.counters()).crms[Crm]?.parked === 1)
  await worker.close()
  await parts.add(jane('waiting', { receivedAt: at(2) }), jane('no', { action: 'DNC', receivedAt: at(2) }))

  const strong = new StrongSuppressions(parts.store.scripts, Keep)
  const entryOfAdmin = { source: 'admin', channel: 'phone', offer: '*', since: Now, reason: 'by letter' } as const
  await strong.add(emailAlias(Jane, Secret), entryOfAdmin)

  const test = marketplaceBody(Jane, { description: 'MSFT_TEST' })
  const api = JSON.stringify({ v: 1, id: 'janes-own-id', person: { email: Jane }, action: 'Create' })
  await arrive(
    sent('01UNROUTED', marketplaceBody(Jane.toUpperCase())),
    sent('01OWNID', api, { channel: 'api', route: 'leads', idempotency: { key: 'key', body: 'body' } }),
    sent('01HELD', test),
    sent('01FORM', `email=${encodeURIComponent(Jane)}&name=Jane`),
    sent('01UTF16', Buffer.from(`{"email":"${Jane}"`, 'utf16le').toString('base64'), { encoding: 'base64' }),
    sent('01JOHN', marketplaceBody('john@people.example')),
    sent('01MARY', `{"email":"mary${Jane}`),
  )
  const foreign = { v: 1, id: `foreign of ${Jane}`, person: { email: Jane } }
  await parts.queues.leads.add('lead', foreign, { jobId: `job of ${Jane}`, timestamp: Date.parse(at(1)) })
  await parts.queues.leads.add('lead', { v: 1, person: `unreadable ${Jane}` }, { timestamp: Date.parse(at(1)), delay: 9_999_999 })
  await parts.queues.leads.add('lead', { v: 1, person: `unreadable ${Jane}` }, { timestamp: -8.7e15 })
  await parts.queues.leads.add('lead', { v: 1, id: 'johns', person: { email: 'john@people.example' } })
  return [await parts.store.contactOf(byPhone), (await parts.store.redis.hget(lead('by-phone'), 'c')) ?? '']
}

function lead(id: string): string {
  return `{leadsync}:lead:${leadKey(id)}`
}

/** What there is about John alone, in Redis. */
async function ofJohn(): Promise<readonly string[]> {
  const contact = await parts.store.contactOf(john('of-john'))
  const found = [...(await dumpRedis(parts.store.redis)).values()]
  return found.filter((text) => text.includes('john') || text.startsWith(`{leadsync}:contact:${contact}`))
}

describe('a person who is to be forgotten', () => {
  it('is in no key, value or job of Redis and in no byte of the journal afterwards, whatever had become of the leads', async () => {
    const contacts = await janeIsEverywhere()
    expect(new Set(contacts).size).toBe(2)
    expect((await tracesInRedis(contacts)).length).toBeGreaterThan(20)
    const before = await journalText()
    const beside = await ofJohn()
    expect(beside.length).toBeGreaterThan(4)

    expect(await forget()).toEqual({
      known: true,
      until: new Date(Now).toISOString(),
      leads: 14,
      jobs: 11,
      quarantined: 3,
      journal: 5,
      records: [{ crm: Crm, record: 'contact/1' }],
    })
    expect(await tracesInRedis(contacts)).toEqual([])
    expect(await ofJohn()).toEqual(beside)
    const after = await journalText()
    expect(after).not.toMatch(/(?<!mary)jane\.roe|agBhAG4AZQ/i)
    expect(after).toMatch(/john@people\.example.*\n.*maryjane\.roe/)
    expect(after.length).toBe(before.length)
    await expectLaws()
    const { crms } = await parts.store.counters()
    expect(crms[Crm]).toMatchObject({ delivered: 4, forgotten: 6, parked: 0, waiting: 0 })
  })

  it('is shown by a look beforehand, which changes nothing', async () => {
    await janeIsEverywhere()
    const [redis, files] = [await dumpRedis(parts.store.redis), await journalText()]
    const seen = await lookForPerson(Jane, forgetParts())
    expect(seen).toMatchObject({ leads: 14, jobs: 11, quarantined: 3, journal: 5, records: [{ record: 'contact/1' }] })
    expect(await dumpRedis(parts.store.redis)).toEqual(redis)
    expect(await journalText()).toBe(files)
    expect(await forget()).toEqual(seen)
  })

  it('is forgotten once more without harm, and the time up to which leads stay out never moves back', async () => {
    await janeIsEverywhere()
    await forget()
    const before = await dumpRedis(parts.store.redis)
    const again = await forget({ now: () => Now - 3_600_000 })
    expect(again).toEqual({ ...again, known: false, leads: 0, jobs: 0, quarantined: 0, journal: 0, records: [] })
    expect(again.until).toBe(new Date(Now).toISOString())
    expect(await dumpRedis(parts.store.redis)).toEqual(before)
  })

  it('need not be known: what nobody could read goes, and what comes from before then stays out', async () => {
    await arrive(sent('01FORM', `email=${encodeURIComponent(Jane)}`))
    expect(await forget()).toMatchObject({ known: false, quarantined: 1, journal: 1, records: [] })
    await parts.store.enter(jane('late', { receivedAt: at(2) }))
    expect(await findLead(parts.store.scripts, 'late')).toMatchObject({
      contactId: null,
      deliveries: { [Crm]: { state: 'forgotten' } },
    })
  })
})

it('a number and last name go also when no body is left to tell them', async () => {
  await parts.store.enter(jane('first'))
  await parts.store.redis.del(`{leadsync}:body:${leadKey('first')}`)
  const contact = await parts.store.contactOf(jane('first'))
  await forget()
  expect(await tracesInRedis([contact])).toEqual([])
})

it('somebody else with the same number and last name, and an address of their own, is left alone', async () => {
  const details = { firstName: 'Ann', lastName: 'Roe', email: 'ann@people.example', phone: Phone, country: 'US', company: '' }
  await parts.store.enter(jane('first'))
  await arrive(sent('01ANN', marketplaceBody('', { userDetails: details })), sent('01JANE', marketplaceBody(Jane)))
  expect(await forget()).toMatchObject({ leads: 2, jobs: 1, journal: 1 })
  expect(await journalText()).toContain('ann@people.example')
  expect((await parts.queues.leads.getWaiting()).map(({ id }) => id)).toEqual([leadJobId('01ANN')])
})

describe('after somebody was forgotten', () => {
  it('an older lead that is read again stays out, whether it was known or not, and is counted', async () => {
    const contacts = await janeIsEverywhere()
    await forget()
    const { received } = await parts.store.counters()
    await parts.store.enter(jane('waiting', { receivedAt: at(2) }))
    await parts.store.enter(jane('never-seen', { receivedAt: at(9) }))
    await parts.store.enter(jane('by-number', { person: { phone: Phone, lastName: 'ROE' }, receivedAt: at(9) }))
    expect(await tracesInRedis(contacts)).toEqual([])
    expect((await parts.store.counters()).received).toBe(received + 2)
    await expectLaws()
  })

  it('a newer lead is welcome, also with the same words, and the no from before still stands', async () => {
    await arrive(sent('01FIRST', marketplaceBody(Jane)))
    await parts.store.enter(jane('no', { action: 'DNC', receivedAt: at(2) }))
    await forget()
    await arrive({ ...sent('01SECOND', marketplaceBody(Jane)), receivedAt: at(11) })
    expect(await parts.queues.leads.getWaitingCount()).toBe(1)
    parts.startRouting([{ name: Crm, wants: () => 'yes' }])
    const crm = createMemoryCrm()
    parts.startDelivering(crm)
    await until('it is delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === 1)
    expect([...crm.records.values()].map(({ fields }) => fields.firstname)).toEqual(['Jane'])
    const contact = await parts.store.redis.hget(lead('01SECOND'), 'c')
    expect(await parts.store.suppression.of(String(contact))).toMatchObject([
      { source: 'marketplace', offer: 'contoso.analytics', since: at(2), liftedAt: null },
    ])
    await expectLaws()
  })
})

describe('when it can’t be done to the end', () => {
  it('because a delivery has the person in hand, that is said, and the next run knows the record that was made meanwhile', async () => {
    const crm = createMemoryCrm()
    const door = crm.block('write')
    await parts.add(jane('in-hand'), jane('behind', { receivedAt: at(1) }))
    parts.startDelivering(crm)
    await door.reached
    await expect(forget({ waitMs: 100 })).rejects.toThrow(/a delivery to hubspot has this person in hand/)
    expect(await parts.store.redis.exists(lead('in-hand'))).toBe(1)
    door.release()
    expect(await forget()).toMatchObject({ records: [{ crm: Crm, record: 'contact/1' }] })
    await expectLaws()
  })

  it('because it was killed in the middle, the next run goes on and tells all the records', async () => {
    const contacts = await janeIsEverywhere()
    const killed = new Error('killed')
    const register = { admit: () => Promise.reject(killed) }
    await expect(forget({ register })).rejects.toThrow(killed)
    await expect(forgetPerson(Jane, forgetParts(), () => Promise.reject(killed))).rejects.toThrow(killed)
    expect(await forget()).toMatchObject({ known: true, leads: 14, records: [{ crm: Crm, record: 'contact/1' }] })
    expect(await tracesInRedis(contacts)).toEqual([])
    await expectLaws()
  })

  it('because the journal belongs to somebody else, that is said', async () => {
    await arrive(sent('01FIRST', marketplaceBody(Jane)))
    await expect(forget({ journalDir: join(dir, (await readdir(dir))[0] ?? '') })).rejects.toThrow(NotFinished)
    expect(await forget()).toMatchObject({ leads: 1, journal: 1 })
  })
})
