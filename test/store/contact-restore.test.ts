import { expect, it } from 'vitest'
import type { Lead, ListedRecord } from '../../src/core/index.ts'
import { emailAlias } from '../../src/store/aliases.ts'
import { ContactRestore } from '../../src/store/contact-restore.ts'
import { strongAlias } from '../../src/store/strong-suppression.ts'
import { restoreLine } from '../../src/store/suppression-restore.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

const Secret = 'a secret'
const Phone = '+16175550123'
const [Old, New] = ['jane@contoso.com', 'jane.doe@fabrikam.com'] as const

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

function leadOf(email: string | null, more: Parameters<typeof makeLead>[0] = {}): Lead {
  return makeLead({ id: `lead of ${email}`, ...more, person: { email, lastName: 'Doe', ...more.person } })
}

/** The ids under which these people's records were made, before Redis lost all. */
async function contactIds(...leads: readonly Lead[]): Promise<string[]> {
  for (const lead of leads) await store.enter(lead)
  const ids = await Promise.all(leads.map((lead) => store.contactOf(lead)))
  await store.redis.flushall()
  return ids
}

async function restore(records: readonly Partial<ListedRecord>[], crm = Crm): Promise<void> {
  const contacts = new ContactRestore(store.scripts, { secret: Secret, retention: Keep, now: Date.now })
  const marks = { noSince: null, noLiftedAt: null }
  const none = { object: 'contact', email: null, phone: null, lastName: 'Doe', lastLeadAt: null, ...marks, closed: false }
  for (const [index, record] of records.entries()) {
    await contacts.restore(crm, { ...none, id: `${index}`, contactId: '', ...record })
  }
}

async function sayNo(text: string): Promise<void> {
  const alias = strongAlias(text, Secret) ?? expect.unreachable()
  const no = { source: 'admin' as const, channel: 'any' as const, offer: '*', since: Date.parse(hours(-9)), reason: 'asked' }
  await restoreLine(store.scripts, Keep, { alias, entries: [no] }, Date.now())
}

async function standing(lead: Lead): Promise<number> {
  await store.enter(lead)
  const entries = await store.suppression.of(await store.contactOf(lead))
  return entries.filter(({ liftedAt }) => liftedAt === null).length
}

it('who said no under the address that somebody typed over in the CRM with that of another record has said no', async () => {
  const [first = '', second = ''] = await contactIds(leadOf(Old), leadOf(New))
  await sayNo(Old)
  await restore([
    { contactId: second, email: New },
    { contactId: first, email: New },
  ])
  expect(await standing(leadOf(Old, { id: 'again' }))).toBe(1)
})

it('so has who said it to the marketplace', async () => {
  const [first = '', second = ''] = await contactIds(leadOf(Old), leadOf(New))
  const sup = { 'd:*': Date.parse(hours(-9)) }
  await restoreLine(store.scripts, Keep, { contact: first, aliases: [emailAlias(Old, Secret)], sup }, Date.now())
  await restore([
    { contactId: second, email: New },
    { contactId: first, email: New },
  ])
  expect(await standing(leadOf(Old, { id: 'again' }))).toBe(1)
})

it('a contact without an address or number keeps its no when its record turns out to be another’s', async () => {
  const [alone = '', other = ''] = await contactIds(leadOf(null, { id: 'alone' }), leadOf(New))
  await restoreLine(store.scripts, Keep, { contact: alone, aliases: [], sup: { 'd:*': Date.parse(hours(-9)) } }, Date.now())
  await restore([
    { contactId: other, email: New },
    { contactId: alone, email: New },
  ])
  expect(await standing(leadOf(null, { id: 'alone' }))).toBe(1)
})

it('who said no under a number that only one of their records has has said no', async () => {
  const [id = ''] = await contactIds(leadOf(Old))
  await sayNo(Phone)
  await restore([{ contactId: id, email: Old }])
  await restore([{ contactId: id, email: Old, phone: Phone }], 'dynamics')
  expect(await standing(leadOf(Old, { id: 'again' }))).toBe(1)
})

it('a number that only one of their records has is theirs: a lead by number and name alone makes nobody new', async () => {
  const [id = ''] = await contactIds(leadOf(Old))
  await restore([{ contactId: id, email: Old }])
  await restore([{ contactId: id, email: Old, phone: Phone }], 'dynamics')
  const called = leadOf(null, { id: 'called', person: { phone: Phone } })
  await store.enter(called)
  expect(await store.contactOf(called)).toBe(id)
})

it('what the marketplace was told of a contact holds for it whatever address its record has now', async () => {
  const [id = ''] = await contactIds(leadOf(Old))
  const sup = { 'd:*': Date.parse(hours(-9)) }
  await restoreLine(store.scripts, Keep, { contact: id, aliases: [emailAlias(Old, Secret)], sup }, Date.now())
  await restore([{ contactId: id, email: New }])
  expect(await standing(leadOf(New))).toBe(1)
})
