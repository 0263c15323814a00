import type { Person, PlannedLead } from './people.ts'

/** By these the verdict tells whose a record is and which lead a line of its history shows. */
export const lastNameOf = (person: number) => `Nr${person}`
export const emailOf = (person: number) => `chaos-${person}@people.example`
export const wishOf = (lead: number) => `Wish #${lead};`
export const firstNameOf = (person: number) => `First${person}`
export const companyOf = (person: number) => `Company ${person} Ltd`
const phoneOf = (person: number) => `+49151${20_000_000 + person}`

const Publisher = 'contoso'

/** The marketplace's body, as it was seen to write it. */
export function marketplaceBody({ country }: Person, lead: PlannedLead): string {
  const person = personOf(lead)
  return JSON.stringify({
    userDetails: { ...person, country },
    leadSource: `AppSource (SPZA)-${lead.action}|${Publisher}.${lead.offer}`,
    offerTitle: `The offer ${lead.offer}`,
    description: wishOf(lead.n),
  })
}

/** `startedAt` in ms since the epoch; `trial` keeps the ids of two runs apart. */
export function apiBody({ country }: Person, lead: PlannedLead, startedAt: number): string {
  const at = startedAt - (lead.minutesAgo ?? 0) * 60_000
  const one = {
    v: 1,
    id: `chaos-${lead.n}`,
    action: lead.action,
    source: 'Fair',
    occurredAt: new Date(at).toISOString(),
    offer: { publisherId: Publisher, offerId: lead.offer, title: `The offer ${lead.offer}` },
    person: { ...personOf(lead), country },
    notes: wishOf(lead.n),
  }
  return JSON.stringify({ leads: [one] })
}

function personOf({ person, form }: PlannedLead) {
  return {
    firstName: firstNameOf(person),
    lastName: lastNameOf(person),
    company: companyOf(person),
    ...(form === 'phone' ? {} : { email: emailOf(person) }),
    ...(form === 'email' ? {} : { phone: phoneOf(person) }),
  }
}
