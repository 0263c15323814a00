import type { QueryOptions } from './options.ts'
import { refuse, syntaxError, unknownProperty } from './problem.ts'
import type { QueryRow, QueryTable } from './table.ts'

/** What of a row is answered. */
export type Projection = (row: QueryRow) => QueryRow

interface Expansion {
  readonly name: string
  /** Null: all of it. */
  readonly select: readonly string[] | null
}

/** Reads `$select` and `$expand`. Without `$select` a row is shown with its default columns. */
export function readProjection(table: QueryTable, options: QueryOptions): Projection {
  const select = readSelect(table, options.get('$select'))
  const expansions = readExpansions(table, options.get('$expand'))
  const hidden = new Set(table.expandable ?? [])
  return (row) => {
    const names = select ?? table.defaults ?? Object.keys(row).filter((name) => !name.includes('@') && !hidden.has(name))
    const shown: Record<string, unknown> = {}
    // `@odata.type` of metadata is no column and always there.
    for (const name of Object.keys(row).filter((key) => key.startsWith('@'))) shown[name] = row[name]
    for (const name of names) shown[name] = row[name] ?? null
    shown[table.primaryId] = row[table.primaryId]
    for (const { name, select: inner } of expansions) shown[name] = pickInner(row[name], inner, name)
    return shown
  }
}

function readSelect(table: QueryTable, text: string | null): string[] | null {
  if (text === null) return null
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (name === '' || /[^\w/]/.test(name)) throw refuse(`Term '${text}' is not valid in a $select or $expand expression.`)
    if (table.column(name)?.queryName !== name) throw unknownProperty(name, table.logicalName)
  }
  return names
}

/** Of a record nothing can be expanded here: Dataverse can, and a caller that needs it has to hear that this stand-in can't. */
function readExpansions(table: QueryTable, text: string | null): Expansion[] {
  if (text === null) return []
  if (table.expandable === undefined) throw refuse('The query option $expand is not supported by this sandbox for records.')
  return splitTopLevel(text).map((item) => readExpansion(item, text, table))
}

function readExpansion(item: string, text: string, table: QueryTable): Expansion {
  const [, name, inner] = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(item) ?? []
  if (name === undefined) throw syntaxError(text.indexOf(item), text)
  if (!table.expandable?.includes(name)) throw unknownProperty(name, table.logicalName)
  if (inner === undefined) return { name, select: null }
  const [, select] = /^\s*\$select=([\w\s,]+)$/.exec(inner) ?? []
  if (select === undefined) throw refuse(`The options '${inner}' of $expand are not supported by this sandbox: $select only.`)
  return { name, select: select.split(',').map((one) => one.trim()) }
}

/** At the commas outside of parentheses. */
function splitTopLevel(text: string): string[] {
  return text.split(/,(?![^()]*\))/)
}

function pickInner(value: unknown, select: readonly string[] | null, property: string): unknown {
  if (select === null || value === null || value === undefined) return value ?? null
  if (Array.isArray(value)) return value.map((one) => pickInner(one, select, property))
  const entries = Object.entries(value)
  for (const name of select) {
    if (!entries.some(([known]) => known === name)) throw unknownProperty(name, property)
  }
  return Object.fromEntries(entries.filter(([name]) => select.includes(name) || name === 'MetadataId' || name.startsWith('@')))
}
