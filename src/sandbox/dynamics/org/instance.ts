import type { Messages } from './messages.ts'
import type { OrgOptions } from './org.ts'
import type { RecordStore } from './record-store.ts'
import type { RowFaults } from './row-faults.ts'
import type { Schema } from './schema.ts'

/** What the org's admin has decided. */
export interface Rules {
  readonly closedLeads: 'accept' | 'reject'
  /** Status of 0x80040333; null: no rule is published. */
  readonly duplicateStatus: 412 | 500 | null
  readonly missingPrivileges: ReadonlySet<string>
  readonly securedColumns: ReadonlySet<string>
  readonly keyIndex: 'at-once' | 'pending'
  readonly plugIn: NonNullable<OrgOptions['plugIn']> | null
}

/** The parts of one org. */
export interface Instance {
  readonly schema: Schema
  readonly store: RecordStore
  readonly faults: RowFaults
  readonly say: Messages
  readonly rules: Rules
  readonly now: () => number
  readonly businessUnitId: string
}
