import { describe, expect, it } from 'vitest'
import { stands } from '../../src/core/index.ts'
import { knownAliases } from '../../src/store/contact-lookup.ts'
import { recordsOf } from '../../src/store/contact-records.ts'
import { type StoredEntry, StrongSuppressions, type Suppressed, strongAlias } from '../../src/store/strong-suppression.ts'
import { strongLines } from '../../src/store/suppression-export.ts'
import type { TimelineLine } from '../../src/store/timeline.ts'
import { hours, type LeadParts, makeLead } from '../kit/made-lead.ts'
import type { TestRedis } from '../kit/redis.ts'
import { Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
let store: StoreParts
let strong: StrongSuppressions

onEmptyStore((opened, redis) => {
  store = opened
  server = redis
  strong = new StrongSuppressions(store.scripts, Keep)
})

const Jane = 'jane@contoso.com'
const Phone = '+16175551234'
const At = Date.parse(hours(0))
const Entry: StoredEntry = { source: 'admin', channel: 'any', offer: '*', since: At, reason: 'asked by letter' }
const All = { channel: null, offer: null, reason: 'asked again', at: At + 60_000 }

function alias(text: string): string {
  return strongAlias(text, 'a secret') ?? 'none'
}

it.each(['617-555-7777', '5551234', '0000000', '+1 000 000 0000', '16175551234'])(
  'a number that may be read as another country’s, or is none, is refused: %s',
  (text) => {
    expect(alias(text)).toBe('none')
  },
)

it.each(['+1 617 555 1234', '001 617 555 1234', '(+1) 617-555-1234', '＋1 617 555 1234'])(
  'a number is one however it is typed: %s',
  (text) => {
    expect(alias(text)).toBe(alias('+16175551234'))
  },
)

async function all(): Promise<readonly Suppressed[]> {
  const found: Suppressed[] = []
  for await (const some of strongLines(store.scripts)) found.push(...some)
  return found
}

async function changes(...steps: readonly (() => Promise<{ entries: number }>)[]): Promise<readonly number[]> {
  const done: number[] = []
  for (const step of steps) done.push((await step()).entries)
  return done
}

async function history() {
  const contact = await store.contactOf(makeLead({ id: 'before' }))
  const [first = 'none'] = contact === 'none' ? await store.redis.keys('*:timeline:*') : [`{leadsync}:timeline:${contact}`]
  const lines = await store.redis.lrange(first, 0, -1)
  return lines.map((line) => JSON.parse(line) as TimelineLine)
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
    const twice = () => strong.lift(alias(Jane), { ...All, at: At + 90_000, reason: 'twice' })
    expect(await changes(() => strong.lift(alias(Jane), All), twice)).toEqual([1, 0])
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
    const add = (since: number) => () => strong.add(alias(Jane), { ...Entry, since })
    expect(await changes(add(At), add(At + 1), () => strong.lift(alias(Jane), All), add(At + 120_000))).toEqual([1, 0, 1, 1])
    expect((await suppressionOf({})).map(stands)).toEqual([false, true])
  })

  it('is lifted by channel and offer when they are named', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.add(alias(Jane), { ...Entry, channel: 'email', offer: 'contoso.analytics' })
    const lift = (offer: string | null) => () => strong.lift(alias(Jane), { ...All, channel: 'email', offer })
    expect(await changes(lift('contoso.backup'), lift(null))).toEqual([0, 1])
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
    expect(JSON.stringify(await all())).not.toMatch(/jane|contoso|6175551234/)
    expect(await all()).toHaveLength(2)
  })

  it('is in the history of whom it is about, once, with source, channel, offer and reason, and so is that it was taken back', async () => {
    await suppressionOf({ id: 'before', person: { email: Jane, phone: Phone, lastName: 'Doe' } })
    const offer = 'contoso.analytics'
    await strong.add(alias(Jane), { ...Entry, channel: 'email', offer })
    await strong.add(alias(Jane), { ...Entry, channel: 'email', offer })
    await strong.lift(alias(Jane), All)
    await strong.lift(alias(Jane), All)
    const known = await knownAliases(store.scripts, '+1 617 555 1234', 'a secret')
    expect(await strong.add(alias(Phone), { ...Entry, source: 'import', reason: '' }, known)).toMatchObject({
      contacts: [await store.contactOf(makeLead({ id: 'before' }))],
    })
    expect((await history()).slice(1)).toEqual([
      { at: hours(0), lead: null, event: 'suppressed', source: 'admin', channel: 'email', offer, reason: 'asked by letter' },
      {
        at: new Date(All.at).toISOString(),
        ...{ lead: null, event: 'lifted', source: 'admin', channel: 'any', offer: null, reason: 'asked again' },
      },
      { at: hours(0), lead: null, event: 'suppressed', source: 'import', channel: 'any', offer: null, reason: null },
    ])
  })

  it('tells which CRM records of the person are to follow', async () => {
    await suppressionOf({ id: 'before' })
    const { contacts } = await strong.add(alias(Jane), Entry)
    expect(await recordsOf(store.scripts, contacts)).toEqual(new Map())
    const link = JSON.stringify({ record: { object: 'contact', id: '7' }, known: null })
    await store.redis.hset(`{leadsync}:contact:${contacts[0]}`, 'link:hubspot', link, 'link:dynamics', '{"record":null}')
    expect(await recordsOf(store.scripts, contacts)).toEqual(new Map([['hubspot', contacts]]))
  })

  it('that can’t be read is no yes: the claim fails', async () => {
    await store.redis.hset('{leadsync}:dnc', alias(Jane), 'damaged')
    await expect(suppressionOf({})).rejects.toThrow()
  })
})

describe('what the marketplace said', () => {
  const lead = { id: 'no', action: 'DNC', occurredAt: hours(-2) }
  const dnc = { source: 'marketplace', channel: 'any', offer: 'contoso.analytics', since: hours(-2) }

  it('is taken back by an admin, too, until it is said again later', async () => {
    await suppressionOf(lead)
    expect(await strong.lift(alias(Jane), All)).toMatchObject({ entries: 0, marketplace: { lifted: 1, standing: 0 } })
    expect(await suppressionOf({})).toEqual([{ ...dnc, liftedAt: new Date(All.at).toISOString(), liftedBy: 'admin' }])
    expect(await strong.lift(alias(Jane), { ...All, at: All.at + 1 })).toMatchObject({ marketplace: { lifted: 0 } })
    expect((await history()).filter(({ event }) => event === 'lifted')).toMatchObject([
      { source: 'admin', reason: 'asked again' },
    ])

    expect((await suppressionOf({ ...lead, id: 'older', occurredAt: hours(-1) })).filter(stands)).toEqual([])
    const again = { ...lead, id: 'later', occurredAt: hours(1), receivedAt: hours(1) }
    expect((await suppressionOf(again)).filter(stands)).toMatchObject([{ since: hours(1) }])
  })

  it('is taken back by a clock that was set back, too', async () => {
    await suppressionOf(lead)
    await strong.lift(alias(Jane), { ...All, at: Date.parse(hours(-5)) })
    expect((await suppressionOf({})).filter(stands)).toEqual([])
  })

  it('is told apart from what a later lead lifts', async () => {
    await suppressionOf(lead)
    await strong.lift(alias(Jane), All)
    const wish = { id: 'wish', action: 'PLT', occurredAt: hours(1), receivedAt: hours(1) }
    expect(await suppressionOf(wish)).toMatchObject([{ liftedAt: hours(1), liftedBy: 'lead' }])
  })

  it.each([
    { what: 'one channel', lift: { channel: 'email' as const }, lifted: 0 },
    { what: 'every channel', lift: { channel: 'any' as const }, lifted: 1 },
    { what: 'another offer', lift: { offer: 'contoso.backup' }, lifted: 0 },
    { what: 'its offer', lift: { offer: 'contoso.analytics' }, lifted: 1 },
  ])('is about every channel and its offer: a lift of $what lifts $lifted', async ({ lift, lifted }) => {
    await suppressionOf(lead)
    const changed = await strong.lift(alias(Jane), { ...All, ...lift })
    expect(changed.marketplace).toEqual({ lifted, standing: 1 - lifted })
    expect((await suppressionOf({})).filter(stands)).toHaveLength(1 - lifted)
  })

  it('is found by the number, too', async () => {
    await suppressionOf({ ...lead, person: { phone: Phone, lastName: 'Doe' } })
    const known = await knownAliases(store.scripts, '16175551234', 'a secret')
    expect(await strong.lift(alias(Phone), All, known)).toMatchObject({ marketplace: { lifted: 1 } })
  })

  it('of somebody who was forgotten is taken back, too', async () => {
    const kept = `{leadsync}:kept:${alias(Jane)}`
    await store.redis.hset(kept, 'd:*', At)
    expect(await strong.lift(alias(Jane), All)).toMatchObject({ marketplace: { lifted: 1, standing: 0 }, contacts: [] })
    expect(await store.redis.hgetall(kept)).toEqual({ 'd:*': String(At), 'l:*': String(All.at) })
    expect(await store.redis.ttl(kept)).toBe(-1)
  })

  it('survives a killed Redis, and never ends by itself', async () => {
    await suppressionOf(lead)
    await server.restart()
    expect(await suppressionOf({ id: 'later', receivedAt: hours(9_000) })).toMatchObject([dnc])
    const keys = await store.redis.keys('*:sup:*')
    expect(keys).toHaveLength(1)
    for (const key of keys) expect(await store.redis.ttl(key)).toBe(-1)
  })
})

describe('what was exported', () => {
  it('comes back whole, and changes nothing where it is', async () => {
    await strong.add(alias(Jane), Entry)
    await strong.add(alias(Phone), { ...Entry, channel: 'phone', source: 'import' })
    await strong.lift(alias(Phone), All)
    const before = await all()
    const restored = before.map((one) => () => strong.restore(one))
    expect(await changes(...restored)).toEqual([0, 0])
    await store.redis.flushall()
    expect(await changes(...restored)).toEqual([1, 1])
    const order = (some: typeof before) => some.toSorted((a, b) => a.alias.localeCompare(b.alias))
    expect(order(await all())).toEqual(order(before))
  })

  it('before a lift does not undo the lift; what was exported after it brings it back', async () => {
    await suppressionOf({ id: 'before' })
    await strong.add(alias(Jane), Entry)
    const [before] = await all()
    await strong.lift(alias(Jane), All)
    const [after] = await all()
    if (before) await strong.restore(before)
    expect(await all()).toEqual([after])
    expect((await history()).map(({ event }) => event)).toEqual(['received', 'suppressed', 'lifted'])
    await store.redis.flushall()
    if (before) await strong.restore(before)
    if (after) await strong.restore(after)
    expect(await all()).toEqual([after])
  })
})
