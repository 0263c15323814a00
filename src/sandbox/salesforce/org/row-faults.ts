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
  let armed: { fault: RowFault; left: number }[] = []

  return {
    take(object, row) {
      const hit = armed.find(({ fault }) => fault.object.toLowerCase() === object.toLowerCase() && fits(fault, row))
      if (hit === undefined) return null
      hit.left -= 1
      armed = armed.filter((one) => one.left > 0)
      const { statusCode, message, fields } = hit.fault
      return { code: statusCode, message, fields }
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

function fits(fault: RowFault, row: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fault.where).every(([field, value]) => (row[field] ?? null) === value)
}
