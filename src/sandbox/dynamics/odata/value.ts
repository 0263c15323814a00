import { refuse } from './problem.ts'
import type { ColumnType } from './table.ts'
import type { Token } from './tokens.ts'

/** What values are compared as. Null: the row has none. */
export type ValueKey = string | number | boolean

export type Domain = 'text' | 'number' | 'boolean' | 'instant' | 'date' | 'guid'

const domains: Readonly<Record<ColumnType, Domain>> = {
  String: 'text',
  Memo: 'text',
  MultiSelectPicklist: 'text',
  Integer: 'number',
  BigInt: 'number',
  Decimal: 'number',
  Money: 'number',
  Picklist: 'number',
  State: 'number',
  Status: 'number',
  Boolean: 'boolean',
  DateTime: 'instant',
  DateOnly: 'date',
  Lookup: 'guid',
  Owner: 'guid',
  Uniqueidentifier: 'guid',
}

const edmTypes: Readonly<Record<Domain, string>> = {
  text: 'Edm.String',
  number: 'Edm.Int32',
  boolean: 'Edm.Boolean',
  instant: 'Edm.DateTimeOffset',
  date: 'Edm.Date',
  guid: 'Edm.Guid',
}

export function domainOf(type: ColumnType): Domain {
  return domains[type]
}

export function edmTypeOf(domain: Domain): string {
  return edmTypes[domain]
}

/** The key of a stored value. */
export function keyOf(value: unknown, domain: Domain): ValueKey | null {
  if (value === null || value === undefined) return null
  switch (domain) {
    case 'text':
      return equalText(String(value))
    case 'number':
      return Number(value)
    case 'boolean':
      return value === true
    case 'instant':
      return Date.parse(String(value))
    case 'date':
      return String(value).slice(0, 10)
    case 'guid':
      return String(value).toLowerCase()
  }
}

/**
 * Text as the collation of an org sees it (Latin1_General_CI_AI and its kin): case, accents and width don't count. Letters with
 * a stroke (ø, ł) stay letters of their own.
 */
export function foldText(text: string): string {
  // Nearly all there is; the normalization below is a hundred times slower.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toUpperCase()
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase()
}

/** SQL pads the shorter text with spaces before it says whether two are equal. */
function equalText(text: string): string {
  return foldText(text).replace(/ +$/, '')
}

/** The key of a literal; null for `null`. Throws the 400 of a wrong type; `operator` is what stands in its message. */
export function literalKey(token: Token, domain: Domain, operator: string): ValueKey | null {
  if (token.text === 'null' && token.kind === 'word') return null
  const own = literalDomain(token)
  // A date is an instant at midnight, as OData promotes it; the other way round it would lose its time.
  const fits = own === domain || (own === 'date' && domain === 'instant')
  if (!fits) throw incompatible(edmTypeOf(domain), edmTypeOf(own), operator)
  if (token.kind === 'word') return token.text === 'true'
  if (domain === 'number') return Number.parseFloat(token.text)
  const key = keyOf(token.text, domain)
  if (Number.isNaN(key)) throw refuse(`Unrecognized '${edmTypeOf(own)}' literal '${token.text}' at '${token.at}'.`)
  return key
}

export function incompatible(left: string, right: string, operator: string): Error {
  return refuse(
    `A binary operator with incompatible types was detected. Found operand types '${left}' and '${right}' for operator kind '${operator}'.`,
  )
}

function literalDomain(token: Token): Domain {
  switch (token.kind) {
    case 'number':
      return 'number'
    case 'guid':
      return 'guid'
    case 'date':
      return 'date'
    case 'datetime':
      return 'instant'
    case 'word':
      return 'boolean'
    default:
      return 'text'
  }
}

/** The key of a value of `In`, which is a string whatever the column is. */
export function listedKey(text: string, domain: Domain): ValueKey {
  const wrong = refuse(`Cannot convert the literal '${text}' to the expected type '${edmTypeOf(domain)}'.`)
  switch (domain) {
    case 'number':
      if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw wrong
      return Number(text)
    case 'guid':
      if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw wrong
      return text.toLowerCase()
    case 'boolean':
      if (!/^(?:true|false|[01])$/i.test(text)) throw wrong
      return /^(?:true|1)$/i.test(text)
    case 'instant':
    case 'date':
      if (Number.isNaN(Date.parse(text))) throw wrong
      return keyOf(text, domain) ?? text
    case 'text':
      return equalText(text)
  }
}

/** Nothing comes before everything, as SQL Server sorts it. */
export function compareKeys(left: ValueKey | null, right: ValueKey | null): number {
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  return left < right ? -1 : 1
}
