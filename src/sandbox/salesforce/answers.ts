import type { ApiAnswer } from '../exchange.ts'

/** What is wrong with a whole request. */
export interface Problem {
  readonly status: number
  readonly errorCode: string
  readonly message: string
  readonly fields?: readonly string[]
}

/** Ends a request with an error answer. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly answer: ApiAnswer

  constructor(problem: Problem) {
    super(problem.message)
    this.answer = problemAnswer(problem)
  }
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8', ...headers }, body: JSON.stringify(value) }
}

export function noContent(): ApiAnswer {
  return { status: 204, headers: {}, body: '' }
}

/** Errors are a list even where there is one: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
export function problemAnswer({ status, errorCode, message, fields }: Problem): ApiAnswer {
  return json(status, [{ message, errorCode, ...(fields === undefined ? {} : { fields }) }])
}

/** The layer in front of the API speaks HTML, not JSON. */
export function page(status: number, title: string): ApiAnswer {
  const body = `<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>`
  return { status, headers: { 'content-type': 'text/html;charset=UTF-8' }, body }
}
