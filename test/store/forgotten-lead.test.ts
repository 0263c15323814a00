import { describe, expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import { emailAlias, phoneAlias } from '../../src/store/aliases.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const Email = emailAlias('jane@contoso.com', 'a secret')
const Phone = phoneAlias({ number: '+16175550123', lastName: 'doe' }, 'a secret').alias
const Route = [{ name: Crm, wants: 'yes' as const }]
const byPhone = { phone: '+16175550123', lastName: 'Doe' }

/** What `leadsync forget` leaves of somebody. */
async function forget(alias: string, at: string, said: Readonly<Record<string, string>> = {}): Promise<void> {
  await store.redis.set(`{leadsync}:forgotten:${alias}`, Date.parse(at))
  for (const [field, when] of Object.entries(said)) await store.redis.hset(`{leadsync}:kept:${alias}`, field, Date.parse(when))
}

async function counts() {
  const { crms, ...leads } = await store.counters()
  expect(leads.received).toBe(leads.accepted + leads.duplicates + leads.quarantined + leads.held)
  return { ...leads, crm: crms[Crm] ?? expect.unreachable() }
}

async function keysLike(pattern: string): Promise<string[]> {
  return await store.redis.keys(`{leadsync}:${pattern}`)
}

describe('a lead from before its person was forgotten', () => {
  it.each<[string, Lead, string]>([
    ['e-mail', makeLead(), Email],
    ['e-mail, whatever number', makeLead({ person: { email: 'jane@contoso.com', ...byPhone } }), Email],
    ['phone number and last name', makeLead({ person: byPhone }), Phone],
    ['e-mail, at the same time', makeLead({ occurredAt: hours(-1) }), Email],
  ])('by %s, is accepted and at its end in every CRM, and nothing else is kept', async (_, lead, alias) => {
    await forget(alias, hours(-1))
    const before = { ...lead, occurredAt: hours(-1) }
    expect(await store.register.admit(arriving(before))).toMatchObject({ status: 'accepted', state: 'forgotten', routed: true })
    expect(await counts()).toMatchObject({ accepted: 1, crm: { accepted: 1, forgotten: 1, waiting: 0 } })
    const kept = await store.redis.keys('*')
    expect(kept.map((key) => key.replace(/^\{leadsync\}:/, '')).sort()).toEqual([
      'counters',
      `forgotten:${alias}`,
      `lead:${leadKey('lead-1')}`,
    ])
    expect(await store.redis.hgetall(`{leadsync}:lead:${leadKey('lead-1')}`)).toEqual({
      id: leadKey('lead-1'),
      s: 'accepted',
      at: String(Date.parse(lead.receivedAt)),
      receipt: 'receipt of lead-1',
      routed: '1',
      [`crm:${Crm}`]: 'forgotten',
    })
    expect(await store.redis.ttl(`{leadsync}:lead:${leadKey('lead-1')}`)).toBe(400 * 86_400)
  })

  it('from a foreign producer ends in the CRMs of its route, and asks for no delivery', async () => {
    await forget(Email, hours(1))
    const answer = await store.register.admit(arriving(makeLead(), { route: [...Route, { name: 'dynamics', wants: 'no' }] }))
    expect(answer).toMatchObject({ status: 'accepted', state: 'forgotten', waiting: [] })
    const { crms } = await store.counters()
    expect(crms).toMatchObject({ [Crm]: { forgotten: 1 }, dynamics: { accepted: 1, forgotten: 1, notWanted: 0 } })
  })

  it('keeps an id that Leadsync made', async () => {
    await forget(Email, hours(1))
    const lead = makeLead({ id: '01M83P2SY48S71PBJXTQ2SAJPD' })
    await store.register.admit(arriving(lead))
    expect(await store.redis.hget(`{leadsync}:lead:${leadKey(lead.id)}`, 'id')).toBe(lead.id)
  })

  it('is a duplicate when it comes again, by its id or its content', async () => {
    await forget(Email, hours(1))
    const admit = (id: string, receipt: string) =>
      store.register.admit(arriving(makeLead({ id }), { receipt, contentKey: 'content' }))
    expect(await admit('a', 'one')).toMatchObject({ status: 'accepted' })
    expect(await admit('a', 'one')).toMatchObject({ status: 'accepted', state: 'forgotten' })
    expect(await admit('a', 'two')).toMatchObject({ status: 'duplicate' })
    expect(await admit('b', 'three')).toMatchObject({ status: 'duplicate', leadId: leadKey('a') })
    expect(await counts()).toMatchObject({ received: 3, accepted: 1, duplicates: 2, crm: { accepted: 1, forgotten: 1 } })
    expect(await keysLike('contact:*')).toEqual([])
  })

  it('is not held either', async () => {
    const lead = makeLead({ test: true })
    await store.register.admit(arriving(lead, { kind: 'held' }))
    await forget(Email, hours(1))
    const answers = [await store.register.admit(arriving(lead, { kind: 'held' }))]
    answers.push(await store.register.admit(arriving({ ...lead, id: 'other' }, { kind: 'held' })))
    expect(answers).toMatchObject(['lead-1', 'other'].map((leadId) => ({ leadId, status: 'accepted', state: 'forgotten' })))
    expect(await counts()).toMatchObject({ received: 2, accepted: 2, held: 0, crm: { accepted: 2, forgotten: 2 } })
  })

  it('that waited to be routed goes nowhere', async () => {
    const lead = makeLead()
    await store.register.admit(arriving(lead))
    await forget(Email, hours(1))
    expect(await store.register.admit(arriving(lead, { receipt: null, route: Route }))).toMatchObject({ waiting: [] })
    expect(await counts()).toMatchObject({ accepted: 1, crm: { accepted: 1, forgotten: 1, waiting: 0 } })
    expect(await keysLike('body:*')).toEqual([])
  })

  it('that was delivered before is no other channel’s first any more', async () => {
    const lead = makeLead()
    await store.enter(lead)
    await store.redis.hdel(`{leadsync}:lead:${leadKey(lead.id)}`, 'c', 'id')
    await store.redis.del(`{leadsync}:alias:${Email}`)
    await forget(Email, hours(0))
    const later = makeLead({ id: 'later', channel: 'api', occurredAt: hours(1), receivedAt: hours(1) })
    expect(await store.register.admit(arriving(later))).toMatchObject({ status: 'accepted', state: 'accepted' })
  })

  it('is no other channel’s first', async () => {
    await forget(Email, hours(0))
    await store.register.admit(arriving(makeLead()))
    const later = makeLead({ id: 'later', channel: 'api', occurredAt: hours(1), receivedAt: hours(1) })
    expect(await store.register.admit(arriving(later))).toMatchObject({ status: 'accepted', state: 'accepted' })
  })
})

describe('a do-not-contact from before its person was forgotten', () => {
  const no = makeLead({ action: 'DNC', occurredAt: hours(-1) })

  it('is kept for whoever comes under that e-mail', async () => {
    await forget(Email, hours(0))
    await store.register.admit(arriving(no))
    const later = makeLead({ id: 'later', occurredAt: hours(1), receivedAt: hours(1) })
    await store.enter(later)
    expect(await store.suppression.of(await store.contactOf(later))).toMatchObject([{ since: hours(-1), liftedAt: null }])
  })

  it('holds for whoever came under that e-mail already', async () => {
    await forget(Email, hours(0))
    const later = makeLead({ id: 'later', occurredAt: hours(1), receivedAt: hours(1) })
    await store.enter(later)
    await store.register.admit(arriving(no))
    expect(await store.suppression.of(await store.contactOf(later))).toMatchObject([{ since: hours(-1), liftedAt: null }])
    expect(await keysLike('kept:*')).toEqual([])
  })
})

it('a do-not-contact that comes twice from before its person was forgotten makes nobody known again', async () => {
  const no = makeLead({ action: 'DNC', occurredAt: hours(-1) })
  await forget(Email, hours(0))
  await store.register.admit(arriving(no, { contentKey: 'content' }))
  const again = arriving({ ...no, id: 'again', occurredAt: hours(-0.5) }, { contentKey: 'content' })
  expect(await store.register.admit(again)).toMatchObject({ status: 'duplicate' })
  expect(await keysLike('contact:*')).toEqual([])
  expect(await store.redis.hgetall(`{leadsync}:kept:${Email}`)).toEqual({
    'd:contoso.analytics': String(Date.parse(hours(-0.5))),
  })
})

describe('a lead from after its person was forgotten', () => {
  const later = makeLead({ id: 'later', occurredAt: hours(1), receivedAt: hours(1) })

  it('is welcome', async () => {
    await forget(Email, hours(0))
    expect(await store.register.admit(arriving(later, { route: Route }))).toMatchObject({ status: 'accepted', waiting: [Crm] })
  })

  it('finds the no that was kept, which is the contact’s from then on', async () => {
    await forget(Email, hours(0), { 'd:contoso.analytics': hours(-2), 'r:contoso.analytics': hours(-3) })
    await store.enter(later)
    expect(await store.suppression.of(await store.contactOf(later))).toMatchObject([
      { source: 'marketplace', offer: 'contoso.analytics', since: hours(-2), liftedAt: hours(-3) },
    ])
    expect(await keysLike('kept:*')).toEqual([])
  })

  it('by which the customer asks to be contacted lifts the no that was kept, and says so', async () => {
    await forget(Email, hours(0), { 'd:*': hours(-2) })
    await store.enter({ ...later, action: 'PLT' })
    expect(await store.suppression.of(await store.contactOf(later))).toMatchObject([{ liftedAt: hours(1) }])
    const history = await store.redis.lrange(`{leadsync}:timeline:${await store.contactOf(later)}`, 0, -1)
    expect(history.map((line) => JSON.parse(line).event)).toEqual(['received', 'lifted'])
  })

  it('finds it by a phone number, too, and the later time of two counts', async () => {
    await forget(Email, hours(0), { 'd:*': hours(-2) })
    await forget(Phone, hours(0), { 'd:*': hours(-1), 'l:*': hours(-3) })
    await store.enter({ ...later, person: { ...later.person, ...byPhone } })
    expect(await store.suppression.of(await store.contactOf(later))).toMatchObject([{ since: hours(-1), liftedAt: hours(-3) }])
  })
})

it('nothing that keeps somebody out, or a no, ever ends by itself', async () => {
  await forget(Email, hours(0), { 'd:*': hours(-2) })
  await forget(Phone, hours(0), { 'd:*': hours(-2) })
  await store.register.admit(arriving(makeLead({ action: 'DNC', occurredAt: hours(-1) })))
  await store.enter(makeLead({ id: 'later', person: byPhone, occurredAt: hours(1), receivedAt: hours(1) }))
  const keys = [...(await keysLike('forgotten:*')), ...(await keysLike('kept:*')), ...(await keysLike('sup:*'))]
  expect(keys).toHaveLength(4)
  for (const key of keys) expect(await store.redis.ttl(key)).toBe(-1)
})
