import type { Lead } from '../lead.ts'

/**
 * What two receipts have in common when they are the same lead sent twice: what it says, not when, how or through which token it came.
 * Values that could be read stand for their spelling. The stage is left out, since the configuration makes it.
 */
export function canonicalContent(lead: Lead): string {
  const { person, offer } = lead
  return JSON.stringify([
    lead.externalId,
    lead.source,
    lead.action,
    [offer.publisherId, offer.offerId, offer.title, offer.productId],
    [person.email, person.phone ?? person.phoneRaw, person.firstName, person.lastName],
    [person.company, person.jobTitle, person.country ?? person.countryRaw],
    lead.notes,
    Object.entries(lead.campaign).sort(([a], [b]) => (a < b ? -1 : 1)),
    lead.test,
  ])
}
