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
  let armed: { fault: RowFault; left: number }[] = []

  return {
    take(table, row) {
      const hit = armed.find(({ fault }) => fault.table === table && fits(fault, row))
      if (hit === undefined) return null
      hit.left -= 1
      armed = armed.filter((one) => one.left > 0)
      const { status, code, message, commit } = hit.fault
      return { error: { status, code, message }, commit: commit ?? false }
    },
    add(faults) {
      armed.push(...faults.map((fault) => ({ fault, left: fault.times })).filter(({ left }) => left > 0))
    },
    clear() {
      armed = []
    },
    left: () => armed.reduce((sum, one) => sum + one.left, 0),
  }
}

function fits(fault: RowFault, row: OrgRow): boolean {
  return Object.entries(fault.where).every(([column, value]) => (row[column] ?? null) === value)
}
