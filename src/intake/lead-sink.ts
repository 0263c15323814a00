import type { Lead } from '../core/index.ts'

/** What intake made of one journal entry. */
export type Arrival =
  | {
      readonly kind: 'accepted' | 'held'
      readonly lead: Lead
      /** The journal entry's own id: the same lead under another receipt is a duplicate, under the same one a repetition. */
      readonly receipt: string
      /** HMAC of the canonical content: finds the same lead again within 24 h. Null where the channel gives ids of its own. */
      readonly contentKey: string | null
      /** HMAC of token, route and `Idempotency-Key`, and of the body that came with it. */
      readonly idempotency: { readonly key: string; readonly body: string } | null
    }
  | {
      readonly kind: 'quarantined'
      readonly id: string
      readonly receivedAt: string
      readonly channel: string
      readonly token: string
      /** A sentence for a person: why it could not be understood. */
      readonly reason: string
      /** The body as it came; base64 where it was not UTF-8. */
      readonly verbatim: { readonly encoding: 'utf8' | 'base64'; readonly body: string }
      /** True where the journal could not be written: nobody else has the body. */
      readonly onlyCopy?: boolean
    }

export interface Admission {
  /** For a duplicate: the first one's id. */
  readonly leadId: string
  readonly status: 'accepted' | 'duplicate' | 'quarantined' | 'held'
}

/** Where intake hands its leads: it never sees the queue behind. */
export interface LeadSink {
  /** False while it is known that `accept` would fail: intake then goes on into the journal without asking. */
  ready(): boolean
  /**
   * Same length and order as `arrivals`. Rejects when the queue can't be reached or did not answer in time; the arrivals may then have
   * been taken or not, and giving them again under the same ids is harmless.
   */
  accept(arrivals: readonly Arrival[]): Promise<readonly Admission[]>
  /** What an earlier request with this `Idempotency-Key` was answered, and the HMAC of its body; null if there was none. */
  recall(idempotencyKey: string): Promise<{ readonly body: string; readonly admission: Admission } | null>
}
