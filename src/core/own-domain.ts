import { domainOf, isWithin } from './domain.ts'
import { isDoNotContact, type Lead } from './lead.ts'

/** The publisher's own people try the offers, too, and a salesperson should not call a colleague. */
export interface OwnDomains {
  /** As `readDomain` gives them; their subdomains are meant as well. */
  readonly domains: readonly string[]
  /** What becomes of their leads. `tag`: they get the tag `own-domain`; `hold`: they wait in the quarantine for a person. */
  readonly leads: 'deliver' | 'tag' | 'hold'
}

export const NoOwnDomains: OwnDomains = { domains: [], leads: 'deliver' }

/** Set by Leadsync alone: a sender that could set it would keep its leads out of every CRM that has `accept: notTags: [own-domain]`. */
const OwnDomainTag = 'own-domain'

/**
 * The lead with the tag that it is due, and whether it is to be held. A DNC is never held: held leads count for nothing until a person
 * replays them, and a no must count at once.
 */
export function judgeOwn(lead: Lead, { domains, leads }: OwnDomains): { readonly lead: Lead; readonly held: boolean } {
  const tags = lead.tags.filter((tag) => tag.trim().toLowerCase() !== OwnDomainTag)
  const { email } = lead.person
  const own = email !== null && isWithin(domainOf(email), domains)
  if (own && leads === 'tag') tags.push(OwnDomainTag)
  return { lead: { ...lead, tags }, held: own && leads === 'hold' && !isDoNotContact(lead) }
}
