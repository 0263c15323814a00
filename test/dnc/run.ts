import type { DecideRules, Lead } from '../../src/core/index.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import type { CrmStand, StoredRecord } from '../kit/crm-stand.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { Keep } from '../kit/store-parts.ts'

export interface Row {
  /** Whom the CRM knows before the do-not-contact comes; the last one is sales' own record whose person wants no e-mail. */
  readonly person: 'unknown' | 'made by Leadsync' | 'made by sales' | 'unsubscribed'
  readonly mode: DecideRules['doNotContact']['mode']
  readonly createIfMissing: boolean
}

/** What happens after the do-not-contact. */
export type Step = 'PLT' | 'INS of another offer' | 'admin lift' | 'unsubscribe' | 'reopen'

export interface Ended {
  readonly notes: string | null
  readonly outcome: string
}

/** What became of one person. */
export interface Story {
  /** In the order of their deliveries: what stands in the lead's notes, and how it ended. */
  readonly leads: readonly Ended[]
  /** The record before the do-not-contact, after it, and in the end. */
  readonly before: StoredRecord | undefined
  readonly afterNo: StoredRecord | undefined
  readonly end: StoredRecord | undefined
  /** By which channels the next lead may be followed up. */
  readonly followUps: { readonly sameOffer: string; readonly otherOffer: string }
}

/** In ms. */
export const Times = { no: Date.parse(hours(10)), lift: Date.parse(hours(20)) }

/** One person on the way through a row and the steps of one column. */
interface Person {
  readonly row: Row
  readonly steps: readonly Step[]
  readonly email: string
  readonly by: CrmDelivery
  readonly no: Lead
  readonly leads: Ended[]
}

/** Lives the story of every row and column at once, each with a person of its own. In the order of the rows, then of the columns. */
export async function live(stand: CrmStand, rows: readonly Row[], columns: readonly (readonly Step[])[]): Promise<Story[][]> {
  const people = rows.map((row, r) => {
    const { mode, createIfMissing } = row
    const by = stand.delivery(
      stand.rules({ doNotContact: { mode, createIfMissing }, touches: { as: 'field', field: stand.crm.history } }),
    )
    return columns.map((steps, c) =>
      personOf({ row, steps, by, email: `p${r}-${c}-${row.person.replaceAll(' ', '-').toLowerCase()}@people.example` }),
    )
  })
  const all = people.flat()
  await Promise.all(all.map((person) => prepare(stand, person)))
  const before = await recordsByEmail(stand)
  await Promise.all(all.map((person) => deliver(stand, person, person.no)))
  const afterNo = await recordsByEmail(stand)
  await Promise.all(all.map((person) => goOn(stand, person)))
  const end = await recordsByEmail(stand)
  const told = async (person: Person): Promise<Story> => ({
    leads: person.leads,
    before: before.get(person.email),
    afterNo: afterNo.get(person.email),
    end: end.get(person.email),
    followUps: await followUpsOf(stand, person),
  })
  return Promise.all(people.map((row) => Promise.all(row.map(told))))
}

function personOf(parts: Omit<Person, 'no' | 'leads'>): Person {
  return { ...parts, no: leadOf(parts.email, 'DNC', 'analytics', 10), leads: [] }
}

/** A do-not-contact carries a name and a title, too: nothing of that may be written. */
function leadOf(email: string, action: string, offerId: string, hour: number): Lead {
  const name = `${action} of hour ${hour}`
  return makeLead({
    id: `${email} ${name}`,
    action,
    stage: 'initial-interest',
    occurredAt: hours(hour),
    receivedAt: hours(hour),
    offer: { publisherId: 'contoso', offerId, title: `Contoso ${offerId}` },
    person: { email, firstName: name, lastName: 'Doe', company: 'Contoso', jobTitle: name },
    notes: name,
  })
}

async function prepare(stand: CrmStand, person: Person): Promise<void> {
  const { url, crm } = stand
  const { sales } = crm.harness
  if (person.row.person === 'unknown') return
  if (person.row.person === 'made by Leadsync') return deliver(stand, person, leadOf(person.email, 'INS', 'analytics', 1))
  const id = await sales.create(url, crm.made(person.email))
  if (person.row.person === 'unsubscribed') await sales.optOut(url, id)
}

async function deliver(stand: CrmStand, { by, leads }: Person, lead: Lead): Promise<void> {
  leads.push({ notes: lead.notes, outcome: await stand.deliver(by, lead) })
}

async function goOn(stand: CrmStand, person: Person): Promise<void> {
  for (const [index, step] of person.steps.entries()) await take(stand, person, step, 20 + index)
}

async function take(stand: CrmStand, person: Person, step: Step, hour: number): Promise<void> {
  switch (step) {
    case 'PLT':
      return deliver(stand, person, leadOf(person.email, 'PLT', 'analytics', hour))
    case 'INS of another offer':
      return deliver(stand, person, leadOf(person.email, 'INS', 'backup', hour))
    case 'admin lift':
      return lift(stand, person)
    case 'unsubscribe':
      return stand.crm.harness.sales.optOut(stand.url, await recordIdOf(stand, person))
    case 'reopen':
      return stand.crm.reopen(stand.url, { id: await recordIdOf(stand, person), email: person.email })
  }
}

/** As `leadsync dnc remove` does it, and the mark that it asks for. */
async function lift({ store }: CrmStand, { email, by }: Person): Promise<void> {
  const alias = strongAlias(email, 'a secret') ?? 'none'
  const wanted = { channel: null, offer: null, at: Times.lift, reason: 'they called us' }
  const { contacts } = await new StrongSuppressions(store.scripts, Keep).lift(alias, wanted)
  for (const contact of contacts) await by.mark(contact, `mark of ${contact}`)
}

async function recordIdOf({ store, crm }: CrmStand, { no }: Person): Promise<string> {
  const contact = await findContact(store.scripts, await store.contactOf(no))
  return String(contact?.records[crm.name]?.record?.id)
}

async function followUpsOf(stand: CrmStand, { email, no }: Person): Promise<Story['followUps']> {
  const contact = await stand.store.contactOf(no)
  const of = (offerId: string) => stand.followUpsOf(contact, leadOf(email, 'INS', offerId, 99))
  return { sameOffer: await of('analytics'), otherOffer: await of('backup') }
}

async function recordsByEmail({ crm, records }: CrmStand): Promise<Map<string, StoredRecord>> {
  const people = (await records()).filter(({ fields }) => typeof fields[crm.email] === 'string')
  return new Map(people.map((record) => [String(record.fields[crm.email]), record]))
}
