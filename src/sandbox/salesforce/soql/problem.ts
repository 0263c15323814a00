import type { QueryErrorCode } from './org.ts'

/** Ends a query. `at` is the character of the query that it is about; null when it is about the whole of it. */
export class SoqlProblem extends Error {
  override name = 'SoqlProblem'
  readonly errorCode: QueryErrorCode
  readonly at: number | null

  constructor(errorCode: QueryErrorCode, message: string, at: number | null) {
    super(message)
    this.errorCode = errorCode
    this.at = at
  }
}

export function malformed(message: string, at: number | null): SoqlProblem {
  return new SoqlProblem('MALFORMED_QUERY', message, at)
}

const shownBefore = 40
const shownAfter = 40

/**
 * The message as Salesforce words it: a piece of the query, a caret below, the place, the reason. The piece may hold
 * the literals of the query, as it does in the real org: whoever logs messages of Salesforce logs personal data.
 */
export function describeProblem(problem: SoqlProblem, soql: string): string {
  if (problem.at === null) return problem.message
  const before = soql.slice(0, problem.at).split('\n')
  const line = soql.split('\n')[before.length - 1] ?? ''
  const column = before.at(-1)?.length ?? 0
  const start = Math.max(0, column - shownBefore)
  const piece = line.slice(start, column + shownAfter)
  const caret = `${' '.repeat(column - start)}^`
  return `\n${piece}\n${caret}\nERROR at Row:${before.length}:Column:${column + 1}\n${problem.message}`
}
