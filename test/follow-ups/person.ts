import type { Lead, RecordRef } from '../../src/core/index.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { Action } from './rules.ts'
import type { FollowUpStand } from './stand.ts'

/** Somebody to whom one thing happens. */
export interface Person {
  readonly name: string
  readonly email: string
  readonly phone: string
  /** The one whose follow-up is looked at. */
  readonly lead: Lead
  /** Those that came since. */
  readonly newer: Lead[]
  /** The ids of its steps, as they were planned. */
  readonly steps: string[]
  /** What became of the person's record: the id of another one, and how a table calls it. */
  readonly places: Map<string, string>
}

export interface PersonParts {
  readonly name: string
  readonly phone: string
  /** By what the first lead names them. */
  readonly known: 'by e-mail' | 'by telephone'
  readonly action: string
}

export function personOf({ name, phone, known, action }: PersonParts): Person {
  const person = { name, email: `${name}@people.example`, phone, newer: [], steps: [], places: new Map<string, string>() }
  const named = known === 'by e-mail' ? { email: person.email } : { phone: person.phone }
  return { ...person, lead: leadOf(person, 0, { action }, named) }
}

/** Another lead of theirs, so many hours after the first. */
export function leadOf(
  { name }: Pick<Person, 'name'>,
  hour: number,
  parts: { readonly action?: string; readonly offerId?: string; readonly tags?: readonly string[] } = {},
  named: Partial<Lead['person']> = { email: `${name}@people.example` },
): Lead {
  const { action = Action.calls, offerId = 'analytics', tags = [] } = parts
  return makeLead({
    id: `${name} ${hour}`,
    action,
    tags: [...tags],
    occurredAt: hours(hour - 10),
    receivedAt: hours(hour - 10),
    offer: { publisherId: 'contoso', offerId, title: `Contoso ${offerId}` },
    person: { firstName: 'Jane', lastName: `Doe ${name}`, company: `${name} Ltd`, ...named },
  })
}

/** What the lead was written to. */
export async function recordOf({ plan }: FollowUpStand, { lead }: Person): Promise<RecordRef> {
  const record = (await plan(lead))?.record
  if (!record) throw new Error('The lead has no plan.')
  return record
}

/** The record that the ledger holds for the person now. */
export async function linkOf({ store, crm }: FollowUpStand, { lead }: Person): Promise<RecordRef | null> {
  const contact = await findContact(store.scripts, await store.contactOf(lead))
  return contact?.records[crm.name]?.record ?? null
}
