import { factsOf, fits, type QualificationCondition } from './condition.ts'
import { isDoNotContact, type Lead } from './lead.ts'

export type Priority = 'low' | 'normal' | 'high'

interface Verdict {
  readonly followUp?: boolean | undefined
  readonly owner?: string | undefined
  readonly priority?: Priority | undefined
}

export interface QualificationRule extends Verdict {
  readonly when: QualificationCondition
  /** A whole number, so that the sum is the same in any order. */
  readonly score: number
  readonly reason: string
}

/** What a score means where no rule says otherwise. */
export interface QualificationBand extends Verdict {
  readonly from: number
}

export interface QualificationRules {
  readonly rules: readonly QualificationRule[]
  readonly bands: readonly QualificationBand[]
  /** Besides those that are known, as `readDomain` gives them. */
  readonly freeMail: readonly string[]
}

export interface Qualification {
  readonly score: number
  /** In words, in the order of the rules. */
  readonly reasons: readonly string[]
  readonly followUp: boolean
  readonly owner: string | null
  readonly priority: Priority
}

export const NoQualification: QualificationRules = { rules: [], bands: [], freeMail: [] }
export const Unqualified: Qualification = { score: 0, reasons: [], followUp: true, owner: null, priority: 'normal' }

/**
 * How good a lead is, why, and what is to be done. The scores of all rules that fit add up. Owner, priority and follow-up are what the first
 * of them says that says anything: a rule knows the lead, a band only a number, so bands speak where no rule does. Pure; never throws.
 */
export function qualify(lead: Lead, { rules, bands, freeMail }: QualificationRules): Qualification {
  const facts = factsOf(lead, freeMail)
  const fitting = rules.filter((rule) => fits(rule.when, facts))
  const score = fitting.reduce((sum, rule) => sum + rule.score, 0)
  const verdicts: readonly Verdict[] = [...fitting, ...bandOf(score, bands)]
  return {
    score,
    reasons: fitting.map(({ reason }) => reason),
    // No rule may ask for a call to somebody who said no.
    followUp: !isDoNotContact(lead) && (first(verdicts, 'followUp') ?? Unqualified.followUp),
    owner: first(verdicts, 'owner') ?? Unqualified.owner,
    priority: first(verdicts, 'priority') ?? Unqualified.priority,
  }
}

function first<K extends keyof Verdict>(verdicts: readonly Verdict[], key: K): Verdict[K] {
  return verdicts.find((verdict) => verdict[key] !== undefined)?.[key]
}

/** The highest one that the score reaches. */
function bandOf(score: number, bands: readonly QualificationBand[]): readonly QualificationBand[] {
  const reached = bands.filter(({ from }) => score >= from)
  return reached.toSorted((a, b) => b.from - a.from).slice(0, 1)
}
