import { resultOf } from './report.ts'
import type { Trial } from './trial.ts'
import { Failings } from './verdict.ts'

/** Lines of Markdown: a row for each run. */
export function tableOf(trials: readonly Trial[]): readonly string[] {
  const columns = [
    'seed',
    'received',
    'accepted',
    'duplicates',
    'delivered',
    'suppressed',
    'parked',
    'waiting',
    ...Failings,
  ] as const
  const rows = trials.map(resultOf)
  const faults = ({ faults: struck }: (typeof rows)[number]) => Object.values(struck).reduce((sum, count) => sum + count, 0)
  return [
    `| ${columns.join(' | ')} | faults |`,
    `|${' --- |'.repeat(columns.length + 1)}`,
    ...rows.map((row) => `| ${columns.map((column) => row[column]).join(' | ')} | ${faults(row)} |`),
  ]
}
