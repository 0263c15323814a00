import { randomUUID } from 'node:crypto'
import type { ApiAnswer } from '../exchange.ts'

/** HubSpot's error envelope below `status`, `message` and `correlationId`; every field is optional in practice. */
export interface ProblemDetail {
  readonly category?: string
  readonly subCategory?: string
  readonly errors?: readonly unknown[]
  readonly context?: Readonly<Record<string, readonly string[]>>
}

/** What is wrong with one record: the whole answer of a single call, or one row of a 207. */
export interface Problem extends ProblemDetail {
  readonly status: number
  readonly message: string
}

/** Ends a request with an error answer; nothing has been written when it is thrown. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly answer: ApiAnswer

  constructor(problem: Problem) {
    super(problem.message)
    this.answer = problemAnswer(problem)
  }
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8', ...headers }, body: JSON.stringify(value) }
}

export function noContent(): ApiAnswer {
  return { status: 204, headers: {}, body: '' }
}

export function problemAnswer(problem: Problem): ApiAnswer {
  const { status, message, category, ...detail } = problem
  const correlationId = randomUUID()
  const body = { status: 'error', message, correlationId, ...detail, ...(category === undefined ? {} : { category }) }
  return json(status, body, { 'x-hubspot-correlation-id': correlationId })
}

/** HubSpot answers an unknown path, and a read by a unique value that nobody has, with a page instead of JSON. */
export function notFoundPage(): ApiAnswer {
  const body = '<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Resource not found</h1></body></html>'
  return { status: 404, headers: { 'content-type': 'text/html;charset=utf-8', 'x-hubspot-notfound': 'true' }, body }
}

/** https://developers.hubspot.com/docs/api-reference/error-handling */
export function invalid(message: string, detail: ProblemDetail = {}): Refusal {
  return new Refusal({ status: 400, message, category: 'VALIDATION_ERROR', ...detail })
}

export function resourceNotFound(): Refusal {
  return new Refusal({ status: 404, message: 'resource not found' })
}

/** HubSpot writes times as Java's `Instant` does: whole seconds carry no `.000`. */
export function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
