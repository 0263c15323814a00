import type { DeliveryError } from './errors.ts'
import type { Touch } from './touch.ts'

/** A value as it goes to a CRM: absent (no key), clear (`null`) and set are three different things. */
export type FieldValue = string | number | boolean | null
export type Fields = Readonly<Record<string, FieldValue>>

export type ContactChannel = 'email' | 'phone'

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
  /** The CRM's own id of whoever is responsible; null where that is nobody, or Leadsync's own user, who follows up nobody. */
  readonly owner: string | null
  readonly closed: boolean
  /** Set when the id asked for now answers as another record. */
  readonly mergedFrom: string | null
  /** It carries our contact id. */
  readonly ours: boolean
  /** When the CRM says it last changed, ISO 8601 in UTC; asked only where several records match (`onMany: newest`). */
  readonly modifiedAt?: string | null
  /** Identity fields that are empty here because a record which is no choice (closed, converted) holds our value: the CRM would refuse it twice. */
  readonly taken?: readonly string[]
  /** On a closed record: see `Match`. */
  readonly lastNumber?: number
}

export type Match =
  /** `deleted`: the record that our ledger holds is gone; `erased`: perhaps for privacy's sake, for it can't even be restored. */
  /**
   * `lastNumber`: our contact id, or the one with this number, stands in a record of the kind of new ones that is no choice any more
   * (closed, converted); 0 is the plain one. A new record must be known by the next.
   */
  | { readonly kind: 'none'; readonly deleted: boolean; readonly erased?: boolean; readonly lastNumber?: number }
  | { readonly kind: 'one'; readonly record: MatchedRecord }
  | { readonly kind: 'many'; readonly records: readonly MatchedRecord[] }

/** One record to create or update. The target is known: a connector never decides what to write to. */
export interface RecordWrite {
  readonly object: string
  /** `null` creates (repeat-safe by e-mail or contact id), an id updates that record. */
  readonly recordId: string | null
  /** Ours; numbered (`ID.1`) where a closed record has the plain one. */
  readonly contactId: string
  /** The e-mail that identifies a new record; null when the contact has none. */
  readonly email: string | null
  /** The company that the lead names, for a CRM that files people under one. */
  readonly company?: string | null
  /** Only what is to change. Identity fields (e-mail, contact id) are among them on create, or when the record has none. */
  readonly fields: Fields
  /** Fields that must not be left out when the CRM refuses them. */
  readonly required: readonly string[]
  /** Leads to show in the record's history as entries of their own; a multi-line field is among `fields` instead. */
  readonly touches?: readonly Touch[]
  /** Channels that the CRM's own means are to close for this person. There is no way to open one. */
  readonly optOut?: readonly ContactChannel[]
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

export interface IdentityFields {
  readonly email: string
  readonly contactId: string
}
