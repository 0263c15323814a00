import type { ColumnType, QueryTable } from '../odata/table.ts'

/** What an HTTP answer says in `{"error":{"code","message"}}`, and its status. */
export interface OrgError {
  readonly status: number
  /** `0x` and eight hexadecimal digits; the row faults of a test may use any. */
  readonly code: string
  readonly message: string
}

export type WriteResult =
  | { readonly kind: 'created' | 'updated'; readonly id: string }
  | { readonly kind: 'error'; readonly error: OrgError }

/** A key predicate. Column names are as the URL says them (`_parentaccountid_value` for a lookup). */
export type Key = { readonly id: string } | { readonly alternate: Readonly<Record<string, unknown>> }

export interface WriteOptions {
  /** `*`, `W/"123"` or null when the header is absent. */
  readonly ifMatch: string | null
  /** `If-None-Match: *` */
  readonly ifNoneMatch: boolean
  /** `MSCRM.SuppressDuplicateDetection: false` */
  readonly detectDuplicates: boolean
  /** The systemuser of the caller: what `whoAmI` answered. */
  readonly userId: string
}

/** As the JSON came; keys that begin with `@` are skipped, `name@odata.bind` sets a lookup. */
export type RowValues = Readonly<Record<string, unknown>>

/**
 * A row under its query names (`_ownerid_value`). Every column is there, null when empty. A lookup is followed by
 * `_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname`, the logical name of the table it points to.
 */
export type OrgRow = Readonly<Record<string, unknown>>

/** A table as it is queried. `column` finds a lookup by its query name (`_ownerid_value`) only. */
export interface OrgTable extends QueryTable {
  readonly primaryName: string
  /** By primary id, in any case; null: no such row. */
  row(id: string): OrgRow | null
  /** `OData.Community.Display.V1.FormattedValue` of a column's value: a label, a name; null: it has none. */
  formatted(queryName: string, row: OrgRow): string | null
}

/** Makes the next `times` writes of matching rows fail; `where` is compared with the row as it would be after the write. */
export interface RowFault {
  /** Logical name of the table. */
  readonly table: string
  readonly times: number
  readonly status: number
  readonly code: string
  readonly message: string
  readonly where: Readonly<Record<string, unknown>>
  /** The write is done all the same: another client won the race, or the answer came too late. Default false. */
  readonly commit?: boolean
}

export interface OrgRecord {
  /** Logical name: lead, contact, account, task, annotation. */
  readonly object: string
  readonly id: string
  readonly fields: OrgRow
}

/** A person's action refused: a sentence that names the record. */
export interface Refused {
  readonly error: string
}

/** One collection of metadata, or one definition (a set of one row). */
export interface MetadataSet {
  /** `Microsoft.Dynamics.CRM.StringAttributeMetadata`: its name stands in the 400 about a property it doesn't have. */
  readonly type: string
  /** What may be in `$select` and `$filter`; null: a complex property, no `$filter`. */
  readonly properties: Readonly<Record<string, ColumnType | null>>
  /** What may be in `$expand` only; its values are in the rows all the same. */
  readonly expandable: readonly string[]
  /** Whole; rows of an attribute set also have `@odata.type` when they are not of `type` itself. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export interface OrgMetadata {
  /** All tables: `EntityDefinitions`. */
  entities(): MetadataSet | OrgError
  /** `Attributes`, `Keys`, `ManyToOneRelationships` are expandable. Unknown: 404. */
  entity(logicalName: string): MetadataSet | OrgError
  /** `cast` such as `StringAttributeMetadata` (with or without its namespace); null: the common properties only. Unknown cast: 400. */
  attributes(logicalName: string, cast: string | null): MetadataSet | OrgError
  keys(logicalName: string): MetadataSet | OrgError
  manyToOneRelationships(logicalName: string): MetadataSet | OrgError
  /** `POST EntityDefinitions(LogicalName='lead')/Attributes` */
  defineColumn(logicalName: string, body: RowValues): WriteResult
  /** `POST EntityDefinitions(LogicalName='lead')/Keys` */
  defineKey(logicalName: string, body: RowValues): WriteResult
}

export interface OrgOptions {
  readonly now: () => number
  /** Called after every change that the record file must keep. */
  readonly changed?: () => void
  /** The client ids of the app registrations that have an application user. */
  readonly applicationIds: readonly string[]
  /** False: none of them has one. Default true. */
  readonly applicationUser?: boolean
  readonly organizationId?: string
  /** Language of the error messages, nothing else. */
  readonly language?: 'en' | 'de'
  /** Leadsync's custom columns exist on lead and contact; default true. */
  readonly provisioned?: boolean
  /** An active alternate key `leadsync_contactid_key` on lead and contact; default false. */
  readonly alternateKey?: boolean
  /** Whether a new alternate key works at once (default) or stays Pending until `activateKeys`. */
  readonly keyIndex?: 'at-once' | 'pending'
  /** Whether a PATCH of a qualified or disqualified lead is taken silently (default) or refused. */
  readonly closedLeads?: 'accept' | 'reject'
  /** The published rules (same e-mail: lead, contact, account) answer with this status, default 412; off: no rule is published. */
  readonly duplicateDetection?: 'off' | { readonly status: 412 | 500 }
  /** Reading definitions answers 403; default false. */
  readonly metadataForbidden?: boolean
  /** e.g. `prvCreateLead`; for tasks `prvCreateActivity`, for annotations `prvCreateNote`. */
  readonly missingPrivileges?: readonly string[]
  /** The customer's plug-in refuses a write (0x80040265) whose column has this value. */
  readonly plugIn?: { readonly table: string; readonly column: string; readonly forbidden: unknown }
  /** Columns made read-only by field security, `lead.donotphone`: a write of one answers 403. */
  readonly securedColumns?: readonly string[]
  /** Lengths that the admin changed, `lead.description`: 10000. */
  readonly maxLengths?: Readonly<Record<string, number>>
}

/** A Dataverse org without HTTP; `createOrg` (create-org.ts) makes one. Entity set and column names are case-sensitive, ids are not. */
export interface Org {
  readonly organizationId: string
  readonly businessUnitId: string
  readonly metadata: OrgMetadata
  /** By entity set name; null: no such set. */
  table(entitySet: string): OrgTable | null
  /** 403 0x80072560 when no application user has this client id. */
  whoAmI(appId: string): { readonly userId: string } | OrgError
  /** 403 when the caller may not read the table; 404 for an unknown one. */
  readRefusal(entitySet: string): OrgError | null
  /** 404 (0x80040217, by alternate key 0x80060891), or 400 for a key that isn't declared. */
  find(entitySet: string, key: Key): { readonly id: string } | OrgError
  create(entitySet: string, values: RowValues, options: WriteOptions): WriteResult
  /** A PATCH: updates, or creates where the headers allow it. */
  upsert(entitySet: string, key: Key, values: RowValues, options: WriteOptions): WriteResult
  /** With the tasks and notes of the record. `ifMatch` as for a PATCH. */
  remove(entitySet: string, key: Key, options: Pick<WriteOptions, 'ifMatch' | 'userId'>): OrgError | null
  /** `W/"123"`; null: no such row. */
  etag(entitySet: string, id: string): string | null
  /** The answer of RetrieveUserPrivileges without its `@odata.context`; 404: no such user. */
  privileges(userId: string): { readonly RolePrivileges: readonly Readonly<Record<string, unknown>>[] } | OrgError
  /** Runs writes that are all kept or, when `work` answers keep: false, all undone (change sets, bulk actions). */
  atomically<T>(work: () => { readonly keep: boolean; readonly value: T }): T

  /** Sales merges two leads, contacts or accounts: the loser is inactive, its tasks and notes move to the master. */
  merge(entitySet: string, masterId: string, loserId: string): { readonly masterId: string } | Refused
  /** Sales qualifies a lead: into `contactId`, its parent contact, or a new one (with a new account when it names a company). */
  qualify(leadId: string, contactId: string | null): { readonly contactId: string; readonly accountId: string | null } | Refused
  /** With a status reason of the state Disqualified, default 4 (Lost). */
  disqualify(leadId: string, statusCode?: number): { readonly leadId: string } | Refused
  reopen(leadId: string): { readonly leadId: string } | Refused
  setUserDisabled(userId: string, disabled: boolean): { readonly userId: string } | Refused
  /** Pending alternate keys become Active, or Failed where rows contradict them. Answers how many became active. */
  activateKeys(): number
  /** Adds to the armed faults; an empty list disarms all. Answers how many row failures are armed. */
  armRowFaults(faults: readonly RowFault[]): number
  /** Every lead, contact, account, task and annotation. */
  allRecords(): OrgRecord[]
  /** Forgets those records; users, columns and keys stay. */
  reset(): void
  /** Plain JSON. */
  state(): unknown
  /** Throws on a state of another version. */
  restore(state: unknown): void
}
