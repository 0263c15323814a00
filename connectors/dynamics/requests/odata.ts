/**
 * A text as a literal of `$filter`, quotes included and percent-encoded. There are no bound parameters in a GET of every column, so this
 * is the only way that a value of a lead gets into a query. https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html
 */
export function text(value: string): string {
  // Half a surrogate pair can't be sent as UTF-8. encodeURIComponent leaves quotes and parentheses alone; quotes are doubled before it.
  return `'${encodeURIComponent(value.toWellFormed().replaceAll("'", "''"))}'`
}

/** `(a eq 'x' or a eq 'y')`, percent-encoded. An empty list is a defect of the caller: it would ask for everybody. */
export function eqAny(column: string, values: readonly string[]): string {
  return anyOf(column, values.map(text))
}

/** The same for a column that holds an id (a primary key, `_ownerid_value`): guids stand without quotes. */
export function idAny(column: string, ids: readonly string[]): string {
  return anyOf(column, ids.map(guid))
}

/** The guid in the form in which it may stand in a path; throws for anything else, which never comes from a lead. */
export function guid(value: string): string {
  if (!isGuid(value)) throw new Error('A record id of Dataverse must be a guid.')
  return value.toLowerCase()
}

export function isGuid(value: string): boolean {
  return Guid.test(value)
}

function anyOf(column: string, literals: readonly string[]): string {
  if (!Column.test(column)) throw new Error('A column must be a logical name: lower-case letters, digits and _.')
  if (literals.length === 0) throw new Error(`A filter takes no empty list for ${column}.`)
  return `(${literals.map((literal) => `${column}%20eq%20${literal}`).join('%20or%20')})`
}

export const Guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const Column = /^[a-z_][a-z0-9_]*$/
