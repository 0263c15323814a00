import type { FollowUpPlan, Qualification } from '../core/index.ts'
import type { ContactEntry } from '../store/contact-lookup.ts'
import type { LeadEntry } from '../store/lead-lookup.ts'

/** A lead as the command shows it: `about` names nobody unless it was asked to. */
export interface FoundLead extends LeadEntry {
  readonly about: Readonly<Record<string, unknown>> | null
  /** By the configuration of now; null when it has no rules, or the lead itself is no longer there. */
  readonly qualification: Qualification | null
  /** Null where it has none (any more). Owners are hidden like anybody. */
  readonly followUp: FollowUpPlan | null
}

export interface Found {
  readonly contact: ContactEntry | null
  readonly leads: readonly FoundLead[]
}
