import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Lead } from '../../src/core/index.ts'
import { lockToken } from '../../src/delivery/contact-hold.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { deliver, endings, openDelivery } from '../kit/crm-parts.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm, openStore, type StoreParts } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let store: StoreParts
let crm: MemoryCrm
let delivery: CrmDelivery

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  store = openStore(server.url)
  await store.redis.flushall()
  crm = createMemoryCrm()
  delivery = openDelivery(store, crm)
})
afterEach(() => {
  delivery.stop()
  store.close()
})
afterAll(() => server.stop())

const jane = makeLead({ id: 'jane', person: { email: 'jane@contoso.com', company: 'Contoso' } })

/** Says something of jane that this CRM's `accept:` declines. */
function said(action: 'DNC' | 'PLT', hour: number): Promise<string> {
  const { person } = jane
  return store.enter(makeLead({ id: `${action} at ${hour}`, action, receivedAt: hours(hour), person }), [])
}

async function delivered(...leads: readonly Lead[]): Promise<string> {
  for (const lead of leads) await store.enter(lead)
  expect(endings(await deliver(delivery, ...leads))).not.toContain('later')
  return await store.contactOf(leads[0] ?? jane)
}

function mark(contact: string) {
  return delivery.mark(contact, 'mark.1')
}

function fields() {
  return [...crm.records.values()].map((record) => ({ ...record.fields }))
}

function keys(pattern: string): Promise<string[]> {
  return store.redis.keys(pattern)
}

describe('a mark', () => {
  it('writes the marker fields and nothing else, once', async () => {
    const contact = await delivered(jane)
    const [before] = fields()
    await said('DNC', 1)
    expect(await mark(contact)).toEqual({ kind: 'settled', outcome: 'marked', asked: true })
    expect(fields()).toEqual([{ ...before, dnc_at: hours(1) }])
    expect(await mark(contact)).toEqual({ kind: 'settled', outcome: 'unchanged', asked: false })
    expect([crm.calls.write, await keys('*:lock:*')]).toEqual([2, []])
  })

  it('asks the CRM nothing about a contact of whom nothing was ever said, whom it does not have, or whom nobody knows', async () => {
    const contact = await delivered(jane)
    const { match, catalog } = crm.calls
    expect(await mark(contact)).toMatchObject({ outcome: 'unchanged' })
    const stranger = makeLead({ id: 'stranger', action: 'DNC', person: { email: 'stranger@contoso.com' } })
    await store.enter(stranger, [])
    for (const unknown of [await store.contactOf(stranger), 'nobody']) {
      expect(await mark(unknown)).toMatchObject({ outcome: 'unchanged' })
    }
    expect([crm.calls, await keys('*:lock:*')]).toMatchObject([{ match, catalog, write: 1 }, []])
  })

  it('enters nobody whose record was deleted in the CRM', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    crm.records.clear()
    expect(await mark(contact)).toMatchObject({ outcome: 'unchanged' })
    expect([crm.records.size, crm.calls.write]).toEqual([0, 1])
  })

  it('of a contact that was joined into another one marks the survivor’s record', async () => {
    const phone = { phone: '+16175550100', lastName: 'Doe', company: 'Contoso' }
    const old = await delivered(makeLead({ id: 'phoned', person: phone }))
    const both = makeLead({ id: 'both', receivedAt: hours(1), person: { ...phone, email: 'jane@contoso.com' } })
    await delivered(jane)
    await delivered(both)
    const survivor = await store.contactOf(both)
    expect(survivor).not.toBe(old)
    await said('DNC', 2)
    expect(await mark(old)).toMatchObject({ outcome: 'marked' })
    const marked = [...crm.records.values()].filter((record) => record.fields.dnc_at === hours(2))
    expect(marked.map((record) => record.fields.email)).toEqual(['jane@contoso.com'])
  })

  it('writes what stands when it writes, not what stood when it began', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    const door = crm.block('match')
    const marking = mark(contact)
    await door.reached
    await said('DNC', 3)
    door.release()
    await marking
    expect(fields()).toMatchObject([{ dnc_at: hours(3) }])
  })
})

describe('a contact in hand', () => {
  it('is marked later, whoever has it: a delivery, another mark, or a delivery of a contact that was joined into it', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    await store.redis.set(`{leadsync}:lock:${Crm}:${contact}`, 'somebody')
    expect(await mark(contact)).toMatchObject({ kind: 'later' })
    await store.redis.del(`{leadsync}:lock:${Crm}:${contact}`)
    await store.redis.hset(`{leadsync}:contact:${contact}`, 'joined', 'a-third another')
    await store.redis.set(`{leadsync}:lock:${Crm}:another`, 'somebody')
    expect(await mark(contact)).toMatchObject({ kind: 'later' })
    expect(fields()[0]).not.toHaveProperty('dnc_at')
  })

  it('of a mark is delivered to right after it, and never written twice at once', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    const next = ['a', 'b'].map((id, index) => makeLead({ id, receivedAt: hours(2 + index), person: jane.person }))
    for (const lead of next) await store.enter(lead)
    const door = crm.block('write')
    const marking = mark(contact)
    await door.reached
    const elsewhere = openDelivery(store, crm)
    expect(endings(await deliver(elsewhere, ...next))).toEqual(['later', 'later'])
    elsewhere.stop()
    const delivering = deliver(delivery, ...next)
    expect(await delivery.mark(contact, 'mark.2')).toMatchObject({ kind: 'later' })
    expect(await mark(contact)).toMatchObject({ kind: 'later' })
    door.release()
    expect(await marking).toMatchObject({ outcome: 'marked' })
    expect(endings(await delivering)).toEqual(['delivered:updated', 'delivered:updated'])
    expect([crm.overlaps, await keys('*:lock:*')]).toEqual([0, []])
  })

  it('of a mark whose process is gone, or only slow, is left to it until its lock ends: then the same mark takes it', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    const lock = `{leadsync}:lock:${Crm}:${contact}`
    await store.redis.set(lock, lockToken('mark.1', 'another process'), 'PX', 50)
    expect(await mark(contact)).toMatchObject({ kind: 'later' })
    await until('the lock has ended', async () => (await store.redis.exists(lock)) === 0)
    expect(await mark(contact)).toMatchObject({ outcome: 'marked' })
  })

  it('is free again after a mark that failed', async () => {
    const contact = await delivered(jane)
    await said('DNC', 1)
    crm.fail({ on: 'match', error: new TypeError('a bug') })
    await expect(mark(contact)).rejects.toThrow('a bug')
    expect(await keys('*:lock:*')).toEqual([])
  })
})
