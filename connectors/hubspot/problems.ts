import { z } from 'zod'
import type { DeliveryErrorCode } from '../../src/core/index.ts'
import type { Reach } from '../kit/bisect.ts'
import type { WireError } from './wire.ts'

/** What HubSpot says is wrong with single properties, in our words. */
export interface Problems {
  readonly code: DeliveryErrorCode
  readonly reach: Reach
  readonly fields: readonly string[]
  /** HubSpot's own codes, of those that we know. */
  readonly codes: readonly string[]
  readonly say: string
}

interface Problem {
  readonly code: string
  readonly field: string
}

export interface Meaning {
  readonly say: string
  /** `field`: it is wrong for every record that sends it, whatever the value. */
  readonly reach: 'row' | 'field'
  readonly code?: DeliveryErrorCode
}

/** HubSpot's validation codes. https://developers.hubspot.com/docs/api-reference/error-handling */
export const Meanings: Readonly<Record<string, Meaning>> = {
  PROPERTY_DOESNT_EXIST: { say: 'has no such property', reach: 'field' },
  READ_ONLY_VALUE: { say: 'is read-only', reach: 'field' },
  INVALID_EMAIL: { say: 'is not a valid e-mail address', reach: 'row' },
  INVALID_OPTION: { say: 'is not one of the allowed options', reach: 'row' },
  INVALID_INTEGER: { say: 'is not a whole number', reach: 'row' },
  INVALID_LONG: { say: 'is not a whole number', reach: 'row' },
  INVALID_FLOAT: { say: 'is not a number', reach: 'row' },
  INVALID_NUMBER: { say: 'is not a number', reach: 'row' },
  INVALID_DATE: { say: 'is not a date', reach: 'row' },
  INVALID_BOOLEAN: { say: 'is neither true nor false', reach: 'row' },
  MISSING_REQUIRED_PROPERTY: { say: 'is required by the portal and was not sent', reach: 'row' },
  MISSING_CONDITIONAL_REQUIRED_PROPERTY: {
    say: "is required by one of the portal's conditional rules and was not sent",
    reach: 'row',
  },
  CONFLICTING_UNIQUE_VALUE: { say: 'belongs to another contact already', reach: 'row', code: 'conflict' },
}
export const AnyOther: Meaning = { say: 'was refused', reach: 'row' }

// HubSpot writes the same list a second time, as JSON inside its message; rows of a batch answer have only that one.
const Listed = z.array(z.object({ error: z.string(), name: z.string() }))

/** The row of docs/errors.md; null stands for a code that is not among the meanings. */
export function problemId(code: string | null): string {
  return code === null ? '400-property' : `400-${code.toLowerCase().replaceAll('_', '-')}`
}

/** The properties that a 400 names, or null when it names none. */
export function problemsOf(body: WireError): Problems | null {
  const meaningOf = new Map<string, Meaning>()
  for (const { field, code } of [...inErrors(body), ...inMessage(body.message ?? '')]) {
    const known = meaningOf.get(field)
    if (isPropertyName(field) && (known === undefined || known === AnyOther)) meaningOf.set(field, Meanings[code] ?? AnyOther)
  }
  if (meaningOf.size === 0) return null
  const meanings = [...meaningOf.values()]
  const words = [...meaningOf].map(([field, meaning]) => `"${field}" ${meaning.say}`)
  const conflict = meanings.every((meaning) => meaning.code === 'conflict')
  const advice = conflict ? 'It is looked up again.' : 'Correct the lead, the mapping or the portal, then replay.'
  return {
    code: conflict ? 'conflict' : 'invalid',
    reach: meanings.every((meaning) => meaning.reach === 'field') ? 'field' : 'row',
    fields: [...meaningOf.keys()],
    codes: Object.keys(Meanings).filter((code) => meanings.some((meaning) => meaning === Meanings[code])),
    say: `${words.join('; ')}. ${advice}`,
  }
}

function inErrors(body: WireError): Problem[] {
  return body.errors.flatMap(({ code, context }) => (context.propertyName ?? []).map((field) => ({ code: code ?? '', field })))
}

function inMessage(message: string): Problem[] {
  const from = message.indexOf('[{')
  const to = message.lastIndexOf('}]')
  if (from < 0 || to < from) return []
  try {
    return Listed.parse(JSON.parse(message.slice(from, to + 2))).map(({ error, name }) => ({ code: error, field: name }))
  } catch {
    return []
  }
}

// The only words of HubSpot's that reach a person, so they must look like what they are and can't carry a value.
function isPropertyName(text: string): boolean {
  return /^[a-z][a-z0-9_]{0,99}$/.test(text)
}
