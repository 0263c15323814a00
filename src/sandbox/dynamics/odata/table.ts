export type ColumnType =
  | 'String'
  | 'Memo'
  | 'Integer'
  | 'BigInt'
  | 'Decimal'
  | 'Money'
  | 'Boolean'
  | 'DateTime'
  | 'DateOnly'
  | 'Picklist'
  | 'State'
  | 'Status'
  | 'MultiSelectPicklist'
  | 'Lookup'
  | 'Owner'
  | 'Uniqueidentifier'

export interface QueryColumn {
  readonly type: ColumnType
  /** As it stands in queries and rows: `_ownerid_value` for a lookup. */
  readonly queryName: string
  /** False: a complex property of metadata, which may be selected but not compared or sorted by. Absent: true. */
  readonly filterable?: boolean
}

export type QueryRow = Readonly<Record<string, unknown>>

/** What a query is asked of. Names are case-sensitive, as in the Web API. */
export interface QueryTable {
  readonly entitySet: string
  readonly logicalName: string
  readonly primaryId: string
  /** By query name, or by a path such as `sdkmessageid/name`; null: there is no such property. */
  column(name: string): QueryColumn | null
  rows(): Iterable<QueryRow>
  /** Properties of metadata that `$expand` may name; absent: none, `$expand` is refused. */
  readonly expandable?: readonly string[]
  /** What a row shows when there is no `$select`. Absent: all that it has. */
  readonly defaults?: readonly string[]
}

/** What goes into `{"error":{"code","message"}}`. */
export interface QueryError {
  readonly kind: 'error'
  readonly status: number
  readonly code: string
  readonly message: string
}

export interface QueryRows {
  readonly kind: 'rows'
  /** Selected, always with the primary id; without annotations, but `@odata.type` of metadata stays. */
  readonly rows: QueryRow[]
  /** The decoded `$skiptoken` of the next page; null: this is the last one. `nextQuery` (query.ts) makes a query string of it. */
  readonly next: string | null
  /** `@odata.count`; null when `$count=true` was not asked for. */
  readonly count: number | null
}

export type QueryResult = QueryRows | QueryError

/** `{"code":"0x80060888"}`: what the Web API calls nearly everything that is wrong with an address. */
export function badRequest(message: string, code = '0x80060888'): QueryError {
  return { kind: 'error', status: 400, code, message }
}
