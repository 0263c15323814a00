type Row = Readonly<Record<string, unknown>>

/** The answer of a query that takes more than one page. */
interface OpenQuery {
  readonly rows: readonly Row[]
  readonly pageSize: number
}

export interface QueryPage {
  readonly totalSize: number
  readonly rows: readonly Row[]
  /** The name of the next page, `01g…-2000`; null on the last. */
  readonly next: string | null
}

export interface Cursors {
  open(rows: readonly Row[], pageSize: number): QueryPage
  /** Null for a page that nobody promised. */
  page(locator: string): QueryPage | null
  clear(): void
}

const openQueries = 10

/** Keeps the answers of queries while their pages are fetched; beyond ten, the oldest is gone, as a user's cursors are at Salesforce. */
export function createCursors(): Cursors {
  const queries = new Map<string, OpenQuery>()
  let made = 0

  function pageOf(id: string, { rows, pageSize }: OpenQuery, from: number): QueryPage {
    const end = from + pageSize
    return { totalSize: rows.length, rows: rows.slice(from, end), next: end < rows.length ? `${id}-${end}` : null }
  }

  return {
    open(rows, pageSize) {
      made += 1
      const id = `01g${String(made).padStart(12, '0')}AAA`
      const query = { rows, pageSize }
      if (rows.length > pageSize) queries.set(id, query)
      const oldest = queries.size > openQueries ? queries.keys().next().value : undefined
      if (oldest !== undefined) queries.delete(oldest)
      return pageOf(id, query, 0)
    },
    page(locator) {
      const [id = '', from = ''] = locator.split('-')
      const query = queries.get(id)
      return query === undefined || !/^\d+$/.test(from) ? null : pageOf(id, query, Number(from))
    },
    clear: () => queries.clear(),
  }
}
