import {
  createTemplateEngine,
  FollowUpNames,
  type FollowUpPlan,
  type FollowUpRule,
  type FollowUpRules,
  type FollowUpStep,
  type Lead,
  leadKey,
  type PlannedStep,
} from '../../src/core/index.ts'
import { NoFollowUps } from './follow-up-parts.ts'
import { Noon } from './made-lead.ts'
import { Crm } from './store-parts.ts'

const HourMs = 3_600_000
const NoonMs = Date.parse(Noon)

export const template = createTemplateEngine(FollowUpNames)

export function makeStep(name: string, parts: Partial<FollowUpStep> = {}): FollowUpStep {
  return {
    name,
    afterMs: 0,
    dueWithinMs: 24 * HourMs,
    type: 'call',
    priority: null,
    subject: template(`Call ${name}`),
    body: template('{{optOuts}}'),
    evenIfWorked: false,
    ...parts,
  }
}

/** About every lead: one call at once, another one an hour later. */
export function makeRule(parts: Partial<FollowUpRule> = {}): FollowUpRule {
  const steps = [makeStep('1'), makeStep('2', { afterMs: HourMs })]
  return { name: 'sales', when: null, allowParallel: false, assign: null, steps, ...parts }
}

/** Neither gap nor maximum is in anybody's way unless told. */
export function makeFollowUps(parts: Partial<FollowUpRules> = {}): FollowUpRules {
  const most = { count: 1_000, withinMs: 24 * HourMs }
  return { ...NoFollowUps, crms: [{ crm: Crm, when: null }], rules: [makeRule()], minGapMs: 0, most, ...parts }
}

/** A step that waits, of the rule `sales`. */
export function plannedStep(step: string, parts: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id: `KEY.sales.${step}`,
    rule: 'sales',
    step,
    type: 'call',
    state: 'waiting',
    fireAt: NoonMs,
    slaAt: null,
    task: null,
    madeAt: null,
    dueAt: null,
    owner: null,
    reason: null,
    recall: null,
    ...parts,
  }
}

/** The plan of a lead that was just planned: two calls unless told. */
export function planOfLead(lead: Lead, parts: Partial<FollowUpPlan> = {}): FollowUpPlan {
  return {
    lead: leadKey(lead.id),
    crm: Crm,
    contactId: 'a contact',
    occurredAt: Date.parse(lead.occurredAt),
    plannedAt: NoonMs,
    action: lead.action,
    offer: lead.offer,
    record: { object: 'contact', id: '1' },
    ontoClosed: false,
    steps: [plannedStep('1'), plannedStep('2')],
    ...parts,
  }
}
