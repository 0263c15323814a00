import type { Problem } from './answers.ts'

/** One refused value, in the words that HubSpot puts into the message as JSON. */
export interface PropertyProblem {
  readonly error: string
  readonly name: string
  readonly message: string
  readonly propertyValue?: string
}

/** HubSpot's 400 for refused values: the same finding as JSON inside `message` and again in `errors[]`. */
export function refusedValues(problems: readonly PropertyProblem[], portalId: number): Problem {
  const rows = problems.map((one) => ({
    isValid: false,
    message: one.message,
    error: one.error,
    name: one.name,
    localizedErrorMessage: one.message,
    ...(one.propertyValue === undefined ? {} : { propertyValue: one.propertyValue }),
    portalId,
  }))
  const errors = problems.map((one) => ({ message: one.message, code: one.error, context: { propertyName: [one.name] } }))
  return { status: 400, category: 'VALIDATION_ERROR', message: `Property values were not valid: ${JSON.stringify(rows)}`, errors }
}
