import { describe, expect, it } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import type { Entrant } from '../../src/delivery/register.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

/** The same content from the same person, under an id of its own. */
function arrival(id: string, receivedAt: string, parts: Partial<Entrant> = {}): Entrant {
  return arriving(makeLead({ id, receivedAt }), { contentKey: 'content', ...parts })
}

async function statuses(entrants: readonly Entrant[]): Promise<string[]> {
  const seen: string[] = []
  for (const entrant of entrants) {
    const { status, leadId } = await store.register.admit(entrant)
    seen.push(`${status} ${leadId}`)
  }
  return seen
}

async function counted() {
  const { crms: _, unrouted: __, possibleDuplicates: ___, ...counts } = await store.counters()
  expect(counts.received).toBe(counts.accepted + counts.duplicates + counts.quarantined + counts.held)
  return counts
}

describe('the same content', () => {
  it.each([
    { after: 0, status: 'duplicate first' },
    { after: 23 + 59 / 60, status: 'duplicate first' },
    { after: 24 - 0.001 / 3_600, status: 'duplicate first' },
    { after: 24, status: 'accepted second' },
    { after: 25, status: 'accepted second' },
    { after: -23.9, status: 'duplicate first' },
    { after: -24, status: 'accepted second' },
  ])('that comes $after h later is $status', async ({ after, status }) => {
    await store.register.admit(arrival('first', hours(0)))
    expect(await statuses([arrival('second', hours(after))])).toEqual([status])
  })

  it('does not extend the window: what comes after the first one’s 24 h is new, however recent the last duplicate is', async () => {
    const entrants = [arrival('a', hours(0)), arrival('b', hours(20)), arrival('c', hours(25)), arrival('d', hours(30))]
    expect(await statuses(entrants)).toEqual(['accepted a', 'duplicate a', 'accepted c', 'duplicate c'])
  })

  it.each([
    ['in order', [0, 1]],
    ['the later one first', [1, 0]],
  ])('is one lead and one duplicate when a replay brings it %s', async (_, order) => {
    const entrants = [arrival('a', hours(0)), arrival('b', hours(3))]
    await statuses(order.flatMap((index) => entrants[index] ?? []))
    expect(await counted()).toMatchObject({ received: 2, accepted: 1, duplicates: 1 })
  })

  it('is answered the same when the journal is replayed, in any order, and moves no counter', async () => {
    const entrants = [arrival('a', hours(0)), arrival('b', hours(20)), arrival('c', hours(25)), arrival('d', hours(30))]
    const first = await statuses(entrants)
    const before = await counted()
    expect((await statuses(entrants.toReversed())).toReversed()).toEqual(first)
    expect(await counted()).toEqual(before)
  })

  it('under another content key is another lead', async () => {
    expect(await statuses([arrival('a', hours(0)), arrival('b', hours(0), { contentKey: 'other' })])).toEqual([
      'accepted a',
      'accepted b',
    ])
  })

  it('of a held lead is a duplicate of the held one', async () => {
    await store.register.admit(arrival('a', hours(0), { kind: 'held' }))
    expect(await store.register.admit(arrival('b', hours(1), { kind: 'held' }))).toMatchObject({
      status: 'duplicate',
      leadId: 'a',
      state: 'held',
    })
  })
})

describe('the same lead id', () => {
  it('with the same receipt is a repetition after a crash: it is no duplicate and moves no counter', async () => {
    const entrant = arrival('a', hours(0))
    expect(await statuses([entrant, entrant, entrant])).toEqual(['accepted a', 'accepted a', 'accepted a'])
    expect(await counted()).toEqual({ received: 1, accepted: 1, duplicates: 0, quarantined: 0, held: 0 })
  })

  it('with another receipt is a duplicate, counted once however often that receipt is repeated', async () => {
    const again = arrival('a', hours(0), { contentKey: null, receipt: 'another' })
    expect(await statuses([arrival('a', hours(0)), again, again])).toEqual(['accepted a', 'duplicate a', 'duplicate a'])
    expect(await counted()).toEqual({ received: 2, accepted: 1, duplicates: 1, quarantined: 0, held: 0 })
  })

  it('of a duplicate says whether somebody routed the first one already, so that a lost job can be added again', async () => {
    const again = arrival('a', hours(0), { receipt: 'another' })
    await store.register.admit(arrival('a', hours(0)))
    expect(await store.register.admit(again)).toMatchObject({ routed: false })
    await store.register.admit(arrival('a', hours(0), { receipt: null, route: [] }))
    expect(await store.register.admit(again)).toMatchObject({ routed: true })
  })
})

describe('an idempotency key', () => {
  const key = { key: 'token and key', body: 'body' }

  it('answers the second request with the first one’s id, whatever time has passed', async () => {
    const first = arrival('a', hours(0), { contentKey: null, idempotency: key })
    const second = arrival('b', hours(300), { contentKey: null, idempotency: key })
    expect(await statuses([first, second])).toEqual(['accepted a', 'duplicate a'])
    expect(await store.register.recall(key.key)).toEqual({ body: 'body', leadId: 'a', status: 'accepted' })
  })

  it('that came with another body decides nothing and stays with its first body', async () => {
    const first = arrival('a', hours(0), { contentKey: null, idempotency: key })
    const second = arrival('b', hours(1), { contentKey: null, idempotency: { ...key, body: 'another' } })
    expect(await statuses([first, second])).toEqual(['accepted a', 'accepted b'])
    expect(await store.register.recall(key.key)).toMatchObject({ body: 'body', leadId: 'a' })
  })

  it('that nobody used recalls nothing', async () => {
    expect(await store.register.recall('unknown')).toBeNull()
  })
})

describe('the counters', () => {
  it('count what is held and what is quarantined once each, however often it is given', async () => {
    const held = arrival('h', hours(0), { kind: 'held' })
    const quarantined: Entrant = {
      ...arrival('q', hours(0), { contentKey: null }),
      kind: 'quarantined',
      lead: null,
      receipt: 'q',
    }
    await statuses([held, held, quarantined, quarantined])
    expect(await counted()).toEqual({ received: 2, accepted: 0, duplicates: 0, quarantined: 1, held: 1 })
  })

  it('count a lead per CRM as waiting or not wanted when it is routed, and never twice', async () => {
    const route: Entrant['route'] = [
      { name: Crm, wants: 'yes' },
      { name: 'dynamics', wants: 'no' },
    ]
    const entrant = arrival('a', hours(0), { route })
    expect((await store.register.admit(entrant)).waiting).toEqual([Crm])
    expect((await store.register.admit(entrant)).waiting).toEqual([Crm])
    const { crms, unrouted } = await store.counters()
    expect(crms[Crm]).toMatchObject({ accepted: 1, waiting: 1, notWanted: 0 })
    expect(crms.dynamics).toMatchObject({ accepted: 1, waiting: 0, notWanted: 1 })
    expect(unrouted).toBe(0)
  })

  it.each([
    ['no CRM wants it', [{ name: Crm, wants: 'no' as const }]],
    ['there is no CRM', []],
  ])('count a lead as unrouted, once, when %s', async (_, route) => {
    await statuses([arrival('a', hours(0), { route }), arrival('a', hours(0), { route })])
    expect((await store.counters()).unrouted).toBe(1)
  })

  it('count a lead for a CRM that was added later when the lead is routed again', async () => {
    await store.register.admit(arrival('a', hours(0), { route: [] }))
    const route = [{ name: Crm, wants: 'yes' as const }]
    expect((await store.register.admit(arrival('a', hours(0), { route }))).waiting).toEqual([Crm])
    expect((await store.counters()).crms[Crm]).toMatchObject({ accepted: 1, waiting: 1 })
  })
})

describe('how long things are kept', () => {
  const days = (count: number) => count * 86_400
  const ttl = (key: string) => store.redis.ttl(`{leadsync}:${key}`)

  it('has no end for a lead that still has to be routed or delivered', async () => {
    const k = leadKey('a')
    await store.register.admit(arrival('a', hours(0)))
    expect(await ttl(`lead:${k}`)).toBe(-1)
    await store.register.admit(arrival('a', hours(0), { route: [{ name: Crm, wants: 'yes' }] }))
    expect([await ttl(`lead:${k}`), await ttl(`body:${k}`)]).toEqual([-1, -1])
  })

  it('begins at once for a lead that no CRM wants', async () => {
    const k = leadKey('a')
    await store.register.admit(arrival('a', hours(0), { route: [{ name: Crm, wants: 'no' }] }))
    expect([await ttl(`lead:${k}`), await ttl(`body:${k}`)]).toEqual([days(400), days(90)])
  })

  it('is that of the journal for everything that finds duplicates', async () => {
    await store.register.admit(arrival('a', hours(0), { idempotency: { key: 'key', body: 'body' } }))
    await store.register.admit(arrival('b', hours(1)))
    expect([await ttl('same:content'), await ttl('idem:key'), await ttl('receipt:receipt of b')]).toEqual([
      days(30),
      days(30),
      days(30),
    ])
  })
})
