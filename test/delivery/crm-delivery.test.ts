import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DeliveryError, type Lead, leadKey } from '../../src/core/index.ts'
import { lockToken } from '../../src/delivery/contact-hold.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { type DeliveryParts, deliver, endings, openDelivery } from '../kit/crm-parts.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm, openStore, type StoreParts } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let store: StoreParts
let crm: MemoryCrm
let delivery: CrmDelivery
let closers: (() => void)[]

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  closers = []
  store = openStore(server.url)
  await store.redis.flushall()
  crm = createMemoryCrm()
  delivery = open()
})
afterEach(async () => {
  for (const close of closers) close()
  await store.close()
})
afterAll(() => server.stop())

function open(parts: DeliveryParts = {}): CrmDelivery {
  const opened = openDelivery(store, crm, parts)
  closers.push(() => opened.stop())
  return opened
}

/** Leads of one person, an hour apart; the n-th is called `First n`. */
function leadsOf(email: string, count: number, parts: (index: number) => Partial<Lead['person']> = () => ({})): Lead[] {
  return Array.from({ length: count }, (_, index) =>
    makeLead({
      id: `${email} ${index}`,
      receivedAt: hours(1_000),
      occurredAt: hours(index),
      person: { email, firstName: `First ${index}`, company: 'Contoso', jobTitle: `Job ${index}`, ...parts(index) },
    }),
  )
}

async function enter(...leads: readonly Lead[]): Promise<void> {
  for (const lead of leads) await store.enter(lead)
}

async function counts() {
  return (await store.counters()).crms[Crm] ?? expect.unreachable()
}

/** Delivers leads of one contact as one group: they all wait behind another lead of theirs, which then fails. */
async function deliverTogether(leads: readonly Lead[]): Promise<string[]> {
  const ahead = { ...(leads[0] ?? jane), id: 'ahead', occurredAt: hours(-1) }
  await enter(ahead, ...leads)
  const door = crm.block('match')
  crm.fail({ on: 'match', error: new DeliveryError('unavailable', 'The CRM is away.') })
  const failing = deliver(delivery, ahead)
  await door.reached
  const group = deliver(delivery, ...leads)
  // All claims go over one connection: when it answers this, each of them has found the contact locked.
  await store.redis.ping()
  door.release()
  await failing
  return endings(await group)
}

/** Keys of the contacts' locks that are held. */
function locks(): Promise<string[]> {
  return store.redis.keys('{leadsync}:lock:*')
}

const jane = makeLead({ id: 'jane', person: { email: 'jane@contoso.com', company: 'Contoso', firstName: 'Jane' } })

describe('deliveries of one contact', () => {
  it('that wait together become few writes and one record, each with its own outcome', async () => {
    const leads = leadsOf('jane@contoso.com', 200)
    await enter(...leads)
    const ended = endings(await deliver(delivery, ...leads))
    expect(ended.filter((one) => one === 'delivered:created')).toHaveLength(1)
    expect(ended.every((one) => one.startsWith('delivered:'))).toBe(true)
    expect(crm.records.size).toBe(1)
    expect(crm.calls.write).toBeLessThanOrEqual(10)
    expect(crm.overlaps).toBe(0)
    expect(await counts()).toMatchObject({ accepted: 200, delivered: 200, created: 1, waiting: 0 })
    expect(await locks()).toEqual([])
  })

  it('leave the record as if they had been delivered one after the other, whatever order they came in', async () => {
    const leads = leadsOf('jane@contoso.com', 20)
    await enter(...leads)
    await deliver(delivery, leads[0] as Lead, ...leads.slice(1).toReversed())
    expect([...crm.records.values()]).toMatchObject([
      { fields: { email: 'jane@contoso.com', firstname: 'First 0', jobtitle: 'Job 19', last_lead_at: hours(19) } },
    ])
  })

  it('do not make those of another contact wait', async () => {
    const [slow, fast] = [leadsOf('slow@contoso.com', 1), leadsOf('fast@contoso.com', 1)]
    await enter(...slow, ...fast)
    const door = crm.block('write')
    const waiting = deliver(delivery, ...slow)
    await door.reached
    expect(endings(await deliver(delivery, ...fast))).toEqual(['delivered:created'])
    door.release()
    expect(endings(await waiting)).toEqual(['delivered:created'])
  })

  it('in two processes never write at once, and all arrive in the end', async () => {
    const leads = leadsOf('jane@contoso.com', 30)
    await enter(...leads)
    const other = open()
    const halves = [leads.slice(0, 15), leads.slice(15)] as const
    const results = await Promise.all([deliver(delivery, ...halves[0]), deliver(other, ...halves[1])])
    const late = results.flatMap((part, at) =>
      endings(part).flatMap((one, index) => (one === 'later' ? (halves[at]?.[index] ?? []) : [])),
    )
    await deliver(delivery, ...late)
    expect(crm.overlaps).toBe(0)
    expect(crm.records.size).toBe(1)
    expect(await counts()).toMatchObject({ delivered: 30, waiting: 0 })
  })

  it('come back a little later when another process has the contact in hand', async () => {
    await enter(jane)
    await store.redis.set(`{leadsync}:lock:${Crm}:${await store.contactOf(jane)}`, 'somebody else')
    const result = await delivery.deliver(leadKey(jane.id))
    expect(result).toMatchObject({ kind: 'later' })
    expect(result.kind === 'later' && result.delayMs).toBeGreaterThanOrEqual(100)
    expect(crm.calls).toMatchObject({ catalog: 0, match: 0, write: 0 })
  })

  it('are not begun twice when the queue hands one out again while it is in hand', async () => {
    await enter(jane)
    const door = crm.block('write')
    const first = deliver(delivery, jane)
    await door.reached
    expect(endings(await deliver(delivery, jane))).toEqual(['later'])
    door.release()
    expect(endings(await first)).toEqual(['delivered:created'])
    expect(crm.calls.write).toBe(1)
  })

  it('keep their lock for as long as the CRM takes', async () => {
    await enter(jane)
    const patient = open({ lockMs: 60 })
    const door = crm.block('write')
    const first = deliver(patient, jane)
    await door.reached
    const [lock] = await locks()
    await store.redis.pexpire(String(lock), 500)
    await until('the lock was renewed', async () => (await store.redis.pttl(String(lock))) > 1_000)
    door.release()
    await first
    expect(await locks()).toEqual([])
  })

  it('write nothing of what they have read before their process stood still and another one took the contact, and come back', async () => {
    await enter(jane)
    const slow = open({ lockMs: 100 })
    const door = crm.block('match')
    const first = deliver(slow, jane)
    await door.reached
    await store.redis.set(String((await locks())[0]), 'somebody else')
    const woken = performance.now() + 150
    while (performance.now() < woken);
    door.release()
    expect(endings(await first)).toEqual(['later'])
    expect(crm.calls).toMatchObject({ match: 1, write: 0 })
    await store.redis.del(await locks())
    expect(endings(await deliver(delivery, jane))).toEqual(['delivered:created'])
  })
})

it('a job that two processes do at once is done by the one that has the contact; the other one comes back and writes nothing', async () => {
  await enter(jane)
  const [early, late] = [open(), open()]
  const door = crm.block('match')
  const first = deliver(early, jane)
  await door.reached
  expect(endings(await deliver(late, jane))).toEqual(['later'])
  door.release()
  expect(endings(await first)).toEqual(['delivered:created'])
  expect(endings(await deliver(late, jane))).toEqual(['delivered:created'])
  expect(crm.calls).toMatchObject({ match: 1, write: 1 })
  expect(await locks()).toEqual([])
})

/** A process takes the lead in hand and is gone, and so is its lock after a while. */
async function crash(key: string) {
  const claimed = await store.ledger.claim(Crm, key, lockToken(key, 'gone'))
  await store.redis.del(await locks())
  return claimed
}

describe('a crash', () => {
  it('between the write and the settling goes on there: the CRM is not asked again', async () => {
    const key = await store.enter(jane)
    const claimed = await crash(key)
    const contactId = claimed.kind === 'claimed' ? claimed.claim.contactId : ''
    const record = { object: 'contact', id: '7' }
    const stored = {
      outcome: 'delivered' as const,
      result: 'created' as const,
      record,
      dropped: [],
      rule: 'nobody-matched' as const,
      reason: null,
    }
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored, link: { record, known: null, optOuts: null } })
    expect(endings(await deliver(delivery, jane))).toEqual(['delivered'])
    expect(crm.calls).toMatchObject({ match: 0, write: 0 })
    expect(await counts()).toMatchObject({ delivered: 1, created: 1, waiting: 0 })
  })

  it('between the CRM’s answer and the ledger leaves one record: the next run finds it', async () => {
    await enter(jane)
    await crm.write(
      [
        {
          object: 'contact',
          recordId: null,
          contactId: await store.contactOf(jane),
          email: jane.person.email,
          required: [],
          fields: {
            our_id: await store.contactOf(jane),
            email: jane.person.email,
            company: 'Contoso',
            firstname: 'Jane',
            last_lead_at: jane.occurredAt,
          },
        },
      ],
      new AbortController().signal,
    )
    await deliver(delivery, jane)
    expect(crm.records.size).toBe(1)
    expect(await counts()).toMatchObject({ delivered: 1, unchanged: 1 })
  })

  it('with a lead in hand for the 21st time parks it: it is probably the cause', async () => {
    const key = await store.enter(jane)
    for (let crashes = 0; crashes < 21; crashes++) await crash(key)
    const [ended] = await deliver(delivery, jane)
    expect(ended).toMatchObject({
      status: 'rejected',
      reason: { code: 'protocol', message: expect.stringContaining('21 times') },
    })
    expect(crm.calls.write).toBe(0)
    expect(await locks()).toEqual([])
  })

  it('with a lead in hand for the 20th time does not', async () => {
    const key = await store.enter(jane)
    for (let crashes = 0; crashes < 20; crashes++) await crash(key)
    expect(endings(await deliver(delivery, jane))).toEqual(['delivered:created'])
  })
})

describe('the org', () => {
  it('is bound at the first success, and a credential of another one blocks before anything is written', async () => {
    await enter(jane, ...leadsOf('john@contoso.com', 1))
    await deliver(delivery, jane)
    expect(await store.orgs.of(Crm)).toMatchObject({ org: 'portal-1' })
    crm.org = 'portal-2'
    const [ended] = await deliver(open(), ...leadsOf('john@contoso.com', 1))
    expect(ended).toMatchObject({ reason: { code: 'misconfigured', message: expect.stringContaining('portal-2') } })
    expect(crm.calls).toMatchObject({ match: 1, write: 1 })
    expect(await locks()).toEqual([])
  })

  it('is not bound by a delivery that failed', async () => {
    await enter(jane)
    crm.fail({ on: 'write', error: new DeliveryError('unavailable', 'The CRM is away.') })
    expect(endings(await deliver(delivery, jane))).toEqual(['unavailable'])
    expect(await store.orgs.of(Crm)).toBeNull()
  })

  it('that two files reach is left to the one that was bound first, unless both say that they share it', async () => {
    const [john] = leadsOf('john@contoso.com', 1) as [Lead]
    const name = 'hubspot-other'
    await store.enter(jane)
    await store.enter(john, [name])
    await deliver(delivery, jane)
    const [refused] = await deliver(open({ name }), john)
    expect(refused).toMatchObject({
      reason: { code: 'misconfigured', message: expect.stringMatching(/crm\/hubspot\.yaml is bound.*sharedOrg: true/) },
    })
    expect(crm.calls).toMatchObject({ match: 1, write: 1 })
    expect(endings(await deliver(open({ name, sharedOrg: true }), john))).toEqual(['misconfigured'])
    await store.orgs.note(Crm, true)
    expect(endings(await deliver(open({ name, sharedOrg: true }), john))).toEqual(['delivered:created'])
    await until('the other is bound', async () => (await store.orgs.of(name))?.org === 'portal-1')
  })

  it('that two files reach at the same moment is written by one of them only', async () => {
    const name = 'hubspot-other'
    const [john] = leadsOf('john@contoso.com', 1) as [Lead]
    await store.enter(jane)
    await store.enter(john, [name])
    const door = crm.block('match')
    const first = deliver(open({ name }), john)
    await door.reached
    expect(endings(await deliver(delivery, jane))).toEqual(['rate_limited'])
    door.release()
    expect(endings(await first)).toEqual(['delivered:created'])
    await until('the faster one is bound', async () => (await store.orgs.of(name)) !== null)
    expect(endings(await deliver(delivery, jane))).toEqual(['misconfigured'])
    expect([await store.orgs.of(Crm), crm.calls.write]).toEqual([null, 1])
  })

  it('that a person has forgotten is bound anew by the process that had bound it', async () => {
    let ms = 0
    const patient = open({ now: () => ms })
    const [john, james] = [...leadsOf('john@contoso.com', 1), ...leadsOf('james@contoso.com', 1)] as [Lead, Lead]
    await enter(jane, john, james)
    await deliver(patient, jane)
    crm.org = 'portal-2'
    ms += 3_600_000
    expect(endings(await deliver(patient, john))).toEqual(['misconfigured'])
    await store.orgs.forget(Crm)
    expect(endings(await deliver(patient, john, james))).toEqual(['delivered:created', 'delivered:created'])
    await until('it is bound to the new one', async () => (await store.orgs.of(Crm))?.org === 'portal-2')
  })

  it('is asked once for many deliveries, and again after a failure', async () => {
    const leads = [jane, ...leadsOf('john@contoso.com', 1)]
    await enter(...leads)
    crm.fail({ on: 'catalog', error: new DeliveryError('unavailable', 'The CRM is away.') })
    expect(endings(await deliver(delivery, jane))).toEqual(['unavailable'])
    expect(endings(await deliver(delivery, ...leads))).toEqual(['delivered:created', 'delivered:created'])
    expect(crm.calls.catalog).toBe(2)
  })
})

describe('a value that the CRM refuses', () => {
  const refused = (field: string) => new DeliveryError('invalid', `${Crm}: ${field} was refused.`, { fields: [field] })

  it('in an optional field is left out, and the outcome says so', async () => {
    const [lead] = leadsOf('jane@contoso.com', 1)
    await enter(lead as Lead)
    crm.fail({ on: 'write', error: refused('jobtitle'), when: ({ fields }) => Object.hasOwn(fields, 'jobtitle') })
    expect(endings(await deliver(delivery, lead as Lead))).toEqual(['delivered:created'])
    expect([...crm.records.values()][0]?.fields).not.toHaveProperty('jobtitle')
    const timeline = await store.redis.lrange(`{leadsync}:timeline:${await store.contactOf(lead as Lead)}`, 0, -1)
    expect(timeline.map((line) => JSON.parse(line))).toMatchObject([{ event: 'received' }, { dropped: [{ field: 'jobtitle' }] }])
  })

  it.each(['company', 'email', 'our_id'])('in %s, which a record must have, is a person’s to mend', async (field) => {
    await enter(jane)
    crm.fail({ on: 'write', error: refused(field), times: 2, when: ({ fields }) => Object.hasOwn(fields, field) })
    expect(endings(await deliver(delivery, jane))).toEqual(['invalid'])
    expect(crm.calls.write).toBe(1)
  })

  it('in one lead of several that wait together parks only that lead', async () => {
    const companies = [null, null, 'Bad', 'Contoso', null]
    const leads = leadsOf('jane@contoso.com', 5, (index) => ({ company: companies[index] ?? null }))
    crm.fail({ on: 'write', error: refused('company'), times: 100, when: ({ fields }) => fields.company === 'Bad' })
    const ended = await deliverTogether(leads)
    expect(ended.toSorted()).toEqual([
      'delivered:created',
      'delivered:updated',
      'delivered:updated',
      'delivered:updated',
      'invalid',
    ])
    expect(ended[2]).toBe('invalid')
    expect([...crm.records.values()]).toMatchObject([{ fields: { company: 'Contoso', firstname: 'First 0', jobtitle: 'Job 4' } }])
  })

  it('in one lead of several leaves the others’ values alone although the CRM’s search does not show new records yet', async () => {
    crm.searchLags = true
    const leads = leadsOf('jane@contoso.com', 4, (index) => (index === 3 ? { company: 'Bad' } : { company: `Company ${index}` }))
    crm.fail({ on: 'write', error: refused('jobtitle'), times: 100, when: ({ fields }) => fields.jobtitle === 'Job 1' })
    crm.fail({ on: 'write', error: refused('company'), times: 100, when: ({ fields }) => fields.company === 'Company 0' })
    expect(await deliverTogether(leads)).toEqual(['invalid', 'delivered:created', 'delivered:updated', 'delivered:updated'])
    expect([...crm.records.values()]).toMatchObject([
      { fields: { company: 'Company 1', firstname: 'First 1', jobtitle: 'Job 3' } },
    ])
  })
})

describe('a suppression', () => {
  it('that arrives while the CRM is being asked is honoured', async () => {
    await enter(jane)
    const door = crm.block('match')
    const under = deliver(delivery, jane)
    await door.reached
    await enter(makeLead({ id: 'no', action: 'DNC', receivedAt: hours(1) }))
    door.release()
    expect(endings(await under)).toEqual(['delivered:created'])
    expect([...crm.records.values()]).toMatchObject([{ fields: { dnc_at: hours(1) } }])
  })

  it('that can’t be read delivers nothing', async () => {
    const key = await store.enter(jane)
    await store.redis.set(`{leadsync}:sup:${await store.contactOf(jane)}`, 'not a hash')
    await expect(delivery.deliver(key)).rejects.toThrow('WRONGTYPE')
    expect(crm.calls.write).toBe(0)
  })
})

describe('a CRM whose rules could not be read when the lead was routed', () => {
  it('is asked at the claim, and may decline', async () => {
    await store.register.admit(arriving(jane, { route: [{ name: Crm, wants: 'ask' }] }))
    const picky = open({ accept: { countries: ['FR'] } })
    expect(endings(await deliver(picky, jane))).toEqual(['notWanted'])
    expect(await counts()).toMatchObject({ notWanted: 1, waiting: 0 })
    expect(crm.calls.write).toBe(0)
  })
})

describe('many contacts', () => {
  it('share batches, and an error of one item is that delivery’s alone', async () => {
    const leads = Array.from({ length: 60 }, (_, index) => leadsOf(`person-${index}@contoso.com`, 1)).flat()
    await enter(...leads)
    crm.fail({
      on: 'write',
      error: new DeliveryError('conflict', 'Try again.'),
      when: ({ fields }) => fields.email === 'person-7@contoso.com',
    })
    const ended = endings(await deliver(delivery, ...leads))
    expect(ended[7]).toBe('conflict')
    expect(ended.filter((one) => one === 'delivered:created')).toHaveLength(59)
    expect(crm.calls.write).toBeLessThan(30)
  })

  it('never make more requests at once than the connector allows', async () => {
    crm = createMemoryCrm({ matchBatch: 1, writeBatch: 1, concurrentRequests: 3 })
    const leads = Array.from({ length: 30 }, (_, index) => leadsOf(`person-${index}@contoso.com`, 1)).flat()
    await enter(...leads)
    await deliver(open(), ...leads)
    expect(crm.records.size).toBe(30)
    expect(crm.mostAtOnce).toBeLessThanOrEqual(3)
  })

  it('all fail with the same error when nothing was judged, and are free again', async () => {
    const leads = Array.from({ length: 5 }, (_, index) => leadsOf(`person-${index}@contoso.com`, 1)).flat()
    await enter(...leads)
    crm.fail({ on: 'match', error: new DeliveryError('unauthorized', 'The token was refused.'), times: leads.length })
    expect(new Set(endings(await deliver(delivery, ...leads)))).toEqual(new Set(['unauthorized']))
    expect(await locks()).toEqual([])
  })
})

it('a delivery that the ledger does not know is for a person to look at', async () => {
  const [ended] = await deliver(delivery, jane)
  expect(ended).toMatchObject({ reason: { code: 'protocol', message: expect.stringContaining('replay it from the journal') } })
})

it('a delivery that is settled already is answered from the ledger', async () => {
  await enter(jane)
  await deliver(delivery, jane)
  expect(endings(await deliver(delivery, jane))).toEqual(['delivered:created'])
  expect(crm.calls.write).toBe(1)
})
