import type { QueryableOrg, SoqlValue } from '../soql/org.ts'

export interface RowError {
  readonly code: string
  readonly message: string
  readonly fields: readonly string[]
  /** For DUPLICATES_DETECTED; single answers spell its key `duplicateResut`, collections `duplicateResult`. */
  readonly duplicateResult?: unknown
}

export type RowResult =
  | { readonly success: true; readonly id: string; readonly created: boolean }
  | { readonly success: false; readonly id: string | null; readonly errors: readonly RowError[] }

/** Several records hold the upsert key: 300 for a single call. */
export interface ManyMatches {
  readonly success: false
  readonly matches: readonly string[]
}

/** What headers and token say about one write: Sforce-Auto-Assign, Sforce-Duplicate-Rule-Header, the token's user. */
export interface WriteOptions {
  readonly autoAssign: boolean
  readonly allowDuplicates: boolean
  readonly includeRecordDetails: boolean
  readonly userId: string
}

/** As the JSON came, without `attributes` (and without the Id that addresses a collection row). */
export type RowValues = Readonly<Record<string, unknown>>

/** Makes the next `times` writes of matching rows fail; `where` is compared with the row as it would be after the write. */
export interface RowFault {
  readonly object: string
  readonly times: number
  readonly statusCode: string
  readonly message: string
  readonly fields: readonly string[]
  readonly where: Readonly<Record<string, unknown>>
}

export interface OrgRecord {
  /** Lower case: lead, contact, account, task. */
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, SoqlValue>>
}

/** A person's action refused: a sentence that names the record. */
export interface Refused {
  readonly error: string
}

export type DuplicateMode = 'off' | 'block' | 'alert'

export interface OrgOptions {
  readonly now: () => number
  /** Called after every change that the record file must keep. */
  readonly changed?: () => void
  /** The integration users, one per app; all have the same permissions. */
  readonly usernames: readonly string[]
  /** 18 characters, prefix 00D. */
  readonly organizationId?: string
  readonly language?: 'en' | 'de'
  /** Leadsync's custom fields exist and are visible; default true. */
  readonly provisioned?: boolean
  readonly stateAndCountryPicklists?: boolean
  /** Default true. False: the integration users see only the Leads and Contacts that they own. */
  readonly viewAll?: boolean
  readonly duplicateRules?: DuplicateMode | Readonly<{ Lead?: DuplicateMode; Contact?: DuplicateMode }>
  /** Hidden by field-level security until a FieldPermissions row grants them, e.g. `Lead.DoNotCall`. */
  readonly hiddenFields?: readonly string[]
  /** Whether Activity fields may be external ids; default true. Whether every org's may is not documented. */
  readonly taskExternalId?: boolean
  /** An active rule that gives every Lead written with Sforce-Auto-Assign to the queue Web_Leads; default false. */
  readonly assignmentRule?: boolean
  readonly validationRule?: { readonly object: string; readonly field: string; readonly forbidden: string }
}

/** A Salesforce org without HTTP; `createOrg` (create-org.ts) makes one. Object and field names are found in any case; ids may have 15 or 18 characters. */
export interface Org extends QueryableOrg {
  readonly organizationId: string
  /** The describe answer as the integration user sees it; null: no such object. */
  describe(object: string): Readonly<Record<string, unknown>> | null
  objects(): readonly {
    readonly name: string
    readonly label: string
    readonly labelPlural: string
    readonly keyPrefix: string
  }[]
  /** The active user of that name; null: none. */
  userIdOf(username: string): string | null
  create(object: string, values: RowValues, options: WriteOptions): RowResult
  /**
   * An id that isn't there fails with INVALID_CROSS_REFERENCE_KEY and no fields, as a collection row; a single call answers
   * it as 404 NOT_FOUND. A deleted one: ENTITY_IS_DELETED. An unknown object: INVALID_TYPE.
   */
  update(object: string, id: string, values: RowValues, options: WriteOptions): RowResult
  /** By a key of `values`; `field` may be `Id`. NOT_FOUND when `field` is no key that the user sees. */
  upsert(object: string, field: string, values: RowValues, options: WriteOptions): RowResult | ManyMatches
  /** Into the recycle bin, with the record's Tasks. */
  remove(object: string, id: string): RowResult
  /** The fields that the user sees, in describe order; null: not there or deleted (`presence` tells which). */
  read(object: string, id: string): Readonly<Record<string, unknown>> | null
  presence(object: string, id: string): 'live' | 'deleted' | 'absent'
  /** Ids of the live records with that key (external id or idLookup field); null: the field is no key that the user sees. */
  lookUp(object: string, field: string, value: string): readonly string[] | null
  /** `Lead.x__c`, `Contact.x__c`, `Account.x__c` or `Activity.x__c`, with the Metadata API's CustomField metadata. */
  addCustomField(fullName: string, metadata: Readonly<Record<string, unknown>>): RowResult
  /** Runs writes that are all kept or, when `work` answers keep: false, all undone (allOrNone). */
  atomically<T>(work: () => { readonly keep: boolean; readonly value: T }): T

  /** Sales converts a Lead: into `contactId`, or into a new Contact (and Account). */
  convert(leadId: string, contactId: string | null): { readonly contactId: string; readonly accountId: string } | Refused
  /** Sales merges two records: the loser is deleted and points to the master. */
  merge(object: string, masterId: string, loserId: string): { readonly masterId: string } | Refused
  /** Deletes a record for good: not even queryAll sees it. */
  purge(object: string, id: string): { readonly purged: string } | Refused
  setUserDisabled(userId: string, disabled: boolean): { readonly userId: string } | Refused
  /** Adds to the armed faults; an empty list disarms all. Answers how many row failures are armed. */
  armRowFaults(faults: readonly RowFault[]): number
  /** Every live Lead (converted ones too), Contact, Account and Task, hidden fields included. */
  allRecords(): OrgRecord[]
  /** Forgets Leads, Contacts, Accounts and Tasks; users, fields and permissions stay. */
  reset(): void
  /** Plain JSON. */
  state(): unknown
  /** Throws on a state of another version. */
  restore(state: unknown): void
}
