import { factsOf, fits } from '../condition.ts'
import type { Lead } from '../lead.ts'
import { type QualificationRules, qualify } from '../qualify.ts'
import type { FollowUpCondition, FollowUpCrm, FollowUpRule } from './rules.ts'

/** The rules that are about this lead, in their order; those for all others (`otherwise`) only where no other one is. Pure; never throws. */
export function fittingRules(
  rules: readonly FollowUpRule[],
  lead: Lead,
  qualification: QualificationRules,
): readonly FollowUpRule[] {
  const isAbout = askedOf(lead, qualification)
  const fitting = rules.filter(({ when }) => when !== 'otherwise' && isAbout(when))
  return fitting.length > 0 ? fitting : rules.filter(({ when }) => when === 'otherwise')
}

/** Which CRM has the tasks of a lead: the first whose condition fits and that wants the lead. Null: none. `wants` is asked in the order of the list. */
export function followUpCrm(
  crms: readonly FollowUpCrm[],
  lead: Lead,
  qualification: QualificationRules,
  wants: (crm: string) => boolean,
): string | null {
  const isAbout = askedOf(lead, qualification)
  return crms.find(({ crm, when }) => isAbout(when) && wants(crm))?.crm ?? null
}

/** The score only when a condition asks for it: reckoning it asks all rules of the qualification. */
function askedOf(lead: Lead, qualification: QualificationRules): (when: FollowUpCondition | null) => boolean {
  const facts = factsOf(lead, qualification.freeMail)
  let score: number | undefined
  return (when) => {
    if (when === null) return true
    if (!fits(when, facts)) return false
    if (when.score === undefined) return true
    score ??= qualify(lead, qualification).score
    const { from = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = when.score
    return from <= score && score < below
  }
}
