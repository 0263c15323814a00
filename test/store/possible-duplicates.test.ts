import { describe, expect, it } from 'vitest'
import { formatFound, formatPairs } from '../../src/cli/lead-text.ts'
import { type Lead, leadKey, type Person } from '../../src/core/index.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { type PossiblePair, possiblePairs } from '../../src/store/possible-duplicates.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const Phone = '+16175550123'

function leadOf(id: string, person: Partial<Person>, receivedAt = hours(0)): Lead {
  return makeLead({ id, person, receivedAt })
}

const jane = leadOf('jane', { email: 'jane@contoso.com', phone: Phone, firstName: 'Jane', lastName: 'Doe', company: 'Contoso' })
const samePhone = leadOf('same-phone', { email: 'jdoe@fabrikam.com', phone: Phone, lastName: 'Doe' }, hours(1))
const sameName = leadOf(
  'same-name',
  { email: 'jane@home.com', firstName: 'JANE', lastName: 'doe', company: 'Contoso Ltd.' },
  hours(2),
)

async function contactsOf(...leads: readonly Lead[]): Promise<string[]> {
  for (const lead of leads) await store.enter(lead)
  return await Promise.all(leads.map((lead) => store.contactOf(lead)))
}

async function nearOf(id: string | undefined) {
  return (await findContact(store.scripts, id ?? ''))?.possibleDuplicates ?? expect.unreachable()
}

function pair(one: string | undefined, other: string | undefined, why: PossiblePair['why'], at: string) {
  return { contacts: [one, other].sort(), why, at }
}

describe('two contacts with an e-mail each', () => {
  it('may be one person when a lead of one has the other’s phone number and last name; they stay two', async () => {
    const [one, other] = await contactsOf(jane, samePhone)
    expect(one).not.toBe(other)
    expect(await nearOf(one)).toEqual([{ contact: other, why: 'phone', at: hours(1) }])
    expect(await nearOf(other)).toEqual([{ contact: one, why: 'phone', at: hours(1) }])
  })

  it('may be one person when name and company are the same', async () => {
    const [one, other] = await contactsOf(jane, sameName)
    expect(await nearOf(one)).toEqual([{ contact: other, why: 'name', at: hours(2) }])
    expect(await nearOf(other)).toEqual([{ contact: one, why: 'name', at: hours(2) }])
  })

  it.each<[string, Partial<Person>]>([
    ['the last name alone', { email: 'j@home.com', lastName: 'Doe', company: 'Contoso' }],
    ['the name alone', { email: 'j@home.com', firstName: 'Jane', lastName: 'Doe' }],
    ['a number that other last names have, too', { email: 'j@home.com', phone: Phone, lastName: 'Roe' }],
    ['name and company with somebody who gave no e-mail', { firstName: 'Jane', lastName: 'Doe', company: 'Contoso' }],
  ])('are not told apart by %s', async (_, person) => {
    const [one] = await contactsOf(jane, leadOf('other', person))
    expect(await nearOf(one)).toEqual([])
    expect(await store.counters()).toMatchObject({ possibleDuplicates: 0 })
  })

  it('are one pair, counted and noted once, however often and by whatever they show it', async () => {
    const [one, other] = await contactsOf(
      jane,
      leadOf('both', { ...jane.person, email: 'jdoe@fabrikam.com' }, hours(1)),
      leadOf('again', { ...jane.person, email: 'jdoe@fabrikam.com' }, hours(2)),
      leadOf('jane-again', { ...jane.person }, hours(3)),
    )
    expect(await store.counters()).toMatchObject({ possibleDuplicates: 1 })
    expect(await possiblePairs(store.scripts)).toEqual([pair(one, other, 'phone', hours(1))])
    for (const id of [one, other]) {
      const { timeline } = (await findContact(store.scripts, id ?? '')) ?? expect.unreachable()
      expect(timeline.filter(({ event }) => event === 'possible-duplicate')).toHaveLength(1)
    }
  })

  it('say so in the history of both; only the one whose lead showed it names the lead', async () => {
    const [one, other] = await contactsOf(jane, samePhone)
    const lines = await Promise.all(
      [one, other].map(async (id) => {
        const { timeline } = (await findContact(store.scripts, id ?? '')) ?? expect.unreachable()
        return timeline.find(({ event }) => event === 'possible-duplicate')
      }),
    )
    expect(lines).toMatchObject([
      { at: hours(1), lead: null, contact: other, why: 'phone' },
      { at: hours(1), lead: leadKey('same-phone'), contact: one, why: 'phone' },
    ])
  })
})

describe('the pairs', () => {
  it('are listed once each, the earliest first', async () => {
    const [one, phone, name] = await contactsOf(jane, samePhone, sameName)
    const pairs = await possiblePairs(store.scripts)
    expect(pairs).toEqual([pair(one, phone, 'phone', hours(1)), pair(one, name, 'name', hours(2))])
    expect(await store.counters()).toMatchObject({ possibleDuplicates: 2 })
  })

  it('read like a page, in the list and beside a contact', async () => {
    const [one, other] = await contactsOf(jane, samePhone)
    expect(formatPairs(await possiblePairs(store.scripts))).toEqual([
      `${[one, other].sort().join(' and ')}: the same phone number and last name, seen ${hours(1)}`,
    ])
    const contact = await findContact(store.scripts, other ?? '')
    expect(formatFound({ contact, leads: [] })).toEqual([
      `contact ${other}`,
      '  1 lead',
      `  possible duplicate of ${one}: the same phone number and last name, seen ${hours(1)}`,
      '',
      'history',
      `  ${hours(1)}  received by marketplace: INS about contoso.analytics`,
      `  ${hours(1)}  possible duplicate of ${one}: the same phone number and last name`,
    ])
  })

  it('are none where nobody shares anything', async () => {
    await contactsOf(jane)
    expect(formatPairs(await possiblePairs(store.scripts))).toEqual(['no possible duplicates'])
  })

  it('follow a contact that is joined into another, and one that becomes one contact is gone', async () => {
    const byPhone = leadOf('by-phone', { phone: Phone, lastName: 'Doe' })
    const [from, into, third] = await contactsOf(byPhone, leadOf('by-email', { email: 'jane@contoso.com' }), sameName)
    const stored = JSON.stringify({ why: 'name', at: hours(0), lead: 'lead' })
    await store.redis.hset(`{leadsync}:near:${from}`, { [into ?? '']: stored, [third ?? '']: stored })
    await store.redis.hset(`{leadsync}:near:${into}`, { [from ?? '']: stored })
    await store.redis.hset(`{leadsync}:near:${third}`, { [from ?? '']: stored })
    await contactsOf(jane)
    expect(await possiblePairs(store.scripts)).toEqual([pair(into, third, 'name', hours(0))])
    expect(await store.redis.exists(`{leadsync}:near:${from}`)).toBe(0)
  })
})

describe('a name and company', () => {
  it('that more than twenty contacts have is no hint any more', async () => {
    const many = Array.from({ length: 23 }, (_, index) =>
      leadOf(`lead-${index}`, { ...jane.person, phone: null, email: `jane-${index}@contoso.com` }),
    )
    await contactsOf(...many.slice(0, 20))
    expect(await store.counters()).toMatchObject({ possibleDuplicates: (20 * 19) / 2 })
    const ids = await contactsOf(...many.slice(20))
    expect(await store.counters()).toMatchObject({ possibleDuplicates: (20 * 19) / 2 })
    expect(await Promise.all(ids.map(nearOf))).toEqual([[], [], []])
    const [hint] = await store.redis.keys('{leadsync}:hint:*')
    expect(await store.redis.scard(String(hint))).toBe(20)
  })

  it('is kept as an HMAC only, and no longer than the history', async () => {
    await contactsOf(jane)
    const [key] = await store.redis.keys('{leadsync}:hint:*')
    expect(key).toMatch(/^\{leadsync\}:hint:[\w-]{22}$/)
    expect(await store.redis.ttl(String(key))).toBe(400 * 86_400)
  })

  it('of a contact that is not there any more is nobody’s', async () => {
    const [one] = await contactsOf(jane)
    await store.redis.del(`{leadsync}:contact:${one}`)
    const [other] = await contactsOf(sameName)
    expect(await nearOf(other)).toEqual([])
  })
})
