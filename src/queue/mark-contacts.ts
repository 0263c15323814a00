import { randomUUID } from 'node:crypto'
import { isDoNotContact, type Lead, leadKey } from '../core/index.ts'
import type { ContactClaims } from '../delivery/contact-claim.ts'
import type { Queues } from './queues.ts'

export interface DeclinedDependencies {
  readonly queues: Queues
  readonly contacts: Pick<ContactClaims, 'ofLead'>
  /** Actions by which a customer takes a no back. */
  readonly release: readonly string[]
}

/**
 * A CRM that declines a lead has no delivery that would write what the lead says against its contact, or takes back; so its record is marked
 * by itself. Where nothing changed, and where the CRM does not know the contact, the mark finds that out and asks the CRM nothing.
 */
export async function markDeclined(
  { queues, contacts, release }: DeclinedDependencies,
  lead: Pick<Lead, 'id' | 'action'>,
  declinedBy: readonly string[],
): Promise<void> {
  const speaks = isDoNotContact(lead) || (lead.action !== null && release.includes(lead.action))
  if (!speaks || declinedBy.length === 0) return
  const contact = await contacts.ofLead(leadKey(lead.id))
  if (contact !== null) await markContacts(queues, declinedBy, [contact])
}

/**
 * Has the markers of these contacts' records follow what now stands against them; no lead is needed for it. CRMs that have no queue here are
 * left out: nobody works theirs. Asking twice is harmless, and so is a contact that a CRM does not know.
 */
export async function markContacts(queues: Queues, crms: readonly string[], contactIds: readonly string[]): Promise<void> {
  const known = crms.filter((crm) => queues.deliveries.has(crm))
  const jobs = known.flatMap((crm) => contactIds.map((contact) => ({ queue: queues.delivery(crm), contact })))
  // A new id each time: BullMQ ignores a job whose id it has, also one that is at work and has read the suppression before this change.
  await Promise.all(
    jobs.map(({ queue, contact }) => queues.add(queue, { name: 'mark', id: `mark.${randomUUID()}`, data: { contact } })),
  )
}
