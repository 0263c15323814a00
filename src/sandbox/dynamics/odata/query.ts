import { parseFilter } from './condition-parser.ts'
import { compileFilter } from './filter.ts'
import { type QueryOptions, readOptions } from './options.ts'
import { type Order, readOrder } from './order.ts'
import { attempt, refuse } from './problem.ts'
import { readProjection } from './projection.ts'
import { readSkipToken, writeSkipToken } from './skip-token.ts'
import type { QueryResult, QueryRow, QueryTable } from './table.ts'

export interface PageOptions {
  /** Rows on one page at most, 5,000 in a real org. */
  readonly maxPageSize: number
  /** The caller sent `Prefer: odata.maxpagesize`, beside which `$top` is ignored. Absent: it didn't. */
  readonly preferred?: boolean
}

/** `@odata.count` goes no further. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/count-rows */
const highestCount = 5000

/**
 * Answers a query string as it was sent (percent-encoded, no question mark): `$select`, `$filter`, `$orderby`, `$top`, `$count`,
 * `$skiptoken` and, of metadata, `$expand`. Anything else is a 400, and so is `$skip`, which Dataverse doesn't have.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview
 */
export function runQuery(table: QueryTable, query: string, pages: PageOptions): QueryResult {
  return attempt(() => answer(table, readOptions(query), pages))
}

/** The query of the next page: what was sent, byte for byte, with another `$skiptoken`. */
export function nextQuery(query: string, next: string): string {
  const kept = query.split('&').filter((pair) => pair !== '' && !/^(?:\$|%24)skiptoken=/i.test(pair))
  return [...kept, `$skiptoken=${encodeURIComponent(next).replaceAll('%3D', '=').replaceAll('%2F', '/')}`].join('&')
}

function answer(table: QueryTable, options: QueryOptions, pages: PageOptions): QueryResult {
  const project = readProjection(table, options)
  const order = readOrder(options.get('$orderby'), table)
  const top = readTop(options.get('$top'))
  const isCounted = readCount(options.get('$count'))
  const position = readSkipToken(options.get('$skiptoken'))
  const found = filtered(table, options)

  const rest = sorted(found, order).filter(({ keys }) => position.after === null || order.compare(keys, position.after) > 0)
  const before = (position.page - 1) * pages.maxPageSize
  const wanted = top === null || pages.preferred === true ? Number.POSITIVE_INFINITY : Math.max(0, top - before)
  const page = rest.slice(0, Math.min(wanted, pages.maxPageSize))
  const last = page.at(-1)
  const isLast = last === undefined || page.length >= Math.min(rest.length, wanted)
  return {
    kind: 'rows',
    rows: page.map(({ row }) => project(row)),
    next: isLast ? null : writeSkipToken({ page: position.page + 1, after: last.keys }),
    count: isCounted ? Math.min(found.length, highestCount) : null,
  }
}

function filtered(table: QueryTable, options: QueryOptions): QueryRow[] {
  const filter = options.get('$filter')
  if (filter === null) return [...table.rows()]
  const test = compileFilter(parseFilter(filter, options), table)
  const found: QueryRow[] = []
  for (const row of table.rows()) {
    if (test(row)) found.push(row)
  }
  return found
}

function sorted(rows: readonly QueryRow[], order: Order) {
  return rows.map((row) => ({ row, keys: order.keysOf(row) })).sort((left, right) => order.compare(left.keys, right.keys))
}

function readTop(text: string | null): number | null {
  if (text === null) return null
  if (/^\d+$/.test(text)) return Number(text)
  throw refuse(
    `Invalid value '${text}' for $top query option found. The $top query option requires a non-negative integer value.`,
  )
}

function readCount(text: string | null): boolean {
  if (text === null || text === 'true' || text === 'false') return text === 'true'
  throw refuse(`Invalid value '${text}' for $count query option found. Valid values are 'true' or 'false'.`)
}
