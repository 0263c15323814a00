import { describe, expect, it } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import type { Claim, ContactLink, StoredOutcome } from '../../src/delivery/ports.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { dumpRedis } from '../kit/redis-dump.ts'
import { arriving, Crm, Keep, LockMs, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const jane = makeLead({ id: 'jane-1' })
const janeAgain = makeLead({ id: 'jane-2', occurredAt: hours(-1) })
const record = { object: 'contact', id: '7' }
const created: StoredOutcome = {
  outcome: 'delivered',
  result: 'created',
  record,
  dropped: [],
  rule: 'nobody-matched',
  reason: null,
}

function link(lastLeadAt: string): ContactLink {
  return { record, known: { lastLeadId: 'x', lastLeadAt, wrote: {} }, optOuts: null }
}

async function claimed(key: string, holder = key): Promise<Claim> {
  const answer = await store.ledger.claim(Crm, key, holder)
  if (answer.kind !== 'claimed') throw new Error(`It was ${answer.kind}.`)
  return answer.claim
}

async function counts() {
  const { accepted, waiting, delivered, suppressed, notWanted, parked, discarded, forgotten, ...rest } =
    (await store.counters()).crms[Crm] ?? expect.unreachable()
  expect(accepted).toBe(waiting + delivered + suppressed + notWanted + parked + discarded + forgotten)
  return { waiting, delivered, suppressed, notWanted, parked, created: rest.created, updated: rest.updated }
}

async function history(): Promise<readonly unknown[]> {
  const lines = await store.redis.lrange(`{leadsync}:timeline:${await store.contactOf(jane)}`, 0, -1)
  return lines.map((line) => JSON.parse(line))
}

describe('a claim', () => {
  it('hands out the lead, its contact and that nothing was done yet', async () => {
    const key = await store.enter(jane)
    expect(await claimed(key)).toEqual({
      leadKey: key,
      lead: jane,
      contactId: await store.contactOf(jane),
      joinedIds: [],
      step: 'waiting',
      written: null,
      tries: 0,
      suppression: [],
      followUp: null,
      link: { record: null, known: null, optOuts: null },
    })
  })

  it('of a lead that the ledger does not know is missing', async () => {
    expect(await store.ledger.claim(Crm, 'unknown', 'unknown')).toEqual({ kind: 'missing' })
  })

  it('of a lead that was not routed to this CRM is missing', async () => {
    const key = await store.enter(jane, ['dynamics'])
    expect(await store.ledger.claim(Crm, key, key)).toEqual({ kind: 'missing' })
  })

  it('of a settled delivery says how it ended and locks nobody', async () => {
    const key = await store.enter(jane)
    await store.ledger.settle(Crm, key, created)
    expect(await store.ledger.claim(Crm, key, key)).toEqual({ kind: 'settled', outcome: 'delivered:created' })
    expect(await claimed(await store.enter(janeAgain))).toMatchObject({ step: 'waiting' })
  })

  it('finds the contact locked by another delivery, which it names, and spends nothing', async () => {
    const key = await store.enter(jane)
    await claimed(key)
    const other = await store.enter(janeAgain)
    expect(await store.ledger.claim(Crm, other, other)).toEqual({ kind: 'locked', holder: key })
    await store.lock.unlock(Crm, await store.contactOf(jane), key)
    expect(await claimed(other)).toMatchObject({ tries: 0 })
  })

  it('takes its own lock at once after a crash, and counts the unclean end', async () => {
    const key = await store.enter(jane)
    await claimed(key)
    expect(await claimed(key)).toMatchObject({ tries: 1 })
  })

  it('locks the contact for one CRM only', async () => {
    const key = await store.enter(jane, [Crm, 'dynamics'])
    await claimed(key)
    expect(await store.ledger.claim('dynamics', key, 'another')).toMatchObject({ kind: 'claimed' })
  })

  it('locks for the time that was told, and a renewal begins it anew', async () => {
    const key = await store.enter(jane)
    const contact = await store.contactOf(jane)
    const lock = `{leadsync}:lock:${Crm}:${contact}`
    await claimed(key)
    expect(await store.redis.pttl(lock)).toBeGreaterThan(LockMs - 5_000)
    await store.redis.pexpire(lock, 1_000)
    expect(await store.lock.renew(Crm, contact, key)).toBe(true)
    expect(await store.redis.pttl(lock)).toBeGreaterThan(LockMs - 5_000)
  })

  it('of a parked delivery is a replay: the counters move back and the unclean ends are forgotten', async () => {
    const key = await store.enter(jane)
    await claimed(key)
    await store.ledger.park(Crm, key, 'Its e-mail is not one.', 'invalid')
    expect(await counts()).toMatchObject({ waiting: 0, parked: 1 })
    expect(await claimed(key)).toMatchObject({ step: 'waiting', tries: 0 })
    expect(await counts()).toMatchObject({ waiting: 1, parked: 0 })
  })

  it('of a delivery that was parked after the CRM had it goes on at the settling', async () => {
    const key = await store.enter(jane)
    const { contactId } = await claimed(key)
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: created, link: link(hours(0)) })
    await store.ledger.park(Crm, key, 'A bug.', 'invalid')
    expect(await claimed(key)).toMatchObject({ step: 'written', written: created })
  })

  it('of a lead whose body is gone is missing, not a crash', async () => {
    const key = await store.enter(jane)
    await store.redis.del(`{leadsync}:body:${key}`)
    expect(await store.ledger.claim(Crm, key, key)).toEqual({ kind: 'missing' })
  })
})

describe('the contact lock', () => {
  it('is renewed and freed by its holder only', async () => {
    const key = await store.enter(jane)
    const contact = await store.contactOf(jane)
    await claimed(key)
    expect(await store.lock.renew(Crm, contact, 'another')).toBe(false)
    await store.lock.unlock(Crm, contact, 'another')
    const other = await store.enter(janeAgain)
    expect(await store.ledger.claim(Crm, other, other)).toMatchObject({ kind: 'locked' })
  })
})

describe('a recorded write', () => {
  it('is where the next claim goes on, with the contact’s record', async () => {
    const key = await store.enter(jane)
    const { contactId } = await claimed(key)
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: created, link: link(hours(0)) })
    expect(await claimed(key)).toMatchObject({ step: 'written', written: created, link: link(hours(0)) })
  })

  it('that comes late from a frozen worker does not turn the newest lead back', async () => {
    const [key, other] = [await store.enter(jane), await store.enter(janeAgain)]
    const { contactId } = await claimed(key)
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: created, link: link(hours(2)) })
    await store.ledger.recordWrite(Crm, { leadKey: other, contactId, stored: created, link: link(hours(1)) })
    expect((await claimed(key)).link).toEqual(link(hours(2)))
  })

  it('of a settled delivery changes nothing', async () => {
    const key = await store.enter(jane)
    const { contactId } = await claimed(key)
    await store.ledger.settle(Crm, key, created)
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: created, link: link(hours(0)) })
    expect(await store.ledger.claim(Crm, key, key)).toMatchObject({ kind: 'settled' })
  })
})

describe('the end of a delivery', () => {
  it.each([
    ['a created record', created, { delivered: 1, created: 1 }],
    ['an updated record', { ...created, result: 'updated' as const }, { delivered: 1, updated: 1 }],
    ['a do-not-contact', { ...created, outcome: 'suppressed' as const }, { suppressed: 1, created: 0 }],
  ])('counts %s once, however often it is settled', async (_, stored, expected) => {
    const key = await store.enter(jane)
    await store.ledger.settle(Crm, key, stored)
    await store.ledger.settle(Crm, key, stored)
    await store.ledger.park(Crm, key, 'Too late.', 'invalid')
    await store.ledger.decline(Crm, key)
    expect(await counts()).toMatchObject({ waiting: 0, parked: 0, notWanted: 0, ...expected })
    expect(await history()).toHaveLength(2)
  })

  it('that is a park counts once, and a later success takes it back', async () => {
    const key = await store.enter(jane)
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    expect(await counts()).toMatchObject({ waiting: 0, parked: 1 })
    expect(await history()).toMatchObject([{ event: 'received' }, { outcome: 'parked', reason: 'A reason.', code: 'invalid' }])
    await claimed(key)
    await store.ledger.settle(Crm, key, created)
    expect(await counts()).toMatchObject({ waiting: 0, parked: 0, delivered: 1 })
  })

  it('of a lead that the CRM’s accept declined at the claim is not wanted', async () => {
    await store.register.admit(arriving(jane, { route: [{ name: Crm, wants: 'ask' }] }))
    const key = leadKey(jane.id)
    expect(await claimed(key)).toMatchObject({ step: 'ask' })
    await store.ledger.decline(Crm, key)
    expect(await counts()).toMatchObject({ waiting: 0, notWanted: 1 })
  })

  it('of an unknown lead moves nothing', async () => {
    await store.ledger.settle(Crm, 'unknown', created)
    await store.ledger.park(Crm, 'unknown', 'A reason.', 'invalid')
    expect(await counts()).toMatchObject({ delivered: 0, parked: 0, waiting: 0 })
  })

  it('keeps no more of the timeline than was told', async () => {
    const key = await store.enter(jane)
    const timeline = `{leadsync}:timeline:${await store.contactOf(jane)}`
    await store.redis.rpush(timeline, ...Array.from({ length: Keep.timelineTouches }, String))
    await store.ledger.settle(Crm, key, created)
    expect(await store.redis.llen(timeline)).toBe(Keep.timelineTouches)
    expect(await store.redis.ttl(timeline)).toBeGreaterThan(0)
  })
})

describe('a release', () => {
  it('takes the claim back from the unclean ends, never below none', async () => {
    const key = await store.enter(jane)
    await claimed(key)
    await store.ledger.release(Crm, key, false)
    await store.ledger.release(Crm, key, false)
    expect(await claimed(key)).toMatchObject({ tries: 0 })
  })

  it('tells since when the CRM has been unavailable to this delivery, until it was reached', async () => {
    const key = await store.enter(jane)
    const first = 1_795_000_000_000
    store.clock.ms = first
    expect(await store.ledger.release(Crm, key, true)).toBe(first)
    store.clock.ms = first + 5_000
    expect(await store.ledger.release(Crm, key, true)).toBe(first)
    expect(await store.ledger.release(Crm, key, false)).toBe(first + 5_000)
    store.clock.ms = first + 5_001
    expect(await store.ledger.release(Crm, key, true)).toBe(first + 5_001)
  })

  it('leaves no trace of a lead that the ledger does not know', async () => {
    await store.ledger.release(Crm, 'unknown', true)
    expect(await store.redis.keys('*')).toEqual([])
  })
})

describe('how long a lead is kept', () => {
  const ttls = (key: string) => Promise.all(['lead', 'body'].map((part) => store.redis.ttl(`{leadsync}:${part}:${key}`)))
  const days = (count: number) => count * 86_400

  it('is counted from its last delivery’s end', async () => {
    const key = await store.enter(jane, [Crm, 'dynamics'])
    await store.ledger.settle(Crm, key, created)
    expect(await ttls(key)).toEqual([-1, -1])
    await store.ledger.settle('dynamics', key, created)
    expect(await ttls(key)).toEqual([days(Keep.ledgerDays), days(Keep.bodyDays)])
  })

  it('has no end while a delivery is parked', async () => {
    const key = await store.enter(jane, [Crm, 'dynamics'])
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    await store.ledger.settle('dynamics', key, created)
    expect(await ttls(key)).toEqual([-1, -1])
  })
})

describe('what is kept of a person beside the lead’s body', () => {
  const doe = {
    ...{ email: 'janine@contoso.com', phone: '+16175550123' },
    ...{ firstName: 'Janine', lastName: 'Doering', company: 'Fourth Coffee' },
  }
  const lead = makeLead({ person: doe, notes: 'Please call me.', offer: { title: 'Analytics' } })

  it('is no word of theirs: not in the ledger, the history, nor in who they are', async () => {
    const key = await store.enter(lead)
    const { contactId } = await claimed(key)
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: created, link: link(hours(0)) })
    await store.ledger.settle(Crm, key, created)
    const dump = await dumpRedis(store.redis)
    const told = [...dump].filter(([name]) => !name.startsWith('{leadsync}:body:')).map(([, text]) => text.toLowerCase())
    expect(told.length).toBeGreaterThan(5)
    for (const word of [...Object.values(doe), '6175550123', lead.notes ?? '']) {
      expect(told.filter((text) => text.includes(word.toLowerCase()))).toEqual([])
      expect(dump.get(`{leadsync}:body:${key}`)?.includes(word)).toBe(true)
    }
  })

  it('is for good who they are, whatever became of the lead', async () => {
    await store.ledger.settle(Crm, await store.enter(lead), created)
    const contact = await store.contactOf(lead)
    const aliases = await store.redis.keys('{leadsync}:alias:*')
    expect(aliases.length).toBeGreaterThan(1)
    const kept = [...aliases, ...['aliases', 'contact'].map((kind) => `{leadsync}:${kind}:${contact}`)]
    expect(await Promise.all(kept.map((name) => store.redis.ttl(name)))).toEqual(kept.map(() => -1))
  })
})

describe('what is known of a CRM', () => {
  it('is when something was last delivered there', async () => {
    expect(await store.ledger.lastSuccess(Crm)).toBe(0)
    await store.ledger.park(Crm, await store.enter(janeAgain), 'A reason.', 'invalid')
    expect(await store.ledger.lastSuccess(Crm)).toBe(0)
    store.clock.ms = 1_795_000_000_000
    await store.ledger.settle(Crm, await store.enter(jane), created)
    expect(await store.ledger.lastSuccess(Crm)).toBe(1_795_000_000_000)
  })

  it('is why it is blocked, as noted first', async () => {
    const state = { code: 'unauthorized', reason: 'The token was refused.', since: hours(0) }
    expect(await store.states.block(Crm, state)).toBe(true)
    expect(await store.states.block(Crm, { ...state, since: hours(1) })).toBe(false)
    expect(await store.states.blocked(Crm)).toEqual(state)
    await store.states.unblock(Crm)
    expect(await store.states.blocked(Crm)).toBeNull()
  })
})
