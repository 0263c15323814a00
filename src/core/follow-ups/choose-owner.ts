import { namesOne, offerNames } from '../accept.ts'
import type { Lead } from '../lead.ts'
import type { QualificationRules } from '../qualify.ts'
import type { Assignment } from './assignment.ts'
import type { FollowUpRule, FollowUpRules } from './rules.ts'

/** Who may be asked, in the order in which they are: one person, or whose turn it is among several. */
export type Candidates =
  | { readonly kind: 'one'; readonly owner: string }
  | { readonly kind: 'turn'; readonly key: string; readonly owners: readonly string[] }

/** Who has it: one person, or whose turn it is among those who are able. */
export type Chosen =
  | { readonly kind: 'one'; readonly owner: string }
  | { readonly kind: 'turn'; readonly key: string; readonly owners: readonly string[]; readonly able: readonly string[] }

/** `owner`: of the record, null where that is nobody's. `qualified`: whom the qualification names. */
export interface OwnerInput {
  readonly owner: string | null
  readonly qualified: string | null
  readonly lead: Lead
  readonly rule: FollowUpRule
  readonly rules: FollowUpRules
}

/**
 * Whoever has the record already goes on with it; then who the lead's qualification names, then the rule's assignment. The first that can
 * have a task has it; where none can, the CRM leaves it to nobody.
 */
export function ownerCandidates({ owner, qualified, lead, rule, rules }: OwnerInput): readonly Candidates[] {
  const named = [owner, qualified].flatMap((one) => (one === null ? [] : [{ kind: 'one', owner: one } as const]))
  return [...named, ...assigned(rule.assign ?? rules.assign, lead)]
}

/** All that are to be asked for. */
export function namesIn(candidates: readonly Candidates[]): readonly string[] {
  return [...new Set(candidates.flatMap((one) => (one.kind === 'one' ? [one.owner] : one.owners)))]
}

/** The first that is left when those who can't have tasks are gone; null when nobody is. */
export function firstOf(candidates: readonly Candidates[], may: (owner: string) => boolean): Chosen | null {
  for (const one of candidates) {
    if (one.kind === 'one' && may(one.owner)) return one
    const able = one.kind === 'turn' ? one.owners.filter(may) : []
    if (one.kind === 'turn' && able.length > 0) return { ...one, able }
  }
  return null
}

function assigned(assignment: Assignment | null, lead: Lead): readonly Candidates[] {
  switch (assignment?.kind) {
    case 'fixed':
      return [{ kind: 'one', owner: assignment.owner }]
    case 'rotation':
      return [{ kind: 'turn', key: assignment.key, owners: assignment.owners }]
    case 'table': {
      const { offers, countries, otherwise } = assignment
      const byOffer = Object.entries(offers).filter(([offer]) => namesOne([offer], offerNames(lead.offer)))
      const byCountry = Object.entries(countries).filter(([country]) => namesOne([country], [lead.person.country]))
      const named = [...byOffer, ...byCountry].map(([, owner]) => ({ kind: 'one', owner }) as const)
      return [...named, ...assigned(otherwise, lead)]
    }
    default:
      return []
  }
}

/** Everybody whom the assignments and the qualification name, each once. */
export function ownersNamed({ assign, rules }: FollowUpRules, { rules: worth, bands }: QualificationRules): readonly string[] {
  const assignments = [assign, ...rules.flatMap((rule) => rule.assign ?? [])]
  const qualified = [...worth, ...bands].flatMap(({ owner }) => owner ?? [])
  return [...new Set([...assignments.flatMap(namedBy), ...qualified])]
}

function namedBy(assignment: Assignment): readonly string[] {
  switch (assignment.kind) {
    case 'crm':
      return []
    case 'fixed':
      return [assignment.owner]
    case 'rotation':
      return assignment.owners
    case 'table': {
      const { offers, countries, otherwise } = assignment
      return [...Object.values(offers), ...Object.values(countries), ...(otherwise ? namedBy(otherwise) : [])]
    }
  }
}
