import { describe, expect, it } from 'vitest'
import { type CrmOptOuts, type Lead, leadKey } from '../../src/core/index.ts'
import { digitsAlias, emailAlias, phoneAlias } from '../../src/store/aliases.ts'
import { PersonToForget } from '../../src/store/forget.ts'
import { StrongSuppressions } from '../../src/store/strong-suppression.ts'
import { restoreLine } from '../../src/store/suppression-restore.ts'
import { follow, NoonMs } from '../kit/follow-up-plans.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts
let strong: StrongSuppressions

onEmptyStore((opened) => {
  store = opened
  store.clock.ms = NoonMs
  strong = new StrongSuppressions(store.scripts, Keep)
})

const secret = 'a secret'
const phone = '+16175550123'
const Email = emailAlias('jane@contoso.com', secret)
const Phone = phoneAlias({ number: phone, lastName: 'doe' }, secret).alias
const Digits = digitsAlias(phone, secret)
const entry = { source: 'admin', channel: 'any', offer: '*', since: NoonMs, reason: 'asked' } as const

const jane = makeLead({ id: 'jane', person: { email: 'jane@contoso.com', phone, lastName: 'Doe' } })
const byEmail = makeLead({ id: 'by-email', person: { email: 'jane@contoso.com' } })
const byPhone = makeLead({ id: 'by-phone', person: { phone, lastName: 'Doe' } })
/** Another address, seen with the same number and last name: somebody else, as far as anybody knows. */
const jim = makeLead({ id: 'jim', person: { email: 'jim@contoso.com', phone, lastName: 'Doe' } })
/** No key of hers but the address: the number has no last name. */
const numberOnly = makeLead({ id: 'number-only', person: { email: 'jill@contoso.com', phone } })

function no(about: Lead, at = hours(1), id = `no of ${about.id}`): Lead {
  return { ...about, id, action: 'DNC', occurredAt: at, receivedAt: at }
}

async function admit(lead: Lead): Promise<void> {
  await store.register.admit(arriving(lead))
}

async function marked(): Promise<readonly string[]> {
  return (await store.followUps.toReview()).map(({ contactId }) => contactId)
}

async function write(lead: Lead, optOuts: CrmOptOuts | null): Promise<void> {
  const record = { object: 'contact', id: '1' }
  const stored = { outcome: 'delivered', result: 'created', record, dropped: [], rule: 'nobody-matched', reason: null } as const
  const known = { lastLeadAt: lead.occurredAt, fields: {} } as never
  await store.ledger.recordWrite(Crm, {
    leadKey: leadKey(lead.id),
    contactId: await store.contactOf(lead),
    stored,
    link: { record, known, optOuts },
  })
}

describe('a contact with follow-ups is to be looked at again', () => {
  const said = { said: { phone: hours(0) }, byUs: [] }
  const sup = { 'd:*': NoonMs }

  it.each<[string, Lead, () => Promise<unknown>]>([
    ['a do-not-contact of its own', jane, () => admit(no(jane))],
    [
      'a later one that is a duplicate',
      jane,
      async () => {
        await admit(no(jane))
        await clear()
        await store.register.admit(arriving(no(jane, hours(2)), { receipt: 'another' }))
      },
    ],
    ['one by its number and last name, which are another contact’s key', jim, async () => admit(no(byPhone))],
    ['an admin, by its address', jane, () => strong.add(Email, entry)],
    ['an admin, by its number', jane, () => strong.add(Digits, entry, [Phone])],
    ['an admin, by a number that is no key', numberOnly, () => strong.add(Digits, entry, [])],
    ['an opt-out list', jane, () => strong.add(Email, { ...entry, source: 'import', channel: 'email' })],
    ['an export, of an alias', jane, () => strong.restore({ alias: Email, entries: [entry] })],
    [
      'an export, of what the marketplace said',
      jane,
      () => restoreLine(store.scripts, Keep, { contact: 'x', aliases: [Email], sup }, NoonMs),
    ],
    [
      'an export, of what is kept under a number and last name',
      jim,
      () => restoreLine(store.scripts, Keep, { kept: Phone, sup }, NoonMs),
    ],
    ['a CRM’s own opt-out, read at a delivery', jane, () => write(jane, said)],
    [
      'a CRM’s own opt-out, read when a task is made',
      jane,
      async () => {
        await write(jane, { said: {}, byUs: [] })
        await clear()
        await store.followUps.noteOptOuts(Crm, await store.contactOf(jane), said)
      },
    ],
    [
      'a lead of somebody who was forgotten since',
      jane,
      async () => {
        await store.redis.set(`{leadsync}:forgotten:${Email}`, NoonMs)
        await admit(no(jane, hours(-1)))
      },
    ],
  ])('when something is said by %s', async (_, lead, say) => {
    // Whoever has the number and last name as a key, without an e-mail or with one.
    if (lead === jim) await store.enter(jane)
    await follow(store, lead)
    await clear()
    await say()
    expect(await marked()).toContain(await store.contactOf(lead))
  })

  it('when it is joined with another one, whichever of the two has them, and under the survivor alone', async () => {
    for (const one of [byPhone, byEmail]) {
      await store.redis.flushall()
      await store.enter(byPhone)
      await store.enter(byEmail)
      await follow(store, one)
      await admit(no(byPhone))
      await store.enter(jane)
      expect(await marked()).toEqual([await store.contactOf(byEmail)])
    }
  })

  it('when it gains an alias under which something was kept of somebody who was forgotten', async () => {
    await follow(store, byPhone)
    await store.redis.hset(`{leadsync}:kept:${Email}`, 'd:*', NoonMs)
    await store.enter(jane)
    expect(await marked()).toEqual([await store.contactOf(jane)])
    const { suppression } = await store.followUps.ofContact(await store.contactOf(byPhone))
    expect(suppression).toMatchObject([{ source: 'marketplace', offer: null }])
  })

  it('when it gains a number that somebody said no for, and is found by that number from then on', async () => {
    await follow(store, byEmail)
    await strong.add(Digits, entry, [])
    await store.enter(makeLead({ id: 'with-number', person: { email: 'jane@contoso.com', phone } }))
    expect(await marked()).toEqual([await store.contactOf(byEmail)])
    await clear()
    await strong.add(Digits, { ...entry, channel: 'phone' }, [])
    expect(await marked()).toEqual([await store.contactOf(byEmail)])
  })

  it('when the no of somebody who is forgotten stays under a number and last name that it has, too', async () => {
    await store.enter(jane)
    await follow(store, jim)
    await admit(no(byEmail))
    await clear()
    const options = { secret, retention: Keep, now: () => NoonMs }
    const person = new PersonToForget(store.scripts, Email, options)
    await person.detach((await person.begin()).contacts)
    expect(await marked()).toEqual([await store.contactOf(jim)])
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'a lead that says nothing',
      () => store.enter(makeLead({ ...jane, id: 'another', occurredAt: hours(1), receivedAt: hours(1) })),
    ],
    ['a no that was said before', () => admit(no(jane, hours(1), 'said again'))],
    ['an admin who says it again', () => strong.add(Email, entry)],
    ['an admin who takes it back', () => strong.lift(Email, { channel: null, offer: null, at: NoonMs + 1, reason: 'asked' })],
    [
      'a customer who asks to be contacted',
      () => admit(makeLead({ ...jane, id: 'plt', action: 'PLT', occurredAt: hours(2), receivedAt: hours(2) })),
    ],
    ['a CRM that says what it said before', () => write({ ...jane, occurredAt: hours(1) }, said)],
    ['a CRM whose opt-out is gone', () => write({ ...jane, occurredAt: hours(1) }, { said: {}, byUs: [] })],
    [
      'what Leadsync itself closed in a CRM',
      () => write({ ...jane, occurredAt: hours(1) }, { said: { email: hours(1), phone: hours(1) }, byUs: ['email'] }),
    ],
  ])('and not because of %s', async (_, say) => {
    await follow(store, jane)
    await admit(no(jane))
    await strong.add(Email, entry)
    await write(jane, said)
    await clear()
    await say()
    expect(await marked()).toEqual([])
  })

  it('only when it has any', async () => {
    await store.enter(jane)
    await admit(no(jane))
    await strong.add(Email, entry)
    await write(jane, said)
    expect(await marked()).toEqual([])
    expect(await store.redis.keys('{leadsync}:review*')).toEqual([])
  })
})

describe('a mark', () => {
  it('is gone when it was carried out, and stays when something was said since it was read', async () => {
    await follow(store, jane)
    await admit(no(jane))
    const [first] = await store.followUps.toReview()
    await admit(no(jane, hours(2), 'a later no'))
    await store.followUps.reviewed(first?.contactId ?? '', first?.mark ?? '')
    const [second] = await store.followUps.toReview()
    expect(second?.contactId).toBe(first?.contactId)
    await store.followUps.reviewed(second?.contactId ?? '', second?.mark ?? '')
    expect(await store.followUps.toReview()).toEqual([])
  })

  it('never comes twice, so that a slow reader takes away none that was made after it read', async () => {
    await follow(store, jane)
    await admit(no(jane))
    const [slow] = await store.followUps.toReview()
    await store.followUps.reviewed(slow?.contactId ?? '', slow?.mark ?? '')
    await admit(no(jane, hours(2), 'a later no'))
    await store.followUps.reviewed(slow?.contactId ?? '', slow?.mark ?? '')
    expect(await marked()).toEqual([slow?.contactId])
  })

  it('is read with some others at a time, and each comes some time', async () => {
    for (let n = 0; n < 50; n += 1) await store.redis.hset('{leadsync}:reviews', `contact ${n}`, n)
    const seen = new Set<string>()
    while (seen.size < 50) {
      const some = await store.followUps.toReview()
      expect(some.length).toBeLessThanOrEqual(20)
      for (const { contactId } of some) seen.add(contactId)
    }
  })
})

describe('what a CRM’s own opt-outs said when a task was made', () => {
  it('is noted with all else that is held of the record', async () => {
    await follow(store, jane)
    await write(jane, { said: {}, byUs: [] })
    const contactId = await store.contactOf(jane)
    const before = JSON.parse((await store.redis.hget(`{leadsync}:contact:${contactId}`, `link:${Crm}`)) ?? '')
    const optOuts = { said: { email: hours(1) }, byUs: [] }
    await store.followUps.noteOptOuts(Crm, contactId, optOuts)
    const after = JSON.parse((await store.redis.hget(`{leadsync}:contact:${contactId}`, `link:${Crm}`)) ?? '')
    expect(after).toEqual({ ...before, optOuts })
    expect((await store.followUps.ofContact(contactId)).suppression).toMatchObject([{ source: 'crm', channel: 'email' }])
  })

  it('is nothing where the CRM is not known to have the contact', async () => {
    await follow(store, jane)
    await store.followUps.noteOptOuts(Crm, await store.contactOf(jane), { said: { email: hours(1) }, byUs: [] })
    await store.followUps.noteOptOuts(Crm, 'nobody', { said: { email: hours(1) }, byUs: [] })
    expect(await store.redis.exists('{leadsync}:contact:nobody')).toBe(0)
    expect(await marked()).toEqual([])
  })
})

async function clear(): Promise<void> {
  await store.redis.del('{leadsync}:reviews')
}
