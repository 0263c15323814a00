import { describe, expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { hours, type LeadParts, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const Phone = '+16175550123'
const Jane = { email: 'jane@contoso.com', phone: Phone, lastName: 'Doe' }
const NoOffer = { publisherId: null, offerId: null, title: null }

/** One lead as the marketplace and as a list tell it. */
function marketplace(parts: LeadParts = {}): Lead {
  return makeLead({ id: 'by-marketplace', channel: 'marketplace', person: Jane, ...parts })
}

function list(parts: LeadParts = {}): Lead {
  return makeLead({ id: 'by-list', channel: 'referrals-csv', person: Jane, ...parts })
}

async function statuses(...leads: readonly Lead[]): Promise<string[]> {
  const seen: string[] = []
  for (const lead of leads) {
    const { status, leadId } = await store.register.admit(arriving(lead))
    seen.push(`${status} ${leadId}`)
  }
  return seen
}

async function historyOf(lead: Lead) {
  const contact = await findContact(store.scripts, await store.contactOf(lead))
  return contact?.timeline ?? expect.unreachable()
}

describe('two leads of two channels', () => {
  it.each<[string, LeadParts, LeadParts]>([
    ['everything', {}, {}],
    ['the e-mail, one being without number', {}, { person: { email: Jane.email } }],
    ['the number, one being without e-mail', {}, { person: { phone: Phone, lastName: 'Doe' } }],
    ['the number, one being without name', {}, { person: { phoneRaw: '1 (617) 555-0123' } }],
    ['an e-mail, under another name', {}, { person: { ...Jane, lastName: 'Roe' } }],
    ['an action in another letter case', {}, { action: 'ins' }],
    ['no offer that both name', {}, { offer: NoOffer }],
    ['an offer in another letter case', {}, { offer: { publisherId: 'Contoso', offerId: 'ANALYTICS' } }],
    ['the time to two days', {}, { occurredAt: hours(-48) }],
  ])('that share %s are one, whichever comes first', async (_, one, other) => {
    expect(await statuses(marketplace(one), list(other))).toEqual(['accepted by-marketplace', 'duplicate by-marketplace'])
    await store.redis.flushall()
    expect(await statuses(list(other), marketplace(one))).toEqual(['accepted by-list', 'duplicate by-list'])
    expect(await store.counters()).toMatchObject({ received: 2, accepted: 1, duplicates: 1 })
  })

  it.each<[string, LeadParts, LeadParts]>([
    ['the action differs', {}, { action: 'PLT' }],
    ['there is no action', { action: null }, { action: null }],
    ['the offers differ', {}, { offer: { offerId: 'crm' } }],
    ['the e-mails differ', {}, { person: { ...Jane, email: 'john@contoso.com' } }],
    [
      'the number is another last name’s',
      { person: { phone: Phone, lastName: 'Roe' } },
      { person: { phone: Phone, lastName: 'Doe' } },
    ],
    ['the number is junk', { person: { phoneRaw: '1234567890' } }, { person: { phoneRaw: '1234567890' } }],
    ['they are more than two days apart', {}, { occurredAt: hours(-48.001) }],
    ['nothing but the name is the same', { person: { lastName: 'Doe' } }, { person: { lastName: 'Doe' } }],
  ])('are two when %s', async (_, one, other) => {
    expect(await statuses(marketplace(one), list(other))).toEqual(['accepted by-marketplace', 'accepted by-list'])
    await store.redis.flushall()
    expect(await statuses(list(other), marketplace(one))).toEqual(['accepted by-list', 'accepted by-marketplace'])
  })

  it('are two when the number’s contact is known under another e-mail', async () => {
    await statuses(marketplace({ id: 'long-ago', occurredAt: hours(-100) }))
    const byPhone = marketplace({ person: { phone: Phone, lastName: 'Doe' } })
    const john = list({ person: { ...Jane, email: 'john@contoso.com' } })
    expect(await statuses(byPhone, john)).toEqual(['accepted by-marketplace', 'accepted by-list'])
    await store.redis.flushall()
    await statuses(marketplace({ id: 'long-ago', occurredAt: hours(-100) }))
    expect(await statuses(john, byPhone)).toEqual(['accepted by-list', 'accepted by-marketplace'])
  })

  it('of one channel are told apart by their content only', async () => {
    expect(await statuses(list(), list({ id: 'again' }))).toEqual(['accepted by-list', 'accepted again'])
  })

  it('are one also when the first one’s contact was joined into another since', async () => {
    await statuses(makeLead({ id: 'older', person: { email: Jane.email }, action: 'PLT' }))
    const byPhone = marketplace({ person: { phone: Phone, lastName: 'Doe' } })
    await statuses(byPhone, marketplace({ id: 'joins', action: 'StartTestDrive' }))
    expect(await statuses(list())).toEqual(['duplicate by-marketplace'])
    expect(await historyOf(byPhone)).toContainEqual(expect.objectContaining({ event: 'again', lead: leadKey('by-marketplace') }))
  })

  it('are answered the same when they come again after a crash, and are counted and noted once', async () => {
    const first = await statuses(marketplace(), list())
    expect(await statuses(marketplace(), list())).toEqual(first)
    expect(await statuses(list(), marketplace())).toEqual(first.toReversed())
    expect(await store.counters()).toMatchObject({ received: 2, accepted: 1, duplicates: 1 })
    expect((await historyOf(marketplace())).map(({ event }) => event)).toEqual(['received', 'again'])
  })

  it('show in the history of the first that it came by another channel, too', async () => {
    await statuses(marketplace(), list({ offer: NoOffer, receivedAt: hours(1) }))
    expect(await historyOf(marketplace())).toMatchObject([
      { event: 'received', channel: 'marketplace', lead: leadKey('by-marketplace') },
      { event: 'again', channel: 'referrals-csv', lead: leadKey('by-marketplace'), at: hours(1), action: 'INS', offer: null },
    ])
  })

  it('are one contact with all that either of them tells of it', async () => {
    const byPhone = list({ person: { phone: Phone, lastName: 'Doe' } })
    const later = makeLead({ id: 'later', person: { email: Jane.email }, action: 'PLT' })
    await statuses(byPhone, marketplace(), later)
    expect(await store.contactOf(later)).toBe(await store.contactOf(byPhone))
  })

  it('ask for no second delivery', async () => {
    await store.register.admit(arriving(marketplace(), { route: [{ name: Crm, wants: 'yes' }] }))
    expect(await store.register.admit(arriving(list(), { route: [{ name: Crm, wants: 'yes' }] }))).toMatchObject({
      status: 'duplicate',
      state: 'accepted',
      waiting: [],
    })
    expect((await store.counters()).crms[Crm]).toMatchObject({ accepted: 1, waiting: 1 })
  })

  it('never put the second one’s words in the place of the first one’s', async () => {
    await statuses(marketplace())
    // `routed: false` would have it queued under the first one's id.
    expect(await store.register.admit(arriving(list()))).toMatchObject({ status: 'duplicate', routed: true })
  })
})

describe('what two channels told as one lead', () => {
  it('has the offer of either, so that a lead about another offer is a second one', async () => {
    const other = makeLead({ id: 'other', channel: 'api', person: Jane, offer: { offerId: 'crm' } })
    expect(await statuses(list({ offer: NoOffer }), marketplace(), other)).toEqual([
      'accepted by-list',
      'duplicate by-list',
      'accepted other',
    ])
  })

  it('has the e-mail of either, so that a third channel’s lead with that e-mail alone is the same', async () => {
    const third = makeLead({ id: 'third', channel: 'api', person: { email: Jane.email } })
    expect(await statuses(list({ person: { phone: Phone, lastName: 'Doe' } }), marketplace(), third)).toEqual([
      'accepted by-list',
      'duplicate by-list',
      'duplicate by-list',
    ])
  })

  it('has the e-mail of either, so that a third channel’s lead with another e-mail is somebody else’s', async () => {
    const john = makeLead({ id: 'john', channel: 'api', person: { email: 'john@contoso.com', phone: Phone } })
    expect(await statuses(list({ person: { phone: Phone } }), marketplace(), john)).toEqual([
      'accepted by-list',
      'duplicate by-list',
      'accepted john',
    ])
  })

  it('is found by the content of its second telling, too', async () => {
    await statuses(marketplace())
    const told = (id: string, occurredAt: string) =>
      store.register.admit(arriving(list({ id, occurredAt, receivedAt: occurredAt }), { contentKey: 'content' }))
    expect(await told('at 47 h', hours(47))).toMatchObject({ status: 'duplicate', leadId: 'by-marketplace' })
    expect(await told('at 50 h', hours(50))).toMatchObject({ status: 'duplicate', leadId: 'by-marketplace' })
    expect(await told('at 72 h', hours(72))).toMatchObject({ status: 'accepted' })
  })

  it('is recalled by the idempotency key of its second telling', async () => {
    await statuses(marketplace())
    await store.register.admit(arriving(list(), { idempotency: { key: 'key', body: 'body' } }))
    expect(await store.register.recall('key')).toEqual({ body: 'body', leadId: 'by-marketplace', status: 'duplicate' })
  })
})

describe('what was held or not understood', () => {
  it('is nobody’s first, nor a duplicate of another channel’s lead', async () => {
    await store.register.admit(arriving(marketplace({ test: true }), { kind: 'held' }))
    expect(await statuses(list())).toEqual(['accepted by-list'])
    expect(await store.register.admit(arriving(marketplace({ id: 'held', test: true }), { kind: 'held' }))).toMatchObject({
      status: 'held',
    })
  })

  it('is a first once a person replayed it', async () => {
    const held = marketplace({ test: true })
    await store.register.admit(arriving(held, { kind: 'held' }))
    await store.register.admit(arriving(held, { replayOf: held.id }))
    expect(await statuses(list())).toEqual(['duplicate by-marketplace'])
  })
})

describe('a do-not-contact that is a duplicate', () => {
  const no = (lead: Lead, at: number): Lead => ({ ...lead, action: 'DNC', occurredAt: hours(at) })
  const standing = async (lead: Lead) => {
    const [entry] = await store.suppression.of(await store.contactOf(lead))
    return entry && [entry.since, entry.liftedAt]
  }

  it('still counts from its own time', async () => {
    expect(await statuses(no(marketplace(), 0), no(list(), 2))).toEqual(['accepted by-marketplace', 'duplicate by-marketplace'])
    expect(await standing(marketplace())).toEqual([hours(2), null])
    expect((await historyOf(marketplace())).at(-1)).toMatchObject({
      event: 'again',
      reason: 'Do not contact: noted for contoso.analytics.',
    })
  })

  it('of the same content still counts from its own time, and stands in the history once', async () => {
    const sent = (lead: Lead) => store.register.admit(arriving(lead, { contentKey: 'content' }))
    await sent(no(marketplace(), 0))
    const again = no(marketplace({ id: 'again', receivedAt: hours(2) }), 2)
    expect(await sent(again)).toMatchObject({ status: 'duplicate' })
    await sent(again)
    expect(await standing(marketplace())).toEqual([hours(2), null])
    expect((await historyOf(marketplace())).filter(({ event }) => event === 'again')).toHaveLength(1)
  })

  it.each([
    { words: 'by another channel', contentKey: null, second: list() },
    { words: 'with the same content', contentKey: 'content', second: marketplace({ id: 'again', receivedAt: hours(2) }) },
  ])('is a lead of its own $words once it was taken back: the CRMs are to hear of it', async ({ contentKey, second }) => {
    await store.register.admit(arriving(no(marketplace(), 0), { contentKey }))
    await statuses(makeLead({ id: 'yes', action: 'PLT', person: Jane, occurredAt: hours(1) }))
    expect(await standing(marketplace())).toEqual([hours(0), hours(1)])
    expect(await store.register.admit(arriving(no(second, 2), { contentKey }))).toMatchObject({
      status: 'accepted',
      leadId: second.id,
    })
    expect(await standing(marketplace())).toEqual([hours(2), hours(1)])
  })

  it('is a lead of its own where it says no to more than the first did', async () => {
    const more = { ...no(list(), 1), offer: { publisherId: null, offerId: null, title: null, productId: null } }
    expect(await statuses(no(marketplace(), 0), more)).toEqual(['accepted by-marketplace', 'accepted by-list'])
  })

  it('that is the older of the two takes nothing back', async () => {
    await statuses(no(marketplace(), 2), no(list(), 0))
    expect(await standing(marketplace())).toEqual([hours(2), null])
  })

  it('holds for every alias that either of the two carries', async () => {
    await statuses(no(list({ person: { phoneRaw: '1 617 555 0123' } }), 0), no(marketplace(), 1))
    const byEmail = makeLead({ id: 'later', person: { email: Jane.email } })
    await statuses(byEmail)
    expect(await standing(byEmail)).toEqual([hours(1), null])
    expect(await standing(list())).toEqual([hours(1), null])
  })
})

describe('two channels', () => {
  it('tell of one lead once each: what one of them tells next is another lead', async () => {
    const next = list({ id: 'next', externalId: 'next', occurredAt: hours(30) })
    expect(await statuses(marketplace(), list(), next)).toEqual([
      'accepted by-marketplace',
      'duplicate by-marketplace',
      'accepted next',
    ])
    expect(await statuses(list())).toEqual(['duplicate by-marketplace'])
  })

  it('do not make a lead one with a first that a CRM declined: what that lacked this one may have', async () => {
    const first = marketplace()
    await store.register.admit(arriving(first))
    await store.register.admit(arriving(first, { receipt: null, route: [{ name: Crm, wants: 'no' }] }))
    expect(await statuses(list())).toEqual(['accepted by-list'])
  })
})

it('a “contact me” that is a duplicate changes nothing', async () => {
  const [first, again] = [marketplace({ action: 'PLT' }), list({ action: 'PLT', occurredAt: hours(2) })]
  await statuses(first, makeLead({ id: 'no', action: 'DNC', person: Jane, occurredAt: hours(1) }))
  expect(await statuses(again)).toEqual(['duplicate by-marketplace'])
  expect(await store.suppression.of(await store.contactOf(first))).toMatchObject([{ since: hours(1), liftedAt: hours(0) }])
})

describe('what finds leads of two channels', () => {
  it('ends with the journal, and is never much of one person', async () => {
    const many = Array.from({ length: 70 }, (_, index) => marketplace({ id: `lead-${index}`, occurredAt: hours(-index / 60) }))
    await statuses(...many)
    const keys = await store.redis.keys('{leadsync}:print:*')
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(await store.redis.ttl(key)).toBe(30 * 86_400)
    for (const key of keys) expect(await store.redis.zcard(key)).toBeLessThanOrEqual(64)
    expect(await statuses(list())).toEqual([expect.stringMatching(/^duplicate lead-/)])
  })
})
