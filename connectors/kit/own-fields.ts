import { DeliveryError, type Judged } from '../../src/core/index.ts'

/** `leadsync_last_offer` → `Leadsync: last offer`; other names are only made readable. */
export function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').trim()
  return words.startsWith('leadsync ') ? `Leadsync: ${words.slice('leadsync '.length)}` : words
}

/**
 * Makes one after the other, same length and order. A refusal that is not about one of them (no right to it, nobody answers) is the answer
 * for the rest too, unasked.
 */
export async function inTurn<T, R>(items: readonly T[], make: (item: T) => Promise<Judged<R>>): Promise<Judged<R>[]> {
  const made: Judged<R>[] = []
  let stopped: DeliveryError | null = null
  for (const item of items) {
    const outcome: Judged<R> = stopped ?? (await make(item))
    if (outcome instanceof DeliveryError && outcome.code !== 'invalid') stopped = outcome
    made.push(outcome)
  }
  return made
}
