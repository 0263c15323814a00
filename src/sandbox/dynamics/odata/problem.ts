import { badRequest, type QueryError } from './table.ts'

/** Ends the reading of an address; `attempt` turns it into the answer. */
export class ODataProblem extends Error {
  override name = 'ODataProblem'
  readonly answer: QueryError

  constructor(answer: QueryError) {
    super(answer.message)
    this.answer = answer
  }
}

export function refuse(message: string, code?: string): ODataProblem {
  return new ODataProblem(badRequest(message, code))
}

/** The words of Microsoft.OData.Core; the text may hold personal data, as it does in a real org's messages. */
export function syntaxError(at: number, text: string): ODataProblem {
  return refuse(`Syntax error at position ${at} in '${text}'.`)
}

export function unknownProperty(name: string, logicalName: string): ODataProblem {
  return refuse(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${logicalName}'.`)
}

/** Answers an ODataProblem instead of throwing it; any other error is a bug and goes on. */
export function attempt<T>(work: () => T): T | QueryError {
  try {
    return work()
  } catch (error) {
    if (error instanceof ODataProblem) return error.answer
    throw error
  }
}
