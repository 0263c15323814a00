import { Counts, resultOf } from './report.ts'
import type { Trial } from './trial.ts'

/** Lines of Markdown: a row for each run. */
export function tableOf(trials: readonly Trial[]): readonly string[] {
  const rows = trials.map(resultOf)
  const faults = ({ faults: struck }: (typeof rows)[number]) => Object.values(struck).reduce((sum, count) => sum + count, 0)
  return [
    `| ${Counts.join(' | ')} | faults |`,
    `|${' --- |'.repeat(Counts.length + 1)}`,
    ...rows.map((row) => `| ${Counts.map((column) => row[column]).join(' | ')} | ${faults(row)} |`),
  ]
}
