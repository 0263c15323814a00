import type { Lead } from './lead.ts'

/** `accept:` of a CRM: which leads it wants. An absent list wants all; of several lists each must agree. */
export interface AcceptRules {
  /** Names of intake tokens; the same as `tags: [token:NAME]`. */
  readonly tokens?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  /** A lead with one of these tags is not wanted, whatever the lists say. */
  readonly notTags?: readonly string[] | undefined
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
  return declinedBy(rules, lead) === null
}

/** Which of the lists of `accept:` does not want the lead; null when none minds. */
export function declinedBy(rules: AcceptRules, lead: Routed): keyof AcceptRules | null {
  const tokens = rules.tokens?.map((name) => `token:${name}`)
  if (!namesOne(tokens, lead.tags)) return 'tokens'
  if (!namesOne(rules.tags, lead.tags)) return 'tags'
  if (rules.notTags && namesOne(rules.notTags, lead.tags)) return 'notTags'
  if (!namesOne(rules.publishers, [lead.offer.publisherId])) return 'publishers'
  if (!namesOne(rules.offers, offerNames(lead.offer))) return 'offers'
  if (!namesOne(rules.actions, [lead.action])) return 'actions'
  return namesOne(rules.countries, [lead.person.country]) ? null : 'countries'
}

/** What an offer may be called by in a list. */
export function offerNames({ publisherId, offerId, title }: Lead['offer']): readonly (string | null)[] {
  return [publisherId !== null && offerId !== null ? `${publisherId}.${offerId}` : null, offerId, title]
}

/** Whether a list names one of the values that are there; an absent list names all. Letter case does not matter. */
export function namesOne(wanted: readonly string[] | undefined, present: readonly (string | null)[]): boolean {
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
