import type { DeliveryError, MatchKeys, RecordRef } from '../../src/core/index.ts'
import type { Holders } from '../kit/holders.ts'
import type { Api } from './api.ts'
import type { PersonRef } from './found.ts'
import { longId } from './ids.ts'
import type { Org } from './org.ts'
import type { Settings } from './settings.ts'

export interface MatchContext {
  readonly api: Api
  readonly crm: string
  readonly signal: AbortSignal
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly org: Org
  /** The records that a duplicate rule named when it kept a new one from being made, by contact id. */
  readonly holders: Pick<Holders<RecordRef>, 'of'>
  readonly settings: Pick<Settings, 'contactIdField' | 'placeholders' | 'closedStatuses'>
}

/** One contact that is looked for. */
export interface Search {
  readonly keys: MatchKeys
  /** Trimmed, in lower case. */
  readonly email: string | null
  /** What our ledger holds. */
  readonly ledger: PersonRef | null
  /** What a duplicate rule named. */
  readonly blocked: PersonRef | null
  /** The contact ids, and what they are followed by: those of the records that were made after a closed one. */
  readonly contactIds: string[]
  /** Up to which number the latter were asked for. */
  numberedTo: number
  error: DeliveryError | null
}

export function searchFor(keys: MatchKeys, holders: MatchContext['holders']): Search {
  const blocked = keys.contactIds.map((id) => holders.of(id)).find((ref) => ref !== null) ?? null
  return {
    keys,
    email: keys.email?.trim().toLowerCase() || null,
    ledger: personRef(keys.record),
    blocked: personRef(blocked),
    contactIds: keys.contactIds.filter((id) => id.trim() !== ''),
    numberedTo: 0,
    error: null,
  }
}

function personRef(ref: RecordRef | null): PersonRef | null {
  if (ref?.object !== 'lead' && ref?.object !== 'contact') return null
  return { object: ref.object, id: longId(ref.id) }
}
