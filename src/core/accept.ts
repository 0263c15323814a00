import type { Lead } from './lead.ts'

/** `accept:` of a CRM: which leads it wants. An absent list wants all; of several lists each must agree. */
export interface AcceptRules {
  /** Names of intake tokens; the same as `tags: [token:NAME]`. */
  readonly tokens?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly publishers?: readonly string[] | undefined
  /** `publisherId.offerId`, the offer id alone, or the title. */
  readonly offers?: readonly string[] | undefined
  readonly actions?: readonly string[] | undefined
  /** ISO 3166-1 alpha-2. */
  readonly countries?: readonly string[] | undefined
}

type Routed = Pick<Lead, 'tags' | 'offer' | 'action' | 'person'>

/**
 * Whether a CRM wants a lead (design §2.4). Letter case never matters: the marketplace writes the same id differently in different places.
 * A lead that lacks what a list asks about is not wanted: a CRM for one country must not get leads from nowhere.
 */
export function accepts(rules: AcceptRules, lead: Routed): boolean {
  const { publisherId, offerId, title } = lead.offer
  const fullOfferId = publisherId !== null && offerId !== null ? `${publisherId}.${offerId}` : null
  return (
    shares(
      rules.tokens?.map((name) => `token:${name}`),
      lead.tags,
    ) &&
    shares(rules.tags, lead.tags) &&
    shares(rules.publishers, [publisherId]) &&
    shares(rules.offers, [fullOfferId, offerId, title]) &&
    shares(rules.actions, [lead.action]) &&
    shares(rules.countries, [lead.person.country])
  )
}

function shares(wanted: readonly string[] | undefined, present: readonly (string | null)[]): boolean {
  if (wanted === undefined) return true
  const known = new Set<string>()
  for (const value of present) {
    if (value !== null) known.add(fold(value))
  }
  return wanted.some((value) => known.has(fold(value)))
}

function fold(value: string): string {
  return value.trim().toLowerCase()
}
