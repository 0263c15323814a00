import type { FieldType } from './field-rule.ts'
import { instant, toTheSecond } from './instant.ts'
import type { Fields, FieldValue } from './record.ts'

export type Scalar = string | number | boolean

const Truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])
const Numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** `value` as the declared type, or undefined when it can't be read as one. Without a type it stays what it is, text trimmed. */
export function convert(value: Scalar, type: FieldType | undefined): Scalar | undefined {
  switch (type) {
    case 'number':
      return asNumber(value)
    case 'boolean':
      return Truths.get(String(value).trim().toLowerCase())
    case 'date':
      return asIso(value)?.slice(0, 10)
    case 'datetime':
      return asIso(value)
    case 'string':
      return storable(String(value))
    case undefined:
      return typeof value === 'number' ? asNumber(value) : typeof value === 'string' ? storable(value) : value
  }
}

/** What normalizing has cleaned has neither; a path into `raw` reads what it has not. No CRM's store takes a NUL, and none can answer half a character. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '').trim()
}

function asNumber(value: Scalar): number | undefined {
  if (typeof value === 'boolean') return undefined
  const text = String(value).trim()
  const number = Numeral.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

function asIso(value: Scalar): string | undefined {
  const ms = typeof value === 'boolean' ? undefined : instant(value)
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

/** What a record holds in a field; nothing there is null. Own keys only: a CRM field may be called `constructor`. */
export function held(fields: Fields, name: string): FieldValue {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null
}

export function isEmpty(value: FieldValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '')
}

/**
 * One spelling for values that a CRM holds to be the same: text trimmed and with plain line ends, numbers and booleans as text, times as
 * instants (HubSpot may answer epoch milliseconds or ISO) to the second, which is all that Salesforce and Dataverse keep. Empty is null.
 */
export function canonical(value: FieldValue, type: FieldType | undefined): string | null {
  if (value === null || isEmpty(value)) return null
  const text = String(value).trim().replaceAll(/\r\n?/g, '\n')
  switch (type) {
    case 'number':
    case 'boolean':
    case 'date':
      return String(convert(value, type) ?? text)
    case 'datetime': {
      const ms = typeof value === 'boolean' ? undefined : instant(value)
      return ms === undefined ? text : new Date(toTheSecond(ms)).toISOString()
    }
    case 'string':
    case undefined:
      return typeof value === 'string' ? text : String(value)
  }
}

/** Whether writing `value` over `current` would change nothing in the CRM. Without a declared type the written value's own type counts. */
export function sameValue(value: FieldValue, current: FieldValue, type: FieldType | undefined): boolean {
  const own = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : undefined
  return canonical(value, type ?? own) === canonical(current, type ?? own)
}
