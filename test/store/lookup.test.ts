import { describe, expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import type { StoredOutcome } from '../../src/delivery/ports.ts'
import { contactsKnownBy, findContact } from '../../src/store/contact-lookup.ts'
import { findLead, findLeadByKey, leadBody } from '../../src/store/lead-lookup.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
  store.clock.ms = Date.parse(hours(3))
})

const Secret = 'a secret'
const jane = makeLead({ id: 'jane-1', action: 'INS' })
const doe = { lastName: 'Doe', phone: '+16175550123', phoneRaw: '(617) 555-0123' }

function knownBy(text: string, secret = Secret) {
  return contactsKnownBy(store.scripts, text, secret)
}

async function historyOf(lead: Lead) {
  const contact = await findContact(store.scripts, await store.contactOf(lead))
  return contact?.timeline ?? expect.unreachable()
}

describe('a contact is found', () => {
  it.each(['jane@contoso.com', ' Jane@CONTOSO.com ', 'Jane Doe <jane@contoso.com>'])(
    'by its e-mail, typed as %s',
    async (typed) => {
      await store.enter(jane)
      expect(await knownBy(typed)).toEqual([await store.contactOf(jane)])
    },
  )

  it.each(['+16175550123', '+1 (617) 555-0123', '1 617 555 0123', '0016175550123'.slice(2)])(
    'by its number, typed as %s, without its last name',
    async (typed) => {
      const lead = makeLead({ id: 'doe', person: doe })
      await store.enter(lead)
      expect(await knownBy(typed)).toEqual([await store.contactOf(lead)])
    },
  )

  it('by a number that was never understood, by its digits', async () => {
    const lead = makeLead({ id: 'doe', person: { lastName: 'Doe', phoneRaw: '0555 1234567' } })
    await store.enter(lead)
    expect(await knownBy('0555-123.45.67')).toEqual([await store.contactOf(lead)])
  })

  it('under the one that is left, when it was joined into another', async () => {
    const byPhone = makeLead({ id: 'phone', person: doe })
    await store.enter(byPhone)
    const before = await store.contactOf(byPhone)
    await store.enter(jane)
    await store.enter(makeLead({ id: 'both', person: { ...doe, email: 'jane@contoso.com' } }))
    const left = await store.contactOf(jane)
    expect(await knownBy('+16175550123')).toEqual([left])
    expect(await findContact(store.scripts, before)).toMatchObject({ id: left, joined: [before] })
  })

  it.each(['john@contoso.com', '+16175559999', 'Doe', '12', '', '*'])('by nothing else: %j', async (typed) => {
    await store.enter(jane)
    await store.enter(makeLead({ id: 'doe', person: doe }))
    expect(await knownBy(typed)).toEqual([])
  })

  it('by nobody who lacks the installation’s secret', async () => {
    await store.enter(jane)
    expect(await knownBy('jane@contoso.com', 'another secret')).toEqual([])
    expect(await findContact(store.scripts, 'jane@contoso.com')).toBeNull()
  })
})

describe('a contact’s history', () => {
  it('says of every decision when it was made and why, and names nobody', async () => {
    const key = await store.enter(jane)
    await store.ledger.park(Crm, key, 'hubspot: two contacts have this e-mail.', 'multiple_matches')
    expect(await historyOf(jane)).toMatchObject([
      { event: 'received', lead: key, channel: 'marketplace', action: 'INS', offer: 'contoso.analytics', reason: null },
      { crm: Crm, lead: key, outcome: 'parked', code: 'multiple_matches', reason: 'hubspot: two contacts have this e-mail.' },
    ])
    expect(JSON.stringify(await historyOf(jane))).not.toContain('jane')
  })

  it('says what a do-not-contact covers, and what lifted it', async () => {
    const no = makeLead({ id: 'no', action: 'DNC', receivedAt: hours(1), occurredAt: hours(1) })
    const yes = makeLead({ id: 'yes', action: 'PLT', receivedAt: hours(2), occurredAt: hours(2) })
    await store.enter(yes)
    await store.enter(no)
    await store.enter({ ...yes, id: 'yes-again' })
    expect((await historyOf(yes)).map(({ lead, event, reason }) => [lead, event, reason])).toEqual([
      [leadKey('no'), 'received', 'Do not contact: noted for contoso.analytics.'],
      // The first one had nothing to lift.
      [leadKey('yes'), 'received', null],
      [leadKey('yes-again'), 'received', null],
      [
        leadKey('yes-again'),
        'lifted',
        'PLT: the customer asks to be contacted, which lifts an earlier do-not-contact for everything or contoso.analytics.',
      ],
    ])
  })

  it('has a line for a lead once, however often it is taken in', async () => {
    await store.enter(jane)
    await store.enter(jane)
    expect(await historyOf(jane)).toHaveLength(1)
  })

  it('ends after as many lines as are kept, and some day', async () => {
    await store.enter(jane)
    const timeline = `{leadsync}:timeline:${await store.contactOf(jane)}`
    await store.redis.rpush(timeline, ...Array.from({ length: 300 }, () => '{}'))
    await store.enter({ ...jane, id: 'jane-2' })
    expect(await store.redis.llen(timeline)).toBe(200)
    expect(await store.redis.ttl(timeline)).toBeGreaterThan(0)
  })
})

describe('a lead', () => {
  const stored: StoredOutcome = {
    outcome: 'delivered',
    result: 'created',
    record: { object: 'contact', id: '7' },
    dropped: [],
    rule: 'nobody-matched',
    reason: null,
  }

  it('is found by its id and by its key, with what became of it in every CRM', async () => {
    const key = await store.enter(jane, [Crm, 'dynamics'])
    await store.ledger.settle(Crm, key, stored)
    await store.ledger.park('dynamics', key, 'dynamics: a reason.', 'invalid')
    const found = await findLead(store.scripts, jane.id)
    expect(found).toEqual({
      id: 'jane-1',
      key,
      state: 'accepted',
      receivedAt: jane.receivedAt,
      routed: true,
      contactId: await store.contactOf(jane),
      deliveries: {
        [Crm]: { state: 'delivered:created', record: 'contact/7', reason: null, code: null },
        dynamics: { state: 'parked', record: null, reason: 'dynamics: a reason.', code: 'invalid' },
      },
    })
    expect(await findLeadByKey(store.scripts, key)).toEqual(found)
    expect(await leadBody(store.scripts, key)).toEqual(jane)
  })

  it('that nobody has routed yet says so', async () => {
    await store.register.admit(arriving(jane))
    expect(await findLead(store.scripts, jane.id)).toMatchObject({ state: 'accepted', routed: false, deliveries: {} })
    expect(await leadBody(store.scripts, leadKey(jane.id))).toBeNull()
  })

  it('that never came is not found', async () => {
    expect(await findLead(store.scripts, 'never')).toBeNull()
  })
})

describe('a code beside the reason', () => {
  it('goes with it: when the delivery is replayed, and when it ends otherwise', async () => {
    const key = await store.enter(jane)
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    expect(await store.ledger.entry(Crm, key)).toEqual({
      leadId: 'jane-1',
      state: 'parked',
      reason: 'A reason.',
      code: 'invalid',
      tried: { answer: null, config: null, parks: 1 },
    })
    await store.ledger.claim(Crm, key, key)
    expect(await store.ledger.entry(Crm, key)).toMatchObject({ state: 'waiting', reason: null, code: null })
    expect(await store.ledger.entry(Crm, 'unknown')).toBeNull()
  })

  it('has what the CRM answered and the version of its settings beside it; how often it was parked outlives a replay, and nothing the end', async () => {
    const key = await store.enter(jane)
    const answer = { status: 400, code: 'INVALID_EMAIL', correlationId: 'c-1', fields: ['email'] }
    for (const parks of [1, 2]) {
      await store.ledger.park(Crm, key, 'A reason.', 'invalid', { answer, config: '3fa2c1' })
      await store.ledger.park(Crm, key, 'A reason.', 'invalid', { answer, config: '3fa2c1' })
      expect((await store.ledger.entry(Crm, key))?.tried).toEqual({ answer, config: '3fa2c1', parks })
      await store.ledger.claim(Crm, key, key)
      expect((await store.ledger.entry(Crm, key))?.tried).toEqual({ answer: null, config: null, parks })
    }
    await store.ledger.park(Crm, key, 'A reason.', 'invalid', { answer, config: '3fa2c1' })
    await store.ledger.discard(Crm, key, 'A person gave it up.')
    const left = Object.keys(await store.redis.hgetall(`{leadsync}:lead:${key}`))
    expect(left.filter((field) => field.startsWith(`crm:${Crm}:`))).toEqual([`crm:${Crm}:reason`])
    expect(await store.ledger.offer(key)).toEqual(jane.offer)
    expect(await store.ledger.offer('unknown')).toBeNull()
  })
})

describe('to discard', () => {
  it('ends a parked delivery for good, once, in the counters and the history', async () => {
    const key = await store.enter(jane)
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    expect(await store.ledger.discard(Crm, key, 'A person gave it up.')).toBe(true)
    expect(await store.ledger.discard(Crm, key, 'A person gave it up.')).toBe(false)
    expect(await store.counters()).toMatchObject({ crms: { [Crm]: { accepted: 1, parked: 0, waiting: 0, discarded: 1 } } })
    expect(await store.ledger.claim(Crm, key, key)).toEqual({ kind: 'settled', outcome: 'discarded' })
    expect((await historyOf(jane)).at(-1)).toMatchObject({ outcome: 'discarded', reason: 'A person gave it up.' })
    expect(await store.redis.ttl(`{leadsync}:body:${key}`)).toBeGreaterThan(0)
  })

  it('leaves alone what waits, was replayed or was delivered', async () => {
    const key = await store.enter(jane)
    expect(await store.ledger.discard(Crm, key, 'No.')).toBe(false)
    await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    await store.ledger.claim(Crm, key, key)
    expect(await store.ledger.discard(Crm, key, 'No.')).toBe(false)
    await store.ledger.settle(Crm, key, stored())
    expect(await store.ledger.discard(Crm, key, 'No.')).toBe(false)
    expect(await store.counters()).toMatchObject({ crms: { [Crm]: { delivered: 1, discarded: 0, waiting: 0 } } })
  })

  function stored(): StoredOutcome {
    return {
      outcome: 'delivered',
      result: 'updated',
      record: { object: 'contact', id: '7' },
      dropped: [],
      rule: 'nobody-matched',
      reason: null,
    }
  }
})
