import { createArmed } from '../../armed.ts'
import type { RowError, RowFault } from './org.ts'

/** Row errors that a test or a demo has armed. */
export interface RowFaults {
  /** Uses up one failure of the first fault that fits. `where` is asked of `row`, as it would be after the write. */
  take(object: string, row: Readonly<Record<string, unknown>>): RowError | null
  add(faults: readonly RowFault[]): void
  clear(): void
  left(): number
}

export function createRowFaults(): RowFaults {
  const armed = createArmed<RowFault>()

  return {
    take(object, row) {
      const fault = armed.take((one) => one.object.toLowerCase() === object.toLowerCase() && fits(one, row))
      if (fault === null) return null
      const { statusCode, message, fields } = fault
      return { code: statusCode, message, fields }
    },
    add(faults) {
      for (const fault of faults) armed.add(fault, fault.times)
    },
    clear: armed.clear,
    left: armed.left,
  }
}

function fits(fault: RowFault, row: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fault.where).every(([field, value]) => (row[field] ?? null) === value)
}
