import type { SoqlValue } from './org.ts'
import { fullId } from './record-id.ts'

/** What values are compared by; two keys of one field are both strings or both numbers. */
export type Key = string | number

export type Domain = 'id' | 'text' | 'boolean' | 'number' | 'date' | 'datetime'

const domains: ReadonlyMap<string, Domain> = new Map([
  ['id', 'id'],
  ['reference', 'id'],
  ['boolean', 'boolean'],
  ['int', 'number'],
  ['long', 'number'],
  ['double', 'number'],
  ['currency', 'number'],
  ['percent', 'number'],
  ['date', 'date'],
  ['datetime', 'datetime'],
])

/** How fields of a describe type are compared; whatever is nothing else is text. */
export function domainOf(type: string): Domain {
  return domains.get(type) ?? 'text'
}

/** The key of a stored value; null for an empty one. Text without regard to case; an empty boolean is false. */
export function keyOf(value: SoqlValue, domain: Domain): Key | null {
  if (domain === 'boolean') return value === true ? 1 : 0
  if (value === null || value === '') return null
  switch (domain) {
    case 'number':
      return Number(value)
    case 'date':
    case 'datetime':
      return instantOf(String(value))
    case 'id':
      return fullId(String(value)) ?? String(value)
    default:
      return String(value).toLowerCase()
  }
}

/** Epoch milliseconds of a date (its midnight in UTC, the sandbox's zone) or datetime; null for what is neither. */
export function instantOf(text: string): number | null {
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(ms) ? null : ms
}

/** Negative, zero or positive, as for `sort`. */
export function compareKeys(left: Key, right: Key): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
