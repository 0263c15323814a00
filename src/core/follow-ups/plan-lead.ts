import { isDoNotContact, type Lead } from '../lead.ts'
import { leadKey } from '../lead-id.ts'
import { type QualificationRules, qualify } from '../qualify.ts'
import type { RecordRef } from '../record.ts'
import type { Rule } from '../rule.ts'
import { fittingRules } from './fitting-rules.ts'
import { wantsNoFollowUp } from './no-follow-up.ts'
import type { FollowUpPlan, PlannedStep } from './plan.ts'
import type { FollowUpRule, FollowUpRules } from './rules.ts'

export interface PlanInput {
  readonly lead: Lead
  readonly crm: string
  readonly contactId: string
  /** What the lead was written to, and by which rule. */
  readonly record: RecordRef | null
  readonly rule: Rule
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** `say` and `reason` are sentences for the contact's history. */
export type PlannedLead =
  | { readonly kind: 'plan'; readonly plan: FollowUpPlan; readonly say: string }
  | { readonly kind: 'none'; readonly reason: string }

const MsPerHour = 3_600_000

export const UnqualifiedReason = 'By its qualification nobody is to follow it up.'

/** How a lead that its CRM has now is to be followed up, or why it is not. Pure. */
export function planLead(input: PlanInput): PlannedLead {
  const { lead, crm, contactId, record, rules, now } = input
  const fitting = fittingRules(rules.rules, lead, input.qualification)
  const reason = whyNone(input) ?? (fitting.length === 0 ? 'No rule of followUps is about this lead.' : null)
  if (reason !== null || record === null) return { kind: 'none', reason: reason ?? 'The CRM has no record to follow up.' }
  const steps = fitting.flatMap((rule) => stepsOf(rule, input))
  const plan = {
    lead: leadKey(lead.id),
    crm,
    contactId,
    occurredAt: Date.parse(lead.occurredAt),
    plannedAt: now,
    action: lead.action,
    offer: lead.offer,
    record,
    ontoClosed: input.rule === 'onto-closed',
    steps: steps.toSorted((a, b) => a.fireAt - b.fireAt),
  }
  return { kind: 'plan', plan, say: saidOf(fitting) }
}

/**
 * Why a lead that old is not followed up any more; null when it is young enough. `askedMs`: how long rule and gap wait with the step, which
 * is nobody's delay.
 */
export function tooOld(
  occurredAt: number,
  { maxLeadAgeMs }: Pick<FollowUpRules, 'maxLeadAgeMs'>,
  now: number,
  askedMs = 0,
): string | null {
  if (now - occurredAt - askedMs <= maxLeadAgeMs) return null
  return `The lead is ${hours(now - occurredAt)} old, and one of more than ${hours(maxLeadAgeMs)} is not followed up any more (maxLeadAgeHours).`
}

function whyNone({ lead, record, rule, rules, qualification, now }: PlanInput): string | null {
  if (isDoNotContact(lead)) return 'A do-not-contact is no reason to contact anybody.'
  if (wantsNoFollowUp(lead)) return 'The lead says that nobody is to follow it up (noFollowUp).'
  if (record === null) return 'The CRM has no record to follow up.'
  if (rule === 'before-closed') return 'Sales closed the record after this lead.'
  if (!qualify(lead, qualification).followUp) return UnqualifiedReason
  return tooOld(Date.parse(lead.occurredAt), rules, now)
}

function stepsOf(rule: FollowUpRule, { lead, rules, now }: PlanInput): PlannedStep[] {
  return rule.steps.map(({ name, type, afterMs }, index) => ({
    id: `${leadKey(lead.id)}.${rule.name}.${name}`,
    rule: rule.name,
    step: name,
    type,
    state: 'waiting',
    fireAt: now + afterMs,
    // The promise is that somebody begins within that time: the steps after it are further attempts.
    slaAt: index === 0 ? Date.parse(lead.occurredAt) + rules.slaMs : null,
    task: null,
    madeAt: null,
    dueAt: null,
    owner: null,
    reason: null,
    recall: null,
  }))
}

function saidOf(rules: readonly FollowUpRule[]): string {
  const parts = rules.map(({ name, steps }) => `${name} (${steps.length === 1 ? '1 task' : `${steps.length} tasks`})`)
  return `It is to be followed up by ${parts.join(' and ')}.`
}

function hours(ms: number): string {
  const count = Math.floor(ms / MsPerHour)
  return count === 1 ? '1 hour' : `${count} hours`
}
