import type { DeadLetter, DeadLetterFilter, DeadLetters } from '../../src/queue/dead-letters.ts'

/** All of them at once. */
export async function listed(letters: DeadLetters, filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = []
  for await (const page of letters.pages(filter)) found.push(...page.letters)
  return found
}
