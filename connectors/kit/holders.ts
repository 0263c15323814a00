const Most = 1_000

/**
 * Which record holds a key (an e-mail, a contact id), as the CRM said when it refused a write for it. Where look-ups don't find that record,
 * this is how the next match does. Forgotten with the process: another refusal teaches it again.
 */
export interface Holders<R> {
  /** In any letter case. */
  learn(key: string, record: R): void
  of(key: string): R | null
  /** Nobody holds it any more. */
  forget(key: string): void
}

/** Keeps the last 1,000. */
export function createHolders<R>(): Holders<R> {
  const recordOf = new Map<string, R>()
  return {
    learn(key, record) {
      recordOf.delete(key.toLowerCase())
      recordOf.set(key.toLowerCase(), record)
      const [oldest] = recordOf.keys()
      if (recordOf.size > Most && oldest !== undefined) recordOf.delete(oldest)
    },
    of: (key) => recordOf.get(key.toLowerCase()) ?? null,
    forget: (key) => void recordOf.delete(key.toLowerCase()),
  }
}
