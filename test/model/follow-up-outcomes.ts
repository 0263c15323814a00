import type { Reason, StepModel } from './follow-up-model.ts'

/** What may have become of a step; those that nothing is said of stay as they are. */
export interface Outcome {
  readonly states: ReadonlySet<string>
  readonly reasons: ReadonlySet<Reason>
}

/** By the step's id. */
export type Outcomes = Map<string, Outcome>

const Unrecalled = ['waiting', 'due', 'failed']

/** Null where there is nothing (more) to take back. */
export function recalledFrom(state: string): string | null {
  if (Unrecalled.includes(state)) return 'cancelled'
  if (state === 'making' || state === 'making!') return 'making!'
  return state === 'made' || state === 'withdrawing' ? 'withdrawing' : null
}

function waysTo(state: string, before: string): readonly string[] {
  const mayHave = before.startsWith('making')
  if (state === 'made') return ['making']
  if (state === 'waiting') return mayHave ? ['due'] : []
  if (state === 'withdrawing') return mayHave ? ['making!', 'made'] : []
  return []
}

export function outcome(states: Iterable<string>, reasons: Iterable<Reason> = []): Outcome {
  return { states: new Set(states), reasons: new Set(reasons) }
}

export function outcomesOf(...all: readonly (readonly [StepModel, Outcome])[]): Outcomes {
  return new Map(all.map(([{ id }, one]) => [id, one]))
}

export function both(...all: readonly Outcomes[]): Outcomes {
  const merged: Outcomes = new Map()
  for (const [id, { states, reasons }] of all.flatMap((one) => [...one])) {
    const before = merged.get(id)
    merged.set(id, outcome([...(before?.states ?? []), ...states], [...(before?.reasons ?? []), ...reasons]))
  }
  return merged
}

/** Ended in the middle: each step is as it was, or some way to where it was to go. */
export function halfway(outcomes: Outcomes, stateOf: (id: string) => string): Outcomes {
  const all: Outcomes = new Map()
  for (const [id, { states, reasons }] of outcomes) {
    const before = stateOf(id)
    const between = [...states].flatMap((state) => waysTo(state, before))
    all.set(id, { states: new Set([before, ...states, ...between]), reasons })
  }
  return all
}

/** Where a step goes that was said no to while it was on its way. */
export function afterRecall(outcomes: Outcomes): Outcomes {
  const recalled: Outcomes = new Map()
  for (const [id, { states }] of outcomes) {
    const all = [...states].flatMap((state) => [recalledFrom(state) ?? state])
    recalled.set(id, outcome([...all, 'cancelled', ...(states.has('made') ? ['withdrawing'] : [])], ['covered']))
  }
  return recalled
}
