import type { z } from 'zod'
import type { DeliveryError } from './errors.ts'
import type { Log } from './log.ts'
import type { OptOutFields } from './opt-out.ts'

/** A value as it goes to a CRM: absent (no key), clear (`null`) and set are three different things. */
export type FieldValue = string | number | boolean | null
export type Fields = Readonly<Record<string, FieldValue>>

export type ContactChannel = 'email' | 'phone'

/** The SDK-independent limits of one kind of CRM. */
export interface Limits {
  /** Most keys in one `match` call. */
  readonly matchBatch: number
  /** Most records in one `write` call. */
  readonly writeBatch: number
  readonly concurrentRequests: number
}

export interface CatalogField {
  readonly name: string
  /** The CRM's own word for the type. */
  readonly type: string
  readonly writable: boolean
  readonly unique: boolean
  /** Allowed internal values, or null when anything goes. */
  readonly options: readonly string[] | null
}

/** What the org looks like. `null` where the credential may not read it: then nothing is assumed and the CRM itself answers. */
export interface Catalog {
  /** Portal id or organization id: the org that this CRM is bound to at the first success. */
  readonly org: string | null
  readonly objects: Readonly<Record<string, readonly CatalogField[] | null>>
}

/** By what a contact may be known in the CRM. */
export interface MatchKeys {
  /** Our contact id first, then the ids of contacts that were joined into it. */
  readonly contactIds: readonly string[]
  readonly email: string | null
  /** The record that our ledger holds for this contact, if any. */
  readonly record: RecordRef | null
  /** Fields to read, per object kind of the mapping. */
  readonly fields: Readonly<Record<string, readonly string[]>>
}

export interface RecordRef {
  readonly object: string
  readonly id: string
}

export interface MatchedRecord extends RecordRef {
  /** The fields asked for; absent in the CRM = null. */
  readonly fields: Fields
  /** Channels that the CRM's own fields say the person opted out of. */
  readonly optOuts: readonly ContactChannel[]
  readonly owner: string | null
  readonly closed: boolean
  /** Set when the id asked for now answers as another record. */
  readonly mergedFrom: string | null
  /** It carries our contact id. */
  readonly ours: boolean
  /** When the CRM says it last changed, ISO 8601 in UTC; asked only where several records match (`onMany: newest`). */
  readonly modifiedAt?: string | null
}

export type Match =
  /** `deleted`: the record that our ledger holds is gone. */
  | { readonly kind: 'none'; readonly deleted: boolean }
  | { readonly kind: 'one'; readonly record: MatchedRecord }
  | { readonly kind: 'many'; readonly records: readonly MatchedRecord[] }

/** One record to create or update. The target is known: a connector never decides what to write to. */
export interface RecordWrite {
  readonly object: string
  /** `null` creates (repeat-safe by e-mail or contact id), an id updates that record. */
  readonly recordId: string | null
  readonly contactId: string
  /** The e-mail that identifies a new record; null when the contact has none. */
  readonly email: string | null
  /** Only what is to change. Identity fields (e-mail, contact id) are among them on create, or when the record has none. */
  readonly fields: Fields
  /** Fields that must not be left out when the CRM refuses them. */
  readonly required: readonly string[]
}

export interface DroppedField {
  readonly field: string
  /** A sentence for a person, without the value. */
  readonly reason: string
}

export interface WriteOutcome extends RecordRef {
  readonly result: 'created' | 'updated' | 'unchanged'
  readonly dropped: readonly DroppedField[]
}

/** A judged item, or why it was not done. */
export type Judged<T> = T | DeliveryError

/** What a request would look like, without credentials. */
export interface HttpRequestPreview {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/**
 * The code module for one kind of CRM. Arrays in, arrays out: same length, same order, each a value or a `DeliveryError`; a method
 * rejects (with a `DeliveryError`) only when nothing was judged. Every method may be called twice with the same arguments and leaves the CRM as one call would.
 */
export interface Connector {
  readonly limits: Limits
  /** The object kinds it writes to, e.g. `contact`; the first is where new records go. */
  readonly objects: readonly string[]
  /** The identity fields per object kind: sent on create or when empty, never changed, never dropped. */
  identity(object: string): IdentityFields
  catalog(signal: AbortSignal): Promise<Catalog>
  match(keys: readonly MatchKeys[], signal: AbortSignal): Promise<readonly Judged<Match>[]>
  /** Pure: the requests that `write` sends first for these records. */
  preview(writes: readonly RecordWrite[]): readonly HttpRequestPreview[]
  write(writes: readonly RecordWrite[], signal: AbortSignal): Promise<readonly Judged<WriteOutcome>[]>
  stop(): Promise<void>
}

export interface IdentityFields {
  readonly email: string
  readonly contactId: string
}

/** What a connector is handed: it reads no environment, no clock and no module-level state. */
export interface ConnectorDependencies {
  /** The CRM's name, i.e. its YAML file's. Error sentences begin with it. */
  readonly crm: string
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds since the epoch. */
  now(): number
  readonly log: Log
}

/** One entry of `connectors/registry.ts`. `settings` are the keys that this kind of CRM adds to `config/crm/NAME.yaml`. */
export interface ConnectorModule<S extends z.ZodObject = z.ZodObject> {
  readonly settings: S
  /** Object kinds that its `mapping:` may name. */
  readonly objects: readonly string[]
  /** The CRM's own opt-out fields, per object kind: a mapping may never write them. */
  readonly optOutFields: OptOutFields
  create(settings: z.infer<S>, dependencies: ConnectorDependencies): Connector
}
