const Most = 1_000

/**
 * Which contact holds an e-mail, as HubSpot said when it refused a write. It is not documented whether look-ups find secondary e-mails;
 * where they don't, this is how the next match finds the contact. Forgotten with the process: another conflict teaches it again.
 */
export interface Holders {
  learn(email: string, recordId: string): void
  of(email: string): string | null
}

/** Keeps the last 1,000. */
export function createHolders(): Holders {
  const idOf = new Map<string, string>()
  return {
    learn(email, recordId) {
      idOf.delete(email.toLowerCase())
      idOf.set(email.toLowerCase(), recordId)
      const [oldest] = idOf.keys()
      if (idOf.size > Most && oldest !== undefined) idOf.delete(oldest)
    },
    of: (email) => idOf.get(email.toLowerCase()) ?? null,
  }
}
