/** How a value is stored: dates as `2026-11-23`, datetimes as `2026-11-23T10:00:00.000+0000`, ids with 15 or 18 characters. */
export type SoqlValue = string | number | boolean | null

export interface QueryableField {
  /** As describe spells it; queries may use any case. */
  readonly name: string
  /** The type that describe gives: id, reference, string, email, picklist, boolean, double, date, datetime, textarea, … */
  readonly type: string
  readonly filterable: boolean
  /** `Account` for AccountId, `ConvertedContact` for ConvertedContactId; null for a field that is no reference. */
  readonly relationshipName: string | null
  /** Names of objects; more than one makes the relationship polymorphic, and queries see the columns of `Name` there. */
  readonly referenceTo: readonly string[]
}

/** A record keyed by the exact names of the object's fields; a field that is missing is null. */
export type QueryableRow = Readonly<Record<string, SoqlValue>>

export interface QueryableObject {
  /** As describe spells it. */
  readonly name: string
  readonly fields: readonly QueryableField[]
  /** Every record in the order of its making, deleted ones too: those have `IsDeleted: true`. */
  rows(): Iterable<QueryableRow>
}

export interface QueryableOrg {
  /** Finds an object by its name in any case. */
  object(name: string): QueryableObject | null
  /** Epoch milliseconds. */
  now(): number
  /**
   * What stands under `attributes` of a record in an answer. `type` is the name of the record's object, except behind
   * a polymorphic relationship, where Salesforce shows `Name` and only the URL tells the object.
   */
  attributes(type: string, object: string, row: QueryableRow): Readonly<Record<string, unknown>>
}

export type QueryErrorCode =
  | 'MALFORMED_QUERY'
  | 'INVALID_FIELD'
  | 'INVALID_TYPE'
  | 'INVALID_QUERY_FILTER_OPERATOR'
  | 'NUMBER_OUTSIDE_VALID_RANGE'
  | 'QUERY_TOO_COMPLICATED'

/**
 * `rows` are all the rows of the answer (paging is the caller's): `attributes`, then the fields in the order of the
 * SELECT with their canonical names, parents as nested objects or null. `count` is the number for `SELECT COUNT()`
 * (which has no rows), else null. An error is HTTP 400.
 */
export type QueryAnswer =
  | {
      readonly kind: 'rows'
      readonly object: string
      readonly rows: readonly Readonly<Record<string, unknown>>[]
      readonly count: number | null
    }
  | { readonly kind: 'error'; readonly errorCode: QueryErrorCode; readonly message: string }
