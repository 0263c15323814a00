import type { QualificationCondition } from '../condition.ts'
import type { Priority } from '../qualify.ts'
import type { Template } from '../template.ts'
import type { Assignment, OwnHours } from './assignment.ts'
import type { BusinessHours } from './business-time.ts'

/** Which leads are meant. Absent asks nothing. */
export interface FollowUpCondition extends QualificationCondition {
  /** `from` and more, less than `below`. */
  readonly score?: { readonly from?: number | undefined; readonly below?: number | undefined } | undefined
}

/** One task of a follow-up. */
export interface FollowUpStep {
  /** Within its rule. */
  readonly name: string
  /** When it is made, counted from the planning, i.e. from when the CRM had the lead. In ms. */
  readonly afterMs: number
  /** Until when it is to be done, in ms: counted from the lead's own time where `afterMs` is 0, else from when it is made. */
  readonly dueWithinMs: number
  readonly type: 'call' | 'email' | 'todo'
  /** Null: the lead's own. */
  readonly priority: Priority | null
  readonly subject: Template
  readonly body: Template
  /** Whether it is made although somebody has worked on an earlier task of this follow-up. */
  readonly evenIfWorked: boolean
}

/** Which leads are followed up by which tasks. */
export interface FollowUpRule {
  readonly name: string
  /** `otherwise`: the leads that no other rule is about; null: every lead. */
  readonly when: FollowUpCondition | 'otherwise' | null
  /** Other rules may be about the same lead, and other leads of the same contact do not end it. */
  readonly allowParallel: boolean
  /** Null: as the others. */
  readonly assign: Assignment | null
  /** In the order of their times; at least one. */
  readonly steps: readonly FollowUpStep[]
}

/** Which CRM has the tasks: the first that fits and wants the lead. */
export interface FollowUpCrm {
  readonly crm: string
  readonly when: FollowUpCondition | null
}

/** All that holds for follow-ups. Durations in ms. */
export interface FollowUpRules {
  readonly crms: readonly FollowUpCrm[]
  readonly rules: readonly FollowUpRule[]
  /** A follow-up of an older lead is never begun. */
  readonly maxLeadAgeMs: number
  /** Within which a lead is to have been followed up, from its own time. */
  readonly slaMs: number
  /** How long before the end of that time it counts as about to be late. */
  readonly warnMs: number
  /** Between two tasks about one contact, whatever lead they are about and whichever CRM they are in. */
  readonly minGapMs: number
  /** Most tasks about one contact. */
  readonly most: { readonly count: number; readonly withinMs: number }
  readonly hours: BusinessHours
  /** Of those who work elsewhere, or at other times. */
  readonly people: readonly OwnHours[]
  readonly assign: Assignment
}
