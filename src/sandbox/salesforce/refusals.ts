import { Refusal } from './answers.ts'
import type { Instance } from './instance.ts'

export function missing({ words }: Instance): Refusal {
  return new Refusal({ status: 404, errorCode: 'NOT_FOUND', message: words.notFound })
}

export function noSuchKey({ words }: Instance, field: string): Refusal {
  return new Refusal({ status: 404, errorCode: 'NOT_FOUND', message: words.noSuchKey(field) })
}

export function methodRefused(method: string, allowed: string): Refusal {
  const message = `HTTP Method '${method}' not allowed. Allowed are ${allowed}`
  return new Refusal({ status: 405, errorCode: 'METHOD_NOT_ALLOWED', message })
}

/** An id in the address that nobody has is an unknown address; in a collection the same thing is an error of its row. */
export function isAbsent({ org }: Instance, object: string, id: string): boolean {
  return org.presence(object, id) === 'absent'
}
