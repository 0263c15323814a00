import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import { findContact, knownAliases } from '../../src/store/contact-lookup.ts'
import { StrongSuppressions } from '../../src/store/strong-suppression.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const Phone = '+16175550123'
const byEmail = makeLead({ id: 'by-email', person: { email: 'jane@contoso.com', lastName: 'Doe' } })
const byPhone = makeLead({ id: 'by-phone', person: { phone: Phone, lastName: 'Doe' } })
const byBoth = makeLead({ id: 'by-both', person: { email: 'jane@contoso.com', phone: Phone, lastName: 'Doe' } })
const doNotContact = makeLead({ ...byPhone, id: 'dnc', action: 'DNC', offer: { offerId: 'analytics' } })

async function enter(...leads: readonly Lead[]): Promise<void> {
  for (const lead of leads) await store.enter(lead)
}

async function contacts(...leads: readonly Lead[]): Promise<string[]> {
  return Promise.all(leads.map((lead) => store.contactOf(lead)))
}

describe('who is known by number and last name only', () => {
  const smith = makeLead({ id: 'smith', person: { phone: Phone, lastName: 'Smith' } })
  const standing = async (lead: Lead) => {
    const entries = await store.suppression.of(await store.contactOf(lead))
    return entries.map(({ since, liftedAt }) => [since, liftedAt])
  }

  it.each([
    { order: 'the no, a stranger, the lead', leads: [doNotContact, smith, byPhone] },
    { order: 'the lead, a stranger, the no', leads: [byPhone, smith, doNotContact] },
    { order: 'a stranger, the lead, the no', leads: [smith, byPhone, doNotContact] },
    { order: 'a stranger, the no, the lead', leads: [smith, doNotContact, byPhone] },
  ])('has said no although the number is a stranger’s, too ($order)', async ({ leads }) => {
    await enter(...leads)
    expect(await standing(byPhone)).toEqual([[doNotContact.occurredAt, null]])
    expect(await standing(smith)).toEqual([])
  })

  it('is a contact of each lead alone, which is kept no longer than the ledger entry', async () => {
    const yes = { ...byPhone, id: 'yes', action: 'PLT' }
    await enter(smith, byPhone, yes)
    const [alone = ''] = await contacts(yes)
    const ttl = async (key: string) => store.redis.ttl(`{leadsync}:${key}:${alone}`)
    expect(await Promise.all(['contact', 'numbers', 'phones'].map(ttl))).toEqual(
      [0, 0, 0].map(() => expect.closeTo(400 * 86_400, -2)),
    )
    expect(await store.redis.exists(`{leadsync}:sup:${alone}`)).toBe(0)
  })

  const yes = (email: string | null) =>
    makeLead({ ...byPhone, id: 'yes', action: 'PLT', offer: doNotContact.offer, person: { ...byPhone.person, email } })
  const earlier = { ...doNotContact, occurredAt: hours(-2) }
  const later = { ...byPhone, id: 'later' }

  it.each([
    { order: 'before the no came', leads: [yes(null), earlier] },
    { order: 'after it', leads: [earlier, yes(null)] },
    { order: 'after it, with an address', leads: [earlier, yes('jane@contoso.com')] },
  ])('has taken it back for good when that came $order', async ({ leads }) => {
    await enter(...leads)
    const lift = { channel: null, offer: null, at: Date.parse(hours(5)), reason: '' }
    const known = await knownAliases(store.scripts, Phone, 'a secret')
    const lifted = await new StrongSuppressions(store.scripts, Keep).lift(known[0] ?? '', lift, known)
    expect(lifted.marketplace).toEqual({ lifted: 0, standing: 0 })
    await enter(smith, later)
    expect(await standing(later)).toEqual([[earlier.occurredAt, yes(null).occurredAt]])
  })

  it('takes it back in the same way', async () => {
    await enter(doNotContact, smith, byPhone)
    await enter({ ...byPhone, id: 'yes', action: 'PLT', offer: doNotContact.offer, occurredAt: hours(1) })
    expect(await standing(byPhone)).toEqual([[doNotContact.occurredAt, hours(1)]])
  })
})

describe('two contacts', () => {
  it('are joined by a lead that carries both aliases, and later leads with either find the one that is left', async () => {
    await enter(byEmail, byPhone)
    const [before] = await contacts(byEmail)
    await enter(byBoth, { ...byPhone, id: 'later' })
    expect(new Set(await contacts(byEmail, byPhone, byBoth, { ...byPhone, id: 'later' }))).toEqual(new Set([before]))
  })

  it('that were joined keep what the ledger knows of the one record, also where the other was found to have none', async () => {
    const known = { lastLeadId: 'by-phone', lastLeadAt: byPhone.occurredAt, wrote: { company: 'digest' } }
    const deliveries = [
      { lead: byPhone, link: { record: { object: 'contact', id: '7' }, known, optOuts: null } },
      { lead: { ...byEmail, action: 'DNC' }, link: { record: null, known: null, optOuts: null } },
    ]
    for (const { lead, link } of deliveries) {
      const key = await store.enter(lead)
      const claimed = await store.ledger.claim(Crm, key, key)
      const contactId = claimed.kind === 'claimed' ? claimed.claim.contactId : expect.unreachable()
      const { record } = link
      const stored = {
        outcome: 'delivered',
        result: 'created',
        record,
        dropped: [],
        rule: 'nobody-matched',
        reason: null,
      } as const
      await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored, link })
      await store.lock.unlock(Crm, contactId, key)
    }
    await enter(byBoth)
    expect(await store.ledger.claim(Crm, leadKey('by-both'), 'holder')).toMatchObject({
      claim: { link: { record: { id: '7' }, known } },
    })
  })

  it('are never joined when both have an e-mail', async () => {
    const john = makeLead({ id: 'john', person: { email: 'john@contoso.com', phone: Phone, lastName: 'Doe' } })
    await enter(byBoth, john, { ...byBoth, id: 'again' }, { ...john, id: 'john-again' })
    const [jane, other, janeAgain, otherAgain] = await contacts(
      byBoth,
      john,
      { ...byBoth, id: 'again' },
      { ...john, id: 'john-again' },
    )
    expect(jane).not.toBe(other)
    expect([jane, other]).toEqual([janeAgain, otherAgain])
  })

  it('that were joined give the one that is left both records’ history and the record that only the other had', async () => {
    await enter(byPhone)
    const key = await store.enter({ ...byPhone, id: 'delivered' })
    const [phoneContact] = await contacts(byPhone)
    const link = { record: { object: 'contact', id: '7' }, known: null, optOuts: null }
    const stored = {
      outcome: 'delivered' as const,
      result: 'created' as const,
      record: link.record,
      dropped: [],
      rule: 'nobody-matched' as const,
      reason: null,
    }
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId: String(phoneContact), stored, link })
    await store.ledger.settle(Crm, key, stored)
    await enter(byEmail, byBoth)
    const claimed = await store.ledger.claim(Crm, await store.enter({ ...byEmail, id: 'next' }), 'next')
    expect(claimed).toMatchObject({ kind: 'claimed', claim: { link, joinedIds: [phoneContact] } })
    const [contact] = await contacts(byEmail)
    const history = await store.redis.lrange(`{leadsync}:timeline:${contact}`, 0, -1)
    expect(history.map((line) => JSON.parse(line)).filter(({ outcome }) => outcome === 'delivered:created')).toHaveLength(1)
  })

  it('that were joined keep the suppression of either', async () => {
    await enter(byEmail, doNotContact, byBoth)
    const [contact] = await contacts(byEmail)
    expect(await store.suppression.of(String(contact))).toMatchObject([{ offer: 'contoso.analytics', liftedAt: null }])
  })

  it('that were joined keep an admin’s lift of either, and the later time of two', async () => {
    await enter(doNotContact, byEmail)
    const [from, into] = await contacts(doNotContact, byEmail)
    await store.redis.hset(`{leadsync}:sup:${from}`, { 'l:contoso.analytics': Date.parse(hours(3)), 'l:*': Date.parse(hours(1)) })
    await store.redis.hset(`{leadsync}:sup:${into}`, { 'l:*': Date.parse(hours(2)) })
    await enter(byBoth)
    expect(await store.redis.hgetall(`{leadsync}:sup:${into}`)).toEqual({
      'd:contoso.analytics': String(Date.parse(doNotContact.occurredAt)),
      'l:contoso.analytics': String(Date.parse(hours(3))),
      'l:*': String(Date.parse(hours(2))),
    })
    expect(await store.redis.exists(`{leadsync}:sup:${from}`)).toBe(0)
  })

  it('that were joined in the middle of a delivery: the suppression is found under the contact that it was claimed for, too', async () => {
    await enter(doNotContact)
    const [claimedFor] = await contacts(doNotContact)
    await enter(byEmail, byBoth)
    expect(await store.suppression.of(String(claimedFor))).toHaveLength(1)
  })
})

describe('a phone number', () => {
  it('alone is no key: two people without last name behind it are two contacts', async () => {
    const [one, two] = ['one', 'two'].map((id) => makeLead({ id, person: { phone: Phone } }))
    if (!one || !two) return expect.unreachable()
    await enter(one, two)
    expect(new Set(await contacts(one, two)).size).toBe(2)
  })

  it('that was seen with two last names is no key any more: leads without e-mail are contacts of their own', async () => {
    const [first, second] = ['first', 'second'].map((id) => makeLead({ id, person: { phone: Phone, lastName: 'Doe' } }))
    if (!first || !second) return expect.unreachable()
    await enter(makeLead({ id: 'other', person: { phone: Phone, lastName: 'Roe' } }), first, second)
    expect(new Set(await contacts(first, second)).size).toBe(2)
  })

  it('that was seen with two last names joins nobody', async () => {
    await enter(byPhone, byEmail, makeLead({ id: 'other', person: { phone: Phone, lastName: 'Roe' } }), byBoth)
    const [phoneContact, emailContact, both] = await contacts(byPhone, byEmail, byBoth)
    expect(both).toBe(emailContact)
    expect(phoneContact).not.toBe(emailContact)
  })
})

describe('the leads of a contact', () => {
  const touches = async (lead: Lead) =>
    store.redis.zrange(`{leadsync}:touches:${await store.contactOf(lead)}`, '0', '-1', 'WITHSCORES')

  it('are counted once each, however often one is taken in, and stand in the order of their own times', async () => {
    const older = { ...byEmail, id: 'older', occurredAt: hours(-5) }
    await enter(byEmail, older, byEmail, older)
    expect(await touches(byEmail)).toEqual([
      leadKey('older'),
      String(Date.parse(hours(-5))),
      leadKey('by-email'),
      String(Date.parse(hours(0))),
    ])
    expect(await findContact(store.scripts, await store.contactOf(byEmail))).toMatchObject({ touches: 2 })
  })

  it('are those of both when two contacts were joined', async () => {
    await enter(byEmail, byPhone)
    const [, from] = await contacts(byEmail, byPhone)
    await enter(byBoth)
    expect(await findContact(store.scripts, await store.contactOf(byEmail))).toMatchObject({ touches: 3 })
    expect(await store.redis.exists(`{leadsync}:touches:${from}`)).toBe(0)
  })

  it('are counted for as long as the history is kept', async () => {
    await enter(byEmail)
    const contact = await store.contactOf(byEmail)
    await store.redis.expire(`{leadsync}:touches:${contact}`, 10)
    await store.ledger.park(Crm, leadKey(byEmail.id), 'A reason.', 'invalid')
    const [line, touch] = await Promise.all(
      ['timeline', 'touches'].map((kind) => store.redis.ttl(`{leadsync}:${kind}:${contact}`)),
    )
    expect(touch).toBe(line)
  })
})

describe('a contact id', () => {
  it('is the same in another installation’s life: minted from the first key, not from chance', async () => {
    await enter(byEmail)
    const [first] = await contacts(byEmail)
    await store.redis.flushall()
    await enter({ ...byEmail, id: 'after the loss', receivedAt: hours(1) })
    expect(await contacts({ ...byEmail, id: 'after the loss' })).toEqual([first])
  })

  it('never changes while its contact gets more aliases', async () => {
    await enter(byPhone)
    const before = await contacts(byPhone)
    await enter(byBoth, byEmail)
    expect(await contacts(byPhone, byBoth, byEmail)).toEqual([...before, ...before, ...before])
  })
})

/** Who a lead is about: at most one e-mail and one last name per number, as `number` decides both. */
const arbitraryPerson = fc.record({
  email: fc.integer({ min: 0, max: 3 }),
  number: fc.integer({ min: 0, max: 5 }),
  shows: fc.integer({ min: 1, max: 3 }),
})

it('any order of leads gives the same grouping wherever no phone key meets two e-mails and no number two last names', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryPerson, { minLength: 2, maxLength: 9 }),
      fc.infiniteStream(fc.nat()),
      async (people, random) => {
        const emailOfNumber = new Map(people.map(({ number, email }) => [number, email]))
        const leads = people.map(({ number, shows }, index) => {
          const email = (shows & 1) === 1 ? `person-${emailOfNumber.get(number)}@contoso.com` : null
          const phone = (shows & 2) === 2 ? `+1617555010${number}` : null
          return makeLead({ id: `lead-${index}`, person: { email, phone, lastName: `Name${number}` } })
        })
        expect(await grouping(leads, shuffled(leads, random))).toEqual(await grouping(leads, leads))
      },
    ),
    { numRuns: 60 },
  )
})

/** For each lead the index of the first one that has its contact. */
async function grouping(leads: readonly Lead[], order: readonly Lead[]): Promise<number[]> {
  await store.redis.flushall()
  await enter(...order)
  const ids = await contacts(...leads)
  return ids.map((id) => ids.indexOf(id))
}

function shuffled<T>(items: readonly T[], random: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, at: random.next().value as number }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
