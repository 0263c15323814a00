import type { DeliveryError, MatchKeys, RecordRef } from '../../../src/core/index.ts'
import type { Holders } from '../holders.ts'
import type { PersonRef } from './records.ts'

/** One contact that is looked for. */
export interface Search {
  readonly keys: MatchKeys
  /** Trimmed, in lower case. */
  readonly email: string | null
  /** What our ledger holds. */
  readonly ledger: PersonRef | null
  /** What a duplicate rule named when it kept a new record from being made. */
  readonly blocked: PersonRef | null
  /** The contact ids, and what they are followed by: those of the records that were made after a closed one. */
  readonly contactIds: string[]
  /** Up to which number the latter were asked for. */
  numberedTo: number
  error: DeliveryError | null
}

/** `idOf`: the spelling of an id in which records are kept. */
export function searchFor(keys: MatchKeys, holders: Pick<Holders<RecordRef>, 'of'>, idOf: (id: string) => string): Search {
  const blocked = keys.contactIds.map((id) => holders.of(id)).find((ref) => ref !== null) ?? null
  return {
    keys,
    email: keys.email?.trim().toLowerCase() || null,
    ledger: personRef(keys.record, idOf),
    blocked: personRef(blocked, idOf),
    contactIds: keys.contactIds.filter((id) => id.trim() !== ''),
    numberedTo: 0,
    error: null,
  }
}

/** The first reason stays. */
export function fail(searches: readonly Search[], error: DeliveryError): void {
  for (const search of searches) search.error ??= error
}

function personRef(ref: RecordRef | null, idOf: (id: string) => string): PersonRef | null {
  if (ref?.object !== 'lead' && ref?.object !== 'contact') return null
  return { object: ref.object, id: idOf(ref.id) }
}
