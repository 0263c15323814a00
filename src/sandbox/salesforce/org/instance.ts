import type { Access } from './access.ts'
import type { Messages } from './messages.ts'
import type { DuplicateMode } from './org.ts'
import type { RowFaults } from './row-faults.ts'
import type { Schema } from './schema.ts'
import type { Tables } from './tables.ts'

/** The switches of the org that its rules ask. */
export interface OrgRules {
  readonly countryCodes: boolean
  readonly duplicates: { readonly Lead: DuplicateMode; readonly Contact: DuplicateMode }
  readonly assignmentQueueId: string | null
  readonly validationRule: { readonly object: string; readonly field: string; readonly forbidden: string } | null
  readonly taskExternalId: boolean
}

/** Everything that the rules of one org share. */
export interface Instance {
  readonly schema: Schema
  readonly tables: Tables
  readonly access: Access
  readonly faults: RowFaults
  readonly say: Messages
  readonly now: () => number
  readonly rules: OrgRules
}
