import { describe, expect, it } from 'vitest'
import type { ContactLink } from '../../src/delivery/ports.ts'
import { makeLead } from '../kit/made-lead.ts'
import type { TestRedis } from '../kit/redis.ts'
import { Crm, onEmptyStore, openStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
let store: StoreParts

onEmptyStore((opened, redis) => {
  store = opened
  server = redis
})

const first = { crm: 'first', org: 'portal-1', sharedOrg: false }
const second = { crm: 'second', org: 'portal-1', sharedOrg: false }
const shared = { sharedOrg: true }

describe('a CRM', () => {
  it('stays bound to its first org, and says since when', async () => {
    expect([await store.orgs.of('first'), await store.orgs.check(first)]).toEqual([null, { kind: 'free' }])
    store.clock.ms = Date.parse('2026-11-23T10:00:00.000Z')
    expect(await store.orgs.bind(first)).toEqual({ kind: 'bound' })
    store.clock.ms += 1_000
    expect(await store.orgs.bind(first)).toEqual({ kind: 'bound' })
    expect(await store.orgs.bind({ ...first, org: 'portal-2' })).toEqual({ kind: 'elsewhere', bound: 'portal-1' })
    expect(await store.orgs.of('first')).toEqual({ org: 'portal-1', since: '2026-11-23T10:00:00.000Z' })
  })

  it('that was only asked about is bound to nothing', async () => {
    await store.orgs.check(first)
    await store.orgs.note('first', true)
    expect([await store.orgs.of('first'), await store.orgs.names()]).toEqual([null, []])
  })

  it('whose binding was forgotten leaves its org to others and binds anew', async () => {
    await store.orgs.bind(first)
    await store.orgs.forget('first')
    expect([await store.orgs.of('first'), await store.orgs.names()]).toEqual([null, []])
    expect(await store.orgs.bind(second)).toEqual({ kind: 'bound' })
    expect(await store.orgs.bind({ ...first, org: 'portal-2' })).toEqual({ kind: 'bound' })
    expect(await store.orgs.names()).toEqual(['first', 'second'])
  })

  it('that was bound before others asked for it is found by them once it was started', async () => {
    await store.redis.hset('{leadsync}:crm:first', 'org', 'portal-1')
    await store.orgs.note('first', false)
    expect(await store.orgs.bind(second)).toEqual({ kind: 'taken', by: 'first' })
    expect(await store.orgs.of('first')).toEqual({ org: 'portal-1', since: null })
  })
})

describe('two CRMs on one org', () => {
  it('are told of each other, and of nobody who is bound to another org or to none', async () => {
    await store.orgs.bind({ ...first, ...shared })
    await store.orgs.bind({ ...second, ...shared })
    await store.orgs.bind({ crm: 'elsewhere', org: 'portal-2', sharedOrg: true })
    await store.orgs.note('unbound', true)
    expect(await Promise.all(['first', 'second', 'elsewhere', 'unbound'].map((crm) => store.orgs.sharing(crm)))).toEqual([
      ['second'],
      ['first'],
      [],
      [],
    ])
  })

  it.each([
    { firstShares: false, secondShares: false, verdict: 'taken' },
    { firstShares: true, secondShares: false, verdict: 'taken' },
    { firstShares: false, secondShares: true, verdict: 'taken' },
    { firstShares: true, secondShares: true, verdict: 'bound' },
  ])('of which the first shares: $firstShares and the second: $secondShares end $verdict', async (the) => {
    await store.orgs.bind({ ...first, sharedOrg: the.firstShares })
    expect(await store.orgs.bind({ ...second, sharedOrg: the.secondShares })).toMatchObject({ kind: the.verdict })
    expect(await store.orgs.bind({ ...first, sharedOrg: the.firstShares })).toEqual({ kind: 'bound' })
  })

  it('share it as soon as both files say so, although the first one has nothing to deliver', async () => {
    await store.orgs.bind(first)
    expect(await store.orgs.check({ ...second, ...shared })).toEqual({ kind: 'taken', by: 'first' })
    await store.orgs.note('first', true)
    expect(await store.orgs.bind({ ...second, ...shared })).toEqual({ kind: 'bound' })
  })

  it('of which one is about to be bound are written by that one, for a minute at most and as long as it asks', async () => {
    const hold = '{leadsync}:org-hold:portal-1'
    expect(await store.orgs.hold(first)).toEqual({ kind: 'free' })
    expect(await store.orgs.hold(second)).toEqual({ kind: 'held', by: 'first' })
    expect(await store.orgs.check(second)).toEqual({ kind: 'free' })
    await store.redis.pexpire(hold, 1_000)
    expect(await store.orgs.hold(first)).toEqual({ kind: 'free' })
    expect(await store.redis.pttl(hold)).toBeGreaterThan(50_000)
    await store.redis.del(hold)
    expect(await store.orgs.hold(second)).toEqual({ kind: 'free' })
    expect(await store.orgs.bind(second)).toEqual({ kind: 'bound' })
    expect(await store.orgs.hold(first)).toEqual({ kind: 'taken', by: 'second' })
    expect(await store.redis.exists(hold)).toBe(0)
  })

  it('that share it do not wait for each other', async () => {
    await store.orgs.note('first', true)
    await store.orgs.note('second', true)
    expect(await store.orgs.hold({ ...first, ...shared })).toEqual({ kind: 'free' })
    expect(await store.orgs.hold({ ...second, ...shared })).toEqual({ kind: 'free' })
  })

  it('of which one takes its word back stop the later one only', async () => {
    store.clock.ms = 1_000
    await store.orgs.bind({ ...second, ...shared })
    store.clock.ms = 2_000
    await store.orgs.bind({ ...first, ...shared })
    await store.orgs.note('second', false)
    expect(await store.orgs.check({ ...first, ...shared })).toEqual({ kind: 'taken', by: 'second' })
    expect(await store.orgs.check(second)).toEqual({ kind: 'bound' })
  })

  it('that ask at the same moment from many processes are never both bound', async () => {
    const others = [openStore(server.url), openStore(server.url)]
    try {
      for (let round = 0; round < 30; round++) {
        const org = `portal-${round}`
        const claims = others.map(({ orgs }, index) => orgs.bind({ crm: `crm-${round}-${index}`, org, sharedOrg: false }))
        const kinds = (await Promise.all(claims)).map(({ kind }) => kind)
        expect(kinds.sort()).toEqual(['bound', 'taken'])
      }
    } finally {
      for (const other of others) await other.close()
    }
  })
})

it('records of a CRM are forgotten for every contact, those of other CRMs stay', async () => {
  const link: ContactLink = { record: { object: 'contact', id: '1' }, known: null, optOuts: null }
  const leads = Array.from({ length: 30 }, (_, n) => makeLead({ id: `lead ${n}`, person: { email: `p${n}@contoso.com` } }))
  for (const lead of leads) {
    const key = await store.enter(lead, [Crm, 'dynamics'])
    const contactId = await store.contactOf(lead)
    const stored = {
      outcome: 'delivered',
      result: 'created',
      record: link.record,
      dropped: [],
      rule: 'nobody-matched',
      reason: null,
    } as const
    for (const crm of [Crm, 'dynamics']) await store.ledger.recordWrite(crm, { leadKey: key, contactId, stored, link })
  }
  expect(await store.orgs.forgetRecords(Crm)).toBe(30)
  expect(await store.orgs.forgetRecords(Crm)).toBe(0)
  const left = await Promise.all(
    leads.map(async (lead) => Object.keys(await store.redis.hgetall(`{leadsync}:contact:${await store.contactOf(lead)}`))),
  )
  expect(left.flat().filter((field) => field.startsWith('link:'))).toEqual(leads.map(() => 'link:dynamics'))
})
