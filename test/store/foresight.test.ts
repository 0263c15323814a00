import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import { type ForeseenContact, foreseeContact, foreseeStranger } from '../../src/store/foresight.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { dumpRedis } from '../kit/redis-dump.ts'
import { Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

type Known = Omit<ForeseenContact, 'known' | 'again'>

const Rules = { secret: 'a secret', doNotContact: { scope: 'offer' as const, release: ['PLT'] }, retention: Keep }
const Emails = ['jane@contoso.com', 'joe@contoso.com', null]
const Phones = ['+16175550123', '+16175550124', null]

/** Few people with few numbers, so that they share, join and part. */
const past = fc.record({
  email: fc.constantFrom(...Emails),
  phone: fc.constantFrom(...Phones),
  lastName: fc.constantFrom('Doe', 'Smith', null),
  action: fc.constantFrom('INS', 'DNC', 'PLT'),
  offerId: fc.constantFrom('analytics', 'bakery', null),
  hour: fc.integer({ min: 0, max: 5 }),
  delivered: fc.boolean(),
  /** An admin says no to the e-mail or the number after it. */
  refused: fc.constantFrom('email', 'phone', null),
})
type Past = typeof past extends fc.Arbitrary<infer T> ? T : never

function leadOf({ email, phone, lastName, action, offerId, hour }: Past, n: number): Lead {
  return makeLead({
    id: `lead-${n}`,
    receivedAt: hours(9),
    occurredAt: hours(hour),
    action,
    offer: { offerId },
    person: { email, phone, lastName, company: 'Contoso' },
  })
}

const Doe: Past = {
  email: null,
  phone: '+16175550123',
  lastName: 'Doe',
  action: 'INS',
  offerId: 'analytics',
  hour: 1,
  delivered: true,
  refused: null,
}
const Jane: Past = { ...Doe, email: 'jane@contoso.com', phone: null }
/** What a few random stories may miss. */
const Examples: [Past[], Past][] = [
  // Two contacts that this lead joins; the one that stays has no record, or another.
  [
    [
      { ...Jane, delivered: false },
      { ...Doe, action: 'DNC' },
    ],
    { ...Doe, email: Jane.email },
  ],
  [[Jane, { ...Doe, refused: 'phone' }], { ...Doe, email: Jane.email }],
  // A no that stands under number and last name only, since a stranger has the number, too.
  [
    [
      { ...Doe, action: 'DNC' },
      { ...Doe, lastName: 'Smith' },
    ],
    Doe,
  ],
  [
    [
      { ...Doe, action: 'DNC' },
      { ...Doe, lastName: 'Smith' },
    ],
    { ...Doe, action: 'PLT', hour: 3 },
  ],
]

async function live(before: readonly Past[]): Promise<void> {
  const strong = new StrongSuppressions(store.scripts, Keep)
  for (const [n, one] of before.entries()) {
    const lead = leadOf(one, n)
    const key = await store.enter(lead)
    const answer = await store.ledger.claim(Crm, key, key)
    if (answer.kind === 'claimed' && one.delivered) await deliver(key, lead, answer.claim.contactId)
    if (answer.kind === 'claimed') await store.lock.unlock(Crm, answer.claim.contactId, key)
    const alias = one.refused && one[one.refused] && strongAlias(String(one[one.refused]), 'a secret')
    if (alias) await strong.add(alias, { source: 'admin', channel: 'any', offer: '*', since: Date.parse(hours(1)), reason: 'no' })
  }
}

async function deliver(leadKeyOf: string, lead: Lead, contactId: string): Promise<void> {
  const record = { object: 'contact', id: contactId }
  const known = { lastLeadId: lead.id, lastLeadAt: lead.occurredAt, wrote: {} }
  const stored = { outcome: 'delivered', result: 'created', record, dropped: [], rule: 'nobody-matched', reason: null } as const
  await store.ledger.recordWrite(Crm, { leadKey: leadKeyOf, contactId, stored, link: { record, known, optOuts: null } })
  await store.ledger.settle(Crm, leadKeyOf, stored)
}

async function real(lead: Lead): Promise<Known> {
  const key = await store.enter(lead)
  const answer = await store.ledger.claim(Crm, key, key)
  return answer.kind === 'claimed' ? comparable(answer.claim) : expect.unreachable()
}

function comparable({ contactId, joinedIds, link, suppression }: Known) {
  const sorted = suppression.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  return { contactId, joinedIds, link, suppression: sorted }
}

describe('what is foreseen of a lead', () => {
  it('is what its delivery then finds, and nothing is written for it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(past, { maxLength: 5 }), past, async (before, next) => {
        await store.redis.flushall()
        await live(before)
        const lead = leadOf(next, 99)
        const dump = await dumpRedis(store.redis)
        const foreseen = await foreseeContact(store.scripts, Crm, lead, Rules)
        expect(await dumpRedis(store.redis)).toEqual(dump)
        const found = await real(lead)
        expect(comparable(foreseen)).toEqual(found)
        expect(comparable(await foreseeContact(store.scripts, Crm, lead, Rules))).toEqual(found)
      }),
      { numRuns: 30, examples: Examples },
    )
  })

  it.each([{}, { action: 'DNC' }, { person: { company: 'Contoso' } }])(
    'is the same without a store for a stranger: %j',
    async (parts) => {
      await store.redis.flushall()
      const lead = makeLead({ id: 'first', ...parts })
      expect(comparable(foreseeStranger(lead, Rules))).toEqual(await real(lead))
    },
  )

  it('says that its person was forgotten since', async () => {
    await store.redis.flushall()
    const lead = makeLead({ id: 'first' })
    const [alias = ''] = [strongAlias('jane@contoso.com', 'a secret') ?? '']
    await store.redis.set(`{leadsync}:forgotten:${alias}`, Date.parse(lead.occurredAt))
    expect((await foreseeContact(store.scripts, Crm, lead, Rules)).known).toBe('forgotten')
    expect((await foreseeContact(store.scripts, Crm, { ...lead, occurredAt: hours(1) }, Rules)).known).toBe('nobody')
    expect(await store.redis.exists(`{leadsync}:lead:${leadKey(lead.id)}`)).toBe(0)
  })
})
