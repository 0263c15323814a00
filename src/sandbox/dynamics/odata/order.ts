import { filterColumn } from './filter.ts'
import { refuse, syntaxError } from './problem.ts'
import type { QueryRow, QueryTable } from './table.ts'
import { compareKeys, domainOf, keyOf, type ValueKey } from './value.ts'

export type SortKeys = readonly (ValueKey | null)[]

/** How rows are sorted: by `$orderby`, then by primary id, so that no two rows are alike and pages never overlap. */
export interface Order {
  keysOf(row: QueryRow): SortKeys
  compare(left: SortKeys, right: SortKeys): number
}

/** A lookup is sorted by its GUID; Dataverse sorts it by the name behind it. */
export function readOrder(text: string | null, table: QueryTable): Order {
  const terms = text === null ? [] : text.split(',').map((term) => readTerm(term, text, table))
  const id = { name: table.primaryId, domain: 'guid' as const, sign: 1 }
  const all = [...terms, id]
  return {
    keysOf: (row) => all.map(({ name, domain }) => keyOf(row[name], domain)),
    compare(left, right) {
      for (const [at, { sign }] of all.entries()) {
        const order = compareKeys(left[at] ?? null, right[at] ?? null) * sign
        if (order !== 0) return order
      }
      return 0
    },
  }
}

function readTerm(term: string, text: string, table: QueryTable) {
  const [, name, direction = 'asc'] = /^\s*([\w/]+)(?:\s+(asc|desc))?\s*$/.exec(term) ?? []
  if (name === undefined) throw syntaxError(text.indexOf(term), text)
  const column = filterColumn(name, table)
  if (column.type === 'MultiSelectPicklist') throw refuse(`The column '${name}' can not be used in the $orderby query option.`)
  return { name: column.queryName, domain: domainOf(column.type), sign: direction === 'asc' ? 1 : -1 }
}
