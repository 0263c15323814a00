import { type FollowUpPlan, nextTry, type PlannedStep, type Qualification } from '../core/index.ts'
import type { ContactEntry } from '../store/contact-lookup.ts'
import type { LeadEntry } from '../store/lead-lookup.ts'

/** A lead as the command shows it: `about` names nobody unless it was asked to. */
export interface FoundLead extends LeadEntry {
  readonly about: Readonly<Record<string, unknown>> | null
  /** By the configuration of now; null when it has no rules, or the lead itself is no longer there. */
  readonly qualification: Qualification | null
  /** Null where it has none (any more). Owners are hidden like anybody. */
  readonly followUp: ShownPlan | null
}

export interface ShownPlan extends FollowUpPlan {
  readonly steps: readonly ShownStep[]
}

/** Both null unless it waits. */
export interface ShownStep extends PlannedStep {
  /** In ms since the epoch. */
  readonly nextTryAt: number | null
  /** Why that is later than it was planned. */
  readonly putOff: string | null
}

export function shownPlan(plan: FollowUpPlan): ShownPlan {
  return { ...plan, steps: plan.steps.map(shownStep) }
}

function shownStep(step: PlannedStep): ShownStep {
  if (step.state !== 'waiting') return { ...step, nextTryAt: null, putOff: null }
  const isHeld = typeof step.heldUntil === 'number'
  return { ...step, nextTryAt: nextTry(step), putOff: isHeld ? 'put off by minGapHours after another task' : null }
}

export interface Found {
  readonly contact: ContactEntry | null
  readonly leads: readonly FoundLead[]
}
