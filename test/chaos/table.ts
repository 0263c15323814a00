import { Counts, resultOf } from './report.ts'
import type { Trial } from './trial.ts'

/** In Markdown. */
export const TableHead = [`| ${Counts.join(' | ')} | faults |`, `|${' --- |'.repeat(Counts.length + 1)}`] as const

export function rowOf(trial: Trial): string {
  const result = resultOf(trial)
  const faults = Object.values(result.faults).reduce((sum, count) => sum + count, 0)
  return `| ${[...Counts.map((column) => result[column]), faults].join(' | ')} |`
}
