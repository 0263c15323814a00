import type { Lead } from './lead.ts'

/** By what an offer is told from another: `publisher.offer`, else its title, in lower case; null when the lead names none. */
export function offerKey({ offer }: Pick<Lead, 'offer'>): string | null {
  const { publisherId, offerId, title } = offer
  const name = offerId ? `${publisherId ?? ''}.${offerId}` : title
  return name ? name.toLowerCase() : null
}
