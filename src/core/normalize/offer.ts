import type { Offer } from '../lead.ts'
import { cleanLine } from './text.ts'

/** The offer that an intake token stands for. */
export interface TokenOffer {
  readonly publisherId: string
  readonly offerId: string
}

export interface OfferParts {
  readonly publisherId: string | null
  readonly offerId: string | null
  readonly title: string | null
  readonly productId: string | null
  /** The offer as `LeadSource` names it: `publisher.offer`, or in Salesforce's form its title. */
  readonly named: string | null
}

/**
 * Ids never contain spaces; some contain a truncated GUID, so they are not looked at any closer. The first dot divides:
 * an offer id may contain dots, a publisher id may not.
 */
const FullOfferId = /^([\w-]+)\.([\w.-]+)$/

/** The offer as the lead tells it. The token's own offer fills in only where the lead names none: HTTPS leads never do. */
export function readOffer(parts: OfferParts, own: TokenOffer | null | undefined): Offer {
  const title = cleanLine(parts.title)
  const named = cleanLine(parts.named)
  const ids = named === null || named === title ? null : FullOfferId.exec(named)
  const offer = {
    publisherId: cleanLine(parts.publisherId) ?? ids?.[1] ?? null,
    offerId: cleanLine(parts.offerId) ?? ids?.[2] ?? null,
    title: title ?? (ids ? null : named),
    productId: cleanLine(parts.productId),
  }
  return withOwn(offer, own)
}

export function withOwn(offer: Offer, own: TokenOffer | null | undefined): Offer {
  if (!own || offer.publisherId !== null || offer.offerId !== null) return offer
  return { ...offer, publisherId: own.publisherId, offerId: own.offerId }
}
