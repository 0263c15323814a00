import type { Lead } from './lead.ts'

type Offered = Pick<Lead, 'offer'>

/** By what an offer is told from another: `publisher.offer`, else its title, in lower case; null when the lead names none. */
export function offerKey(lead: Offered): string | null {
  return idsOf(lead) ?? titleOf(lead)
}

/** All by which the lead's offer may have been named: its ids, its title, or neither. */
export function offerKeys(lead: Offered): readonly string[] {
  return [idsOf(lead), titleOf(lead)].filter((key) => key !== null)
}

/**
 * Whether a key names the lead's offer, or may do so. The marketplace gives one offer by its ids in one lead and by its title in another:
 * where the two have nothing in common that can be compared, nobody can tell.
 */
export function mayBeOffer(key: string, lead: Offered): boolean {
  const [ids, title] = [idsOf(lead), titleOf(lead)]
  if (key === ids || key === title || ids?.endsWith(`.${key}`)) return true
  return (isIds(key) ? ids : title) === null
}

function idsOf({ offer: { publisherId, offerId } }: Offered): string | null {
  return offerId ? `${publisherId ?? ''}.${offerId}`.toLowerCase() : null
}

function titleOf({ offer: { title } }: Offered): string | null {
  return title ? title.toLowerCase() : null
}

/** Publisher ids hold no dot, and ids no spaces. */
function isIds(key: string): boolean {
  return /^[^\s.]*\.\S+$/.test(key)
}
