import type { SoqlValue } from '../soql/org.ts'
import type { FieldDefinition } from './field.ts'
import { toFullId } from './ids.ts'
import { toDatetime } from './instants.ts'
import type { Messages } from './messages.ts'
import type { RowError } from './org.ts'
import { problem } from './problem.ts'

export type Verdict = { readonly value: SoqlValue } | RowError

const emailPattern = /^[^\s@<>()",;:\\[\]]+@(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}$/u
const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/

/** Checks one JSON value against its field and answers it as Salesforce stores it. `""` clears, as null does. */
export function checkValue(field: FieldDefinition, raw: unknown, say: Messages): Verdict {
  if (raw === null || raw === '') {
    // Only a boolean has no empty state; what else must not be empty is known when the whole row is.
    return field.type === 'boolean' ? wrongType(field, raw, say) : { value: null }
  }
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
    return problem('JSON_PARSER_ERROR', say.notAScalar(field.type))
  }
  const check = checks[field.type] ?? checkText
  return check(field, raw, say)
}

type Scalar = string | number | boolean
type Check = (field: FieldDefinition, raw: Scalar, say: Messages) => Verdict

const checks: Readonly<Record<string, Check>> = {
  boolean: checkBoolean,
  int: checkNumber,
  double: checkNumber,
  currency: checkNumber,
  percent: checkNumber,
  date: checkDate,
  datetime: checkDatetime,
  reference: checkId,
}

function checkText(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  const text = field.type === 'textarea' ? String(raw) : String(raw).trim()
  if (text === '') return { value: null }
  if (field.type === 'email' && !emailPattern.test(text)) {
    return problem('INVALID_EMAIL_ADDRESS', say.badEmail(field.label, text), [field.name])
  }
  if (field.restrictedPicklist && !allowed(field, text)) {
    return problem('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', say.badPicklist(field.label, text), [field.name])
  }
  if (text.length > field.length) return problem('STRING_TOO_LONG', say.tooLong(field.label, text, field.length), [field.name])
  return { value: text }
}

function allowed(field: FieldDefinition, text: string): boolean {
  const parts = field.type === 'multipicklist' ? text.split(';') : [text]
  return parts.every((part) => field.picklistValues.some((one) => one.active && one.value === part))
}

function checkBoolean(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  if (typeof raw === 'boolean') return { value: raw }
  if (raw === 'true' || raw === 'false') return { value: raw === 'true' }
  return wrongType(field, raw, say)
}

function checkNumber(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  const number = typeof raw === 'boolean' ? Number.NaN : Number(raw)
  if (!Number.isFinite(number)) return wrongType(field, raw, say)
  if (field.type === 'int' && !Number.isInteger(number)) return wrongType(field, raw, say)
  const wholeDigits = field.type === 'int' ? field.digits : field.precision - field.scale
  if (Math.abs(number) >= 10 ** wholeDigits) {
    return problem('NUMBER_OUTSIDE_VALID_RANGE', say.outsideRange(field.label, String(raw)), [field.name])
  }
  return { value: number }
}

function checkDate(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  const day = typeof raw === 'string' && instantPattern.test(raw) ? raw.slice(0, 10) : raw
  if (typeof day !== 'string' || !dayPattern.test(day)) return wrongType(field, raw, say)
  // Date would roll the 31st of February over to March.
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? { value: day } : wrongType(field, raw, say)
}

function checkDatetime(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  if (typeof raw !== 'string' || !instantPattern.test(raw)) return wrongType(field, raw, say)
  const ms = Date.parse(raw.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  return Number.isNaN(ms) ? wrongType(field, raw, say) : { value: toDatetime(ms) }
}

function checkId(field: FieldDefinition, raw: Scalar, say: Messages): Verdict {
  const id = toFullId(String(raw))
  return id === null ? problem('MALFORMED_ID', say.badId(field.label, String(raw)), [field.name]) : { value: id }
}

function wrongType(field: FieldDefinition, raw: unknown, say: Messages): RowError {
  return problem('INVALID_TYPE_ON_FIELD_IN_RECORD', say.wrongType(field.label, String(raw)), [field.name])
}
