import { type FaultKind, FaultKinds } from './fault-plan.ts'
import type { Trial } from './trial.ts'
import { Failings } from './verdict.ts'

/** The last line of a run: what scripts read. */
export interface Result extends Readonly<Record<(typeof Counts)[number], number>> {
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
}

/** In the order in which they are shown. */
export const Counts = [
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
const MostFindings = 40

/** `duplicates`: answers beyond one for each lead, also to what was sent again because nobody had answered. */
export function resultOf(trial: Trial): Result {
  const { plan, faults, received, accepted, verdict, waiting } = trial
  const { delivered, suppressed, parked, counts } = verdict
  return {
    seed: plan.seed,
    faults: Object.fromEntries(FaultKinds.flatMap((kind) => (faults.has(kind) ? [[kind, faults.get(kind) ?? 0]] : []))),
    received,
    accepted,
    duplicates: received - accepted,
    delivered,
    suppressed,
    parked,
    waiting,
    ...counts,
  }
}

/** Nothing is wrong, nothing was refused, and nobody was left without an answer. */
export function isFine(trial: Trial): boolean {
  const { verdict, refusals, unanswered, inTime } = trial
  return Failings.every((failing) => verdict.counts[failing] === 0) && refusals.length === 0 && unanswered === 0 && inTime
}

export function reportLines(trial: Trial): readonly string[] {
  const { faults, ...counts } = resultOf(trial)
  const { verdict, refusals, unanswered, inTime, ownEnds, parkedFor } = trial
  return [
    '',
    'faults',
    ...Object.entries(faults).map(([kind, count]) => `  ${kind.padEnd(22)} ${count}`),
    'what came of it',
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(22)} ${count}`),
    ...some('parked', parkedFor),
    ...some('what is wrong', [
      ...verdict.findings,
      ...refusals.map((refusal) => `intake refused ${refusal}`),
      ...(unanswered > 0 ? [`${unanswered} leads were never answered: the time was over before`] : []),
      ...(inTime ? [] : ['the time was over before everything had settled']),
    ]),
    ...(ownEnds > 0 ? [`${ownEnds} times a process ended that nobody had ended, and was started again.`] : []),
  ]
}

function some(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length - MostFindings
  return [title, ...lines.slice(0, MostFindings).map((line) => `  ${line}`), ...(more > 0 ? [`  … and ${more} more`] : [])]
}
