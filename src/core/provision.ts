import type { Catalog } from './catalog.ts'
import type { MappingRules } from './field-rule.ts'
import type { MarkerFields } from './markers.ts'
import type { Judged, RecordRef } from './record.ts'

/** One thing that the org lacks and Leadsync can make. */
export interface ProvisionStep {
  readonly object: string
  readonly field: string
  /** For the person who says yes: what is going to be made. */
  readonly sentence: string
  /** What the CRM is sent, in its own words. */
  readonly definition: Readonly<Record<string, unknown>>
}

/** A record that carries a contact id of ours, with what a lost index is made anew from. */
export interface ListedRecord extends RecordRef {
  /** As it stands there: numbered (`ID.1`) on the record that followed a closed one. */
  readonly contactId: string
  readonly email: string | null
  /** As the CRM holds it, in whatever form. */
  readonly phone: string | null
  readonly lastName: string | null
  /** What stands in the field that was asked for, ISO 8601 in UTC; null where that is empty or no time. */
  readonly lastLeadAt: string | null
  /** What stands in the do-not-contact markers that were asked for, in the same form: a no counts for nothing when it was lifted then or later. */
  readonly noSince: string | null
  readonly noLiftedAt: string | null
  /** Sales closed, converted or disqualified it. */
  readonly closed: boolean
}

export interface ListAsked {
  /** Where the page before ended (`next`); null for the first. */
  readonly cursor: string | null
  /** The CRM's field that holds the time of the last lead; null where no mapping names one. */
  readonly lastLeadField: string | null
  /** The CRM's fields of Leadsync's own that show a do-not-contact. */
  readonly markers: Pick<MarkerFields, 'at' | 'liftedAt'>
}

export interface ListPage {
  readonly records: readonly ListedRecord[]
  /** The next page's cursor; null after the last. */
  readonly next: string | null
}

/** Prepares an org for a mapping, and reads back what is ours there. Beside `Connector`, because it needs rights that delivering leads never needs. */
export interface CrmAdmin {
  /** Pure: what is missing, Leadsync's own fields only. Without a readable catalog everything may be missing. */
  planProvision(rules: MappingRules, catalog: Catalog): readonly ProvisionStep[]
  /** Makes them, same length and order. What exists already is fine, so it may be called again after a failure. */
  provision(steps: readonly ProvisionStep[], signal: AbortSignal): Promise<readonly Judged<'created' | 'exists'>[]>
  /**
   * Every record that carries a contact id of ours, page by page, oldest first where the CRM can tell. One that is written meanwhile may come
   * twice or not at all. Rejects with a `DeliveryError`; the same page may then be asked for again.
   */
  list(asked: ListAsked, signal: AbortSignal): Promise<ListPage>
}
