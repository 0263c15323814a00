import type { Channel, Lead } from '../lead.ts'
import type { TokenOffer } from './offer.ts'
import type { StageRule } from './stage.ts'

/** What is known of a lead beside what it says itself. */
export interface LeadContext {
  /** The lead's id where it has none of its own: the journal entry's. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly receivedAt: string
  readonly channel: Channel
  /** The name of the token it came through; becomes the tag `token:NAME`. */
  readonly token?: string | undefined
  readonly tags: readonly string[]
  /** The token's own offer: fills in where the lead names none. */
  readonly offer?: TokenOffer | null | undefined
  readonly stages: readonly StageRule[]
}

/** For channels that carry the marketplace's fields. The last three are for those that know more than the HTTPS destination tells. */
export interface MarketplaceContext extends LeadContext {
  readonly externalId?: string | null | undefined
  readonly occurredAt?: string | null | undefined
  readonly occurredPrecision?: Lead['occurredPrecision'] | undefined
}

/** A tag that says by which token a lead came: `accept: tokens` trusts it, so only we may set it. */
export const TokenTag = 'token:'

/** A lead's tags without those that name another token than it really came by: senders of our own schema write their tags themselves. */
export function ownTags(tags: readonly string[], token: string | null): string[] {
  return tags.filter((tag) => !tag.toLowerCase().startsWith(TokenTag) || tag === `${TokenTag}${token}`)
}

/** The lead's own tags first, each once. */
export function tagsOf(own: readonly string[], context: LeadContext): string[] {
  const token = context.token ? [`${TokenTag}${context.token}`] : []
  return [...new Set([...own, ...token, ...context.tags])]
}

/** Whether the marker of Microsoft's test leads stands anywhere in a value. https://learn.microsoft.com/azure/marketplace/lead-management-faq */
export function isMarkedAsTest(value: unknown): boolean {
  return JSON.stringify(value ?? null)
    .toUpperCase()
    .includes('MSFT_TEST')
}
