import type { ApiAnswer } from '../exchange.ts'
import { json } from './answers.ts'
import type { RowError, RowResult } from './org/org.ts'

const statuses: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  ENTITY_IS_DELETED: 404,
  INSUFFICIENT_ACCESS: 403,
  INSUFFICIENT_ACCESS_OR_READONLY: 403,
}

/** A write of one record that failed. What a duplicate rule found stands under `duplicateResut`, Salesforce's own typo. */
export function rowRefused(errors: readonly RowError[]): ApiAnswer {
  const shown = errors.map(({ code, message, fields, duplicateResult }) =>
    duplicateResult === undefined
      ? { message, errorCode: code, fields }
      : { duplicateResut: duplicateResult, message, errorCode: code },
  )
  return json(statuses[errors[0]?.code ?? ''] ?? 400, shown)
}

/** One row of a collection's answer: here the code is called `statusCode`, and the typo is none. */
export function rowOf(result: RowResult, withCreated: boolean): object {
  if (result.success) {
    const { id, created } = result
    return { id, success: true, errors: [], ...(withCreated ? { created } : {}) }
  }
  const errors = result.errors.map(({ code, message, fields, duplicateResult }) => ({
    statusCode: code,
    message,
    fields,
    ...(duplicateResult === undefined ? {} : { duplicateResult }),
  }))
  return { success: false, errors }
}
