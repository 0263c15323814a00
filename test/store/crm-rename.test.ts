import { describe, expect, it } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import type { StoredOutcome } from '../../src/delivery/ports.ts'
import { readCounters } from '../../src/store/counters.ts'
import { CrmRename } from '../../src/store/crm-rename.ts'
import { findLead } from '../../src/store/lead-lookup.ts'
import { makeLead } from '../kit/made-lead.ts'
import { Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts
let rename: CrmRename

onEmptyStore((opened) => {
  store = opened
  store.clock.ms = Date.parse('2026-11-23T10:00:00.000Z')
  rename = new CrmRename(store.scripts)
})

/** Its name begins with the one that is renamed. */
const Other = `${Crm}-emea`
const New = 'first'
const leads = Array.from({ length: 12 }, (_, n) => makeLead({ id: `lead ${n}`, person: { email: `p${n}@contoso.com` } }))

function stored(n: number): StoredOutcome {
  const record = { object: 'contact', id: String(n) }
  return { outcome: 'delivered', result: 'created', record, dropped: [], rule: 'nobody-matched', reason: null }
}

/** Of the leads, which all go to both CRMs, half are delivered, one is parked, one is declined, the rest waits. */
async function fill(): Promise<void> {
  for (const crm of [Crm, Other]) await store.orgs.bind({ crm, org: `org of ${crm}`, sharedOrg: false })
  for (const [n, lead] of leads.entries()) {
    const key = await store.enter(lead, [Crm, Other])
    if (n === 1) await store.ledger.park(Crm, key, 'A reason.', 'invalid')
    if (n === 2) await store.ledger.decline(Crm, key)
    if (n % 2 === 1 || n === 2) continue
    const contactId = await store.contactOf(lead)
    const link = { record: { object: 'contact', id: String(n) }, known: null, optOuts: null }
    await store.ledger.recordWrite(Crm, { leadKey: key, contactId, stored: stored(n), link })
    await store.ledger.settle(Crm, key, stored(n))
  }
}

async function moveAll(): Promise<void> {
  await rename.moveCrm(Crm, New)
  await rename.moveLeads(Crm, New)
  await rename.moveContacts(Crm, New)
}

/** Everything in Redis, with its time to live in days. */
async function everything(): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = {}
  for (const key of (await store.redis.keys('*')).sort()) {
    const type = await store.redis.type(key)
    const value =
      type === 'hash' ? await store.redis.hgetall(key) : type === 'set' ? (await store.redis.smembers(key)).sort() : type
    all[key] = { value, days: Math.ceil((await store.redis.ttl(key)) / 86_400) + 0 }
  }
  return all
}

/** What stands there with one name in the place of another, wherever it is a name and not the beginning of one. */
function renamed(all: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(all).replaceAll(new RegExp(`(?<=crm:|link:|")${Crm}(?=[":])`, 'g'), New))
}

describe('what is held of a CRM', () => {
  it('goes over to its new name whole, with every time to live, and nothing else is touched', async () => {
    await fill()
    const before = await everything()
    await moveAll()
    expect(await everything()).toEqual(renamed(before))
    expect(await rename.held(Crm)).toEqual({ leads: 0, contacts: 0, accepted: 0, org: null })
    expect(await rename.held(New)).toEqual({ leads: 12, contacts: 5, accepted: 12, org: `org of ${Crm}` })
  })

  it('is found by those who ask for it by the new name: claim, dead letter, counters', async () => {
    await fill()
    await moveAll()
    const [first, second, , fourth] = leads.map(({ id }) => leadKey(id))
    expect(await store.ledger.claim(New, first ?? '', 'a')).toEqual({ kind: 'settled', outcome: 'delivered:created' })
    expect(await store.ledger.entry(New, second ?? '')).toMatchObject({ state: 'parked', code: 'invalid', reason: 'A reason.' })
    expect(await store.ledger.claim(New, fourth ?? '', 'a')).toMatchObject({ kind: 'claimed' })
    expect(await store.ledger.claim(Crm, fourth ?? '', 'a')).toEqual({ kind: 'missing' })
    expect((await findLead(store.scripts, 'lead 0'))?.deliveries[New]?.record).toBe('contact/0')
    expect((await readCounters(store.scripts, [New])).crms[New]).toMatchObject({
      accepted: 12,
      delivered: 5,
      created: 5,
      parked: 1,
      notWanted: 1,
      waiting: 5,
    })
  })

  it.each([
    ['nothing', async () => undefined],
    ['the CRM itself', () => rename.moveCrm(Crm, New)],
    ['half of the leads', () => half('leads', 'lead:*')],
    ['half of the contacts', () => half('contacts', 'contact:*')],
    ['everything', moveAll],
  ])('is moved to its end after a crash by which %s was moved', async (_, crashed) => {
    await fill()
    const before = await everything()
    if (crashed !== moveAll) await rename.moveCrm(Crm, New)
    await crashed()
    await moveAll()
    expect(await everything()).toEqual(renamed(before))
  })

  it('is put together with what came for the new name, and every lead is counted once', async () => {
    await fill()
    const again = [0, 1, 2, 3].map((n) => leads[n] ?? expect.unreachable())
    for (const lead of again) await store.enter(lead, [New])
    await store.enter(makeLead({ id: 'new', person: { email: 'new@contoso.com' } }), [New])
    await moveAll()
    const { accepted, delivered, suppressed, notWanted, parked, discarded, forgotten, waiting } =
      (await readCounters(store.scripts, [New])).crms[New] ?? expect.unreachable()
    expect(accepted).toBe(delivered + suppressed + notWanted + parked + discarded + forgotten + waiting)
    // Those of the five under the new name and the four others that wait.
    expect([waiting, parked, delivered]).toEqual([9, 0, 5])
    expect(await rename.held(Crm)).toMatchObject({ leads: 0, accepted: 0 })
  })
})

async function half(verb: string, pattern: string): Promise<void> {
  const keys = await store.redis.keys(`{leadsync}:${pattern}`)
  await store.scripts.run('rename-crm', verb, Crm, New, ...keys.slice(keys.length / 2))
}

it('a rename that has begun is known until it has ended', async () => {
  expect(await rename.begun(Crm)).toBeNull()
  await rename.begin(Crm, { to: New, paused: true })
  expect([await rename.begun(Crm), await rename.begun(New)]).toEqual([{ to: New, paused: true }, null])
  await rename.end(Crm)
  expect(await rename.begun(Crm)).toBeNull()
})
