import type { Lead } from './lead.ts'
import type { Known } from './lead-order.ts'
import type { Mapping } from './mapping.ts'
import type { MarkerFields } from './markers.ts'
import type { OptOutFields } from './opt-out.ts'
import type { QualificationRules } from './qualify.ts'
import type { DroppedField, FieldValue, IdentityFields, Match, RecordRef, RecordWrite } from './record.ts'
import type { Rule } from './rule.ts'
import type { SuppressionEntry } from './suppression.ts'
import type { TouchHandling } from './touch.ts'

export interface DoNotContactHandling {
  /** What a DNC lead writes: Leadsync's own markers; those and the CRM's own opt-outs; or nothing. */
  readonly mode: 'flag' | 'opt-out' | 'skip'
  /** Whether a DNC lead may enter somebody whom the CRM does not know, to be flagged. */
  readonly createIfMissing: boolean
  readonly markers: MarkerFields
}

export interface RecordPolicies {
  readonly onMany: 'park' | 'newest'
  readonly onDeleted: 'recreate' | 'park'
  /** For a lead that is newer than a record which sales closed. `task`: the record is updated as it is, and followed up there. */
  readonly onClosed: 'new-record' | 'task' | 'park'
  /** The CRM's own opt-out fields per object kind: whatever the mapping says, they are never written false or empty. */
  readonly optOutFields: OptOutFields
}

/** What holds for every lead that goes to one CRM. */
export interface DecideRules {
  readonly mapping: Mapping
  identity(object: string): IdentityFields
  /** The object kind of new records. */
  readonly target: string
  readonly doNotContact: DoNotContactHandling
  readonly policies: RecordPolicies
  /** The CRM field that holds the time of the newest lead, or null. */
  readonly lastLeadField: string | null
  /** Absent: touches show nowhere. */
  readonly touches?: TouchHandling
  /** Keyed with the installation's secret: what was written is not to be guessed from our store. */
  digest(value: FieldValue): string
  /** The funnel from its beginning to its end: the CRM's stage is never turned back. */
  readonly stageOrder: readonly string[]
  /** How the lead's score, its reasons and the priority come about, for fields that show them. */
  readonly qualification: QualificationRules
}

export interface DecideInput extends DecideRules {
  readonly lead: Lead
  readonly contactId: string
  readonly match: Match
  /** Of the whole contact. */
  readonly suppression: readonly SuppressionEntry[]
  readonly known: Known | null
  /** A person asked for it once more (`redeliver`): that it was delivered before is no reason to leave it. */
  readonly again?: boolean
}

export interface WriteDecision {
  readonly kind: 'write'
  readonly write: RecordWrite
  readonly dropped: readonly DroppedField[]
  readonly outcome: 'delivered' | 'suppressed'
  readonly rule: Rule
  /** What the ledger is to hold once this was carried out. */
  readonly known: Known | null
}

export interface ParkDecision {
  readonly kind: 'park'
  readonly code: 'multiple_matches' | 'invalid'
  readonly reason: string
}

export interface SkipDecision {
  readonly kind: 'skip'
  readonly outcome: 'delivered' | 'suppressed'
  readonly record: RecordRef | null
  readonly rule: Rule
  readonly reason: string
  readonly dropped: readonly DroppedField[]
  readonly known: Known | null
}

export type Decision = WriteDecision | ParkDecision | SkipDecision
