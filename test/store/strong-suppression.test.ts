import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { stands } from '../../src/core/index.ts'
import { type StoredEntry, StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { hours, type LeadParts, makeLead } from '../kit/made-lead.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm, openStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
let store: StoreParts
let strong: StrongSuppressions

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  store = openStore(server.url)
  strong = new StrongSuppressions(store.scripts)
  await store.redis.flushall()
})
afterEach(() => store.close())
afterAll(() => server.stop())

const Jane = 'jane@contoso.com'
const Phone = '+16175551234'
const At = Date.parse(hours(0))
const Entry: StoredEntry = { source: 'admin', channel: 'any', offer: '*', since: At, reason: 'asked by letter' }
const All = { channel: null, offer: null, reason: 'asked again', at: At + 60_000 }

function alias(text: string): string {
  return strongAlias(text, 'a secret') ?? 'none'
}

async function suppressionOf(parts: LeadParts) {
  const lead = makeLead(parts)
  const key = await store.enter(lead)
  const claimed = await store.ledger.claim(Crm, key, key)
  const contact = await store.contactOf(lead)
  await store.lock.unlock(Crm, contact, key)
  const asked = await store.suppression.of(contact)
  expect(claimed).toMatchObject({ kind: 'claimed', claim: { suppression: asked } })
  return asked
}

describe('what an admin said', () => {
  const no = { source: 'admin', channel: 'any', offer: null, since: hours(0), liftedAt: null, reason: 'asked by letter' }

  it('holds for a person who is known already, and for one whose first lead is yet to come', async () => {
    expect(await suppressionOf({ id: 'before' })).toEqual([])
    await strong.add(alias(Jane), Entry)
    await strong.add(alias('bob@contoso.com'), Entry)
    expect(await store.suppression.of(await store.contactOf(makeLead({ id: 'before' })))).toMatchObject([no])
    expect(await suppressionOf({ id: 'after', person: { email: 'bob@contoso.com' } })).toMatchObject([no])
    expect(await suppressionOf({ id: 'other', person: { email: 'eve@contoso.com' } })).toEqual([])
  })

  it.each([
    { what: 'with a last name', person: { phone: Phone, lastName: 'Doe' } },
    { what: 'without a name', person: { phone: Phone, company: 'Contoso' } },
    { what: 'beside an e-mail', person: { phone: Phone, email: Jane } },
    { what: 'that could not be read', person: { phoneRaw: '1 617 555 1234', company: 'Contoso' } },
  ])('of a number holds for whoever has it: $what', async ({ person }) => {
    await strong.add(alias('+1 (617) 555-1234'), Entry)
    expect(await suppressionOf({ person })).toMatchObject([no])
  })

  it('of a number goes with the contact when it is joined into another one', async () => {
    await suppressionOf({ id: 'by-phone', person: { phone: Phone, lastName: 'Doe' } })
    await strong.add(alias(Phone), Entry)
    await store.enter(makeLead({ id: 'by-email', person: { email: Jane } }))
    await store.enter(makeLead({ id: 'both', person: { email: Jane, phone: Phone, lastName: 'Doe' } }))
    expect(await suppressionOf({ id: 'again', person: { email: Jane } })).toMatchObject([no])
    expect(await store.redis.keys('*numbers:*')).toHaveLength(1)
  })

  it('is not taken back by a customer who asks to be contacted', async () => {
    await strong.add(alias(Jane), Entry)
    expect((await suppressionOf({ action: 'PLT', occurredAt: hours(5), receivedAt: hours(5) })).filter(stands)).toMatchObject([
      no,
    ])
  })

  it('is taken back by an admin alone, and stays in the history with both reasons', async () => {
    await strong.add(alias(Jane), Entry)
    expect(await strong.lift(alias(Jane), All)).toBe(1)
    expect(await strong.lift(alias(Jane), { ...All, at: At + 90_000, reason: 'twice' })).toBe(0)
    const [entry, ...more] = await suppressionOf({})
    expect(more).toEqual([])
    expect(entry).toMatchObject({ ...no, liftedAt: new Date(All.at).toISOString(), liftReason: 'asked again' })
    expect(entry && stands(entry)).toBe(false)
  })

  it('can be taken back in the same moment, and by a clock that was set back', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.lift(alias(Jane), { ...All, at: At - 5_000 })
    expect((await suppressionOf({})).filter(stands)).toEqual([])
  })

  it('is said once however often it is said, and anew after it was lifted', async () => {
    expect([await strong.add(alias(Jane), Entry), await strong.add(alias(Jane), { ...Entry, since: At + 1 })]).toEqual([
      true,
      false,
    ])
    await strong.lift(alias(Jane), All)
    expect(await strong.add(alias(Jane), { ...Entry, since: At + 120_000 })).toBe(true)
    expect((await suppressionOf({})).map(stands)).toEqual([false, true])
  })

  it('is lifted by channel and offer when they are named', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.add(alias(Jane), { ...Entry, channel: 'email', offer: 'contoso.analytics' })
    expect(await strong.lift(alias(Jane), { ...All, channel: 'email', offer: 'contoso.backup' })).toBe(0)
    expect(await strong.lift(alias(Jane), { ...All, channel: 'email' })).toBe(1)
    expect((await suppressionOf({})).filter(stands)).toMatchObject([no])
  })

  it('survives a killed Redis, and never ends by itself', async () => {
    await strong.add(alias(Jane), Entry)
    await suppressionOf({ person: { email: Jane, phone: Phone } })
    await server.restart()
    expect(await suppressionOf({ id: 'later', receivedAt: hours(9_000) })).toMatchObject([no])
    for (const key of await store.redis.keys('*:dnc')) expect(await store.redis.ttl(key)).toBe(-1)
    for (const key of await store.redis.keys('*:numbers:*')) expect(await store.redis.ttl(key)).toBe(-1)
  })

  it('is stored without address or number', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.add(alias(Phone), Entry)
    const all = JSON.stringify(await strong.all())
    expect(all).not.toMatch(/jane|contoso|6175551234/)
    expect(await strong.all()).toHaveLength(2)
  })

  it('that can’t be read is no yes: the claim fails', async () => {
    await store.redis.hset('{leadsync}:dnc', alias(Jane), 'damaged')
    await expect(suppressionOf({})).rejects.toThrow()
  })
})

describe('what was exported', () => {
  it('comes back whole, and changes nothing where it is', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.add(alias(Phone), { ...Entry, channel: 'phone', source: 'import' })
    await strong.lift(alias(Phone), All)
    const all = await strong.all()
    for (const one of all) expect(await strong.restore(one)).toBe(0)
    await store.redis.flushall()
    for (const one of all) expect(await strong.restore(one)).toBe(1)
    const order = (some: typeof all) => some.toSorted((a, b) => a.alias.localeCompare(b.alias))
    expect(order(await strong.all())).toEqual(order(all))
  })

  it('before a lift does not undo the lift; what was exported after it brings it back', async () => {
    await strong.add(alias(Jane), Entry)
    const [before] = await strong.all()
    await strong.lift(alias(Jane), All)
    const [after] = await strong.all()
    if (before) await strong.restore(before)
    expect(await strong.all()).toEqual([after])
    await store.redis.flushall()
    if (before) await strong.restore(before)
    if (after) await strong.restore(after)
    expect(await strong.all()).toEqual([after])
  })
})
