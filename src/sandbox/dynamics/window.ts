/** Sums amounts over the last so many milliseconds. */
export interface Window {
  add(amount: number): void
  sum(): number
  /** When the oldest amount falls out; now when there is none. */
  firstEnds(): number
  clear(): void
}

export function createWindow(lengthMs: number, now: () => number): Window {
  let entries: { readonly at: number; readonly amount: number }[] = []
  let first = 0
  let total = 0

  function sum(): number {
    const since = now() - lengthMs
    for (let entry = entries[first]; entry !== undefined && entry.at <= since; entry = entries[first]) {
      total -= entry.amount
      first += 1
    }
    // Cut off now and then only: at every call it would copy the whole window.
    if (first > 10_000) {
      entries = entries.slice(first)
      first = 0
    }
    return total
  }

  return {
    add(amount) {
      entries.push({ at: now(), amount })
      total += amount
    },
    sum,
    firstEnds: () => (entries[first]?.at ?? now() - lengthMs) + lengthMs,
    clear() {
      entries = []
      first = 0
      total = 0
    },
  }
}
