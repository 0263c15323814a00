import type { Lead } from '../lead.ts'
import { mayBeOffer, offerKey } from '../offer-key.ts'
import { type QualificationRules, qualify } from '../qualify.ts'
import type { SuppressionEntry } from '../suppression.ts'
import { followUps } from './covers.ts'
import { fittingRules } from './fitting-rules.ts'
import type { FollowUpPlan, PlannedStep } from './plan.ts'
import { tooOld, UnqualifiedReason } from './plan-lead.ts'
import type { FollowUpRule, FollowUpRules, FollowUpStep } from './rules.ts'

export interface StepInput {
  readonly plan: FollowUpPlan
  readonly step: PlannedStep
  /** Null when its body aged out. */
  readonly lead: Lead | null
  /** The follow-ups of the same contact's other leads. */
  readonly others: readonly FollowUpPlan[]
  readonly suppression: readonly SuppressionEntry[]
  /** Those in force now. */
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** `reason` is a sentence for the contact's history. */
export type StepDecision =
  | { readonly kind: 'make'; readonly rule: FollowUpRule; readonly step: FollowUpStep; readonly lead: Lead }
  /** `all`: nothing else of the lead's follow-up is to be made, either. */
  | { readonly kind: 'cancel'; readonly reason: string; readonly all?: boolean }

/** Whether a step whose time has come is still to be made, as far as it can be told without asking the CRM. Pure. */
export function decideStep(input: StepInput): StepDecision {
  const { plan, step, lead, rules } = input
  if (lead === null) return cancel('The lead itself is not kept any more.')
  const rule = fittingRules(rules.rules, lead, input.qualification).find(({ name }) => name === step.rule)
  if (!rule) return cancel(`The configuration has no rule ${step.rule} for this lead any more.`)
  const set = rule.steps.find(({ name }) => name === step.step)
  if (!set) return cancel(`The rule ${step.rule} has no step ${step.step} any more.`)
  const age = whyTooOld(plan, step, input)
  if (age !== null) return { kind: 'cancel', reason: age, all: true }
  const reason =
    (qualify(lead, input.qualification).followUp ? null : UnqualifiedReason) ??
    whyNotContact(plan, step, input.suppression) ??
    whySuperseded(rule, input) ??
    whyWorked(set, input)
  return reason === null ? { kind: 'make', rule, step: set, lead } : cancel(reason)
}

/** What the rule and the gap between tasks wait is no delay, unless what comes before the step was delayed, too. */
function whyTooOld(plan: FollowUpPlan, step: PlannedStep, { rules, now }: StepInput): string | null {
  if (hasBegun(plan)) return null
  const before = plan.steps.slice(
    0,
    plan.steps.findIndex(({ id }) => id === step.id),
  )
  const isNext = before.every(({ state }) => state !== 'waiting' && state !== 'due')
  return tooOld(plan.occurredAt, rules, now, isNext ? step.fireAt - plan.plannedAt : 0)
}

/** Why nobody is to be asked to contact this customer by this step; null when they may be. */
export function whyNotContact(
  { action, offer }: Pick<FollowUpPlan, 'action' | 'offer'>,
  { type }: Pick<PlannedStep, 'type'>,
  suppression: readonly SuppressionEntry[],
): string | null {
  const { email, phone } = followUps({ action, offer }, suppression)
  // A to-do names no way to contact the customer: one that is left open is enough.
  const verdicts = type === 'call' ? [phone] : type === 'email' ? [email] : [email, phone]
  if (verdicts.some(({ kind }) => kind === 'allowed')) return null
  const noes = new Set(verdicts.flatMap((one) => (one.kind === 'covered' ? [noOf(one.by)] : [])))
  return noes.size === 0 ? 'The lead is not to be followed up.' : [...noes].join(' ')
}

/** Who said no, without their words, which may name somebody. */
export function noOf({ source, crm, channel, offer, since }: SuppressionEntry): string {
  const who = { marketplace: 'the marketplace', admin: 'an admin', import: 'an opt-out list', crm: `an opt-out in ${crm}` }[
    source
  ]
  const way = { any: 'contacted', email: 'written to', phone: 'called' }[channel]
  return `The customer is not to be ${way}${offer === null ? '' : ` about ${offer}`}: so says ${who} since ${since.slice(0, 10)}.`
}

/** Whether any task of the lead was made. */
export function hasBegun({ steps }: Pick<FollowUpPlan, 'steps'>): boolean {
  return steps.some(({ madeAt }) => madeAt !== null)
}

/** What was done about the same offer since is what sales should go on from; what may be another offer is another conversation. */
function whySuperseded({ allowParallel }: FollowUpRule, { plan, others }: StepInput): string | null {
  if (allowParallel) return null
  const newer = others.find((other) => isNewer(other, plan) && isAlive(other) && mayBeSameOffer(other, plan))
  return newer ? 'A newer lead of this contact about the same offer is followed up instead.' : null
}

function isNewer(one: FollowUpPlan, other: FollowUpPlan): boolean {
  return one.occurredAt === other.occurredAt ? one.lead > other.lead : one.occurredAt > other.occurredAt
}

function isAlive({ steps }: FollowUpPlan): boolean {
  return steps.some(({ state }) => !['cancelled', 'withdrawing', 'withdrawn', 'failed'].includes(state))
}

function mayBeSameOffer(one: FollowUpPlan, other: FollowUpPlan): boolean {
  const key = offerKey(one)
  return key === null || mayBeOffer(key, other)
}

function whyWorked({ evenIfWorked }: FollowUpStep, { plan, step }: StepInput): string | null {
  if (evenIfWorked) return null
  const worked = plan.steps.find(({ rule, state }) => rule === step.rule && state === 'worked')
  return worked ? workedReason(worked) : null
}

export function workedReason({ step }: Pick<PlannedStep, 'step'>): string {
  return `Somebody has worked on the task of step ${step}.`
}

function cancel(reason: string): StepDecision {
  return { kind: 'cancel', reason }
}
