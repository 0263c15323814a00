import type { Lead } from '../core/index.ts'

/** One thing that came in. `receipt` tells a repetition after a crash (same receipt) from the same lead arriving again. */
export interface Entrant {
  readonly kind: 'accepted' | 'held' | 'quarantined'
  readonly id: string
  readonly receivedAt: string
  readonly receipt: string | null
  readonly contentKey: string | null
  readonly idempotency: { readonly key: string; readonly body: string } | null
  /** Null for what could not be understood. */
  readonly lead: Lead | null
  /** Which CRMs want it; null while it is not being routed. `ask`: the CRM's file is invalid now, it is asked at the claim. */
  readonly route: readonly { readonly name: string; readonly wants: 'yes' | 'no' | 'ask' }[] | null
  /** Which of them has the lead's follow-ups, decided when it is first routed; null or absent: none. */
  readonly followUpCrm?: string | null
  /** The id under which it was held or quarantined, when a person replays it: from then on it counts as what it is now. */
  readonly replayOf?: string
}

export interface Registered {
  readonly status: 'accepted' | 'duplicate' | 'held' | 'quarantined'
  /** The id of the lead that counts: for a duplicate the first one's. */
  readonly leadId: string
  readonly state: string
  /** False: nobody has routed it yet, so its job may be missing. */
  readonly routed: boolean
  /** CRMs whose delivery still waits; filled when a route was given. */
  readonly waiting: readonly string[]
}

/** What an earlier request with the same `Idempotency-Key` was answered. */
export interface Recalled {
  /** HMAC of the body that came with it. */
  readonly body: string
  readonly leadId: string
  readonly status: string
}

/** Where leads become part of the ledger: duplicates, contact, suppression, counters and route move in one step. */
export interface LeadRegister {
  admit(entrant: Entrant): Promise<Registered>
  recall(idempotencyKey: string): Promise<Recalled | null>
}
