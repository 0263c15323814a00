import { createArmed } from '../../armed.ts'
import type { OrgError, OrgRow, RowFault } from './org.ts'

/** A failure that a test or a demo has armed. */
export interface ArmedFailure {
  readonly error: OrgError
  /** The write is done all the same. */
  readonly commit: boolean
}

export interface RowFaults {
  /** Uses up one failure of the first fault that fits. `where` is asked of `row`, as it would be after the write. */
  take(table: string, row: OrgRow): ArmedFailure | null
  add(faults: readonly RowFault[]): void
  clear(): void
  left(): number
}

export function createRowFaults(): RowFaults {
  const armed = createArmed<RowFault>()

  return {
    take(table, row) {
      const fault = armed.take((one) => one.table === table && fits(one, row))
      if (fault === null) return null
      const { status, code, message, commit } = fault
      return { error: { status, code, message }, commit: commit ?? false }
    },
    add(faults) {
      for (const fault of faults) armed.add(fault, fault.times)
    },
    clear: armed.clear,
    left: armed.left,
  }
}

function fits(fault: RowFault, row: OrgRow): boolean {
  return Object.entries(fault.where).every(([column, value]) => (row[column] ?? null) === value)
}
