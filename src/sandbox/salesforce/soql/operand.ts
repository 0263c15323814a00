import type { Column } from './column.ts'
import { malformed, SoqlProblem } from './problem.ts'
import { fullId } from './record-id.ts'
import { readString } from './string-literal.ts'
import type { Literal } from './syntax.ts'
import { domainOf, instantOf, type Key } from './value-key.ts'

/** What a literal means to a field: from its first to its last key, of which only whole days have two; null is `null`. */
export type Operand = { readonly first: Key; readonly last: Key } | null

const dayMs = 86_400_000

/** Reads a literal as a value of the column; throws INVALID_FIELD for one of another type. `now` is in epoch milliseconds. */
export function readOperand(literal: Literal, column: Column, now: number): Operand {
  if (literal.kind === 'null') return null
  switch (domainOf(column.field.type)) {
    case 'id':
      return idOperand(literal, column)
    case 'boolean':
      if (literal.kind === 'boolean') return exactly(literal.value ? 1 : 0)
      throw wrongType(literal, column)
    case 'number':
      if (literal.kind === 'number') return exactly(literal.value)
      throw wrongType(literal, column)
    case 'date':
    case 'datetime':
      return timeOperand(literal, column, now)
    default:
      return textOperand(literal, column)
  }
}

function exactly(key: Key): Operand {
  return { first: key, last: key }
}

/** Salesforce stores no empty text, so `= ''` finds what `= null` finds. */
function textOperand(literal: Literal, column: Column): Operand {
  if (literal.kind !== 'string') throw wrongType(literal, column)
  const text = readString(literal.token)
  return text === '' ? null : exactly(text.toLowerCase())
}

function idOperand(literal: Literal, column: Column): Operand {
  if (literal.kind !== 'string') throw wrongType(literal, column)
  const text = readString(literal.token)
  const id = fullId(text)
  if (id !== null) return exactly(id)
  throw new SoqlProblem('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`, literal.at)
}

/** A datetime is never compared with a date, nor a date with a datetime; TODAY and its like are taken for both. */
function timeOperand(literal: Literal, column: Column, now: number): Operand {
  if (literal.kind === 'days') {
    const first = Math.floor(now / dayMs) * dayMs - literal.ago * dayMs
    return { first, last: first + literal.count * dayMs - 1 }
  }
  if (literal.kind !== 'date' && literal.kind !== 'datetime') throw wrongType(literal, column)
  if (literal.kind !== column.field.type) throw wrongType(literal, column)
  const at = instantOf(literal.text)
  if (at === null || !isCalendarDay(literal.text)) throw malformed(`Invalid date: ${literal.text}`, literal.at)
  return exactly(at)
}

/** `Date.parse` takes 2026-02-30 for the second of March when a time follows. */
function isCalendarDay(text: string): boolean {
  const day = text.slice(0, 10)
  const at = instantOf(day)
  return at !== null && new Date(at).toISOString().startsWith(day)
}

/** Throws INVALID_FIELD as for a literal of the wrong type; LIKE needs it for anything but a string. */
export function wrongType(literal: Literal, { field }: Column): SoqlProblem {
  const domain = domainOf(field.type)
  const isQuoted = domain === 'text' || domain === 'id'
  const type = isQuoted ? 'string' : field.type === 'datetime' ? 'dateTime' : field.type
  const quotes = isQuoted ? 'should be enclosed in quotes' : 'should not be enclosed in quotes'
  const message = `value of filter criterion for field '${field.name}' must be of type ${type} and ${quotes}`
  return new SoqlProblem('INVALID_FIELD', message, literal.at)
}
