import type { SuppressionEntry } from '../core/index.ts'
import type { ContactLink } from './ports.ts'

/** What a mark needs to know of its contact, read in one round trip together with taking the contact's lock. */
export interface ContactClaim {
  /** Of the survivor, where the contact was joined into another one. */
  readonly contactId: string
  readonly joinedIds: readonly string[]
  readonly link: ContactLink
  readonly suppression: readonly SuppressionEntry[]
}

export type ContactClaimResult =
  | { readonly kind: 'claimed'; readonly claim: ContactClaim }
  /** A delivery, or another mark, has it in hand. */
  | { readonly kind: 'locked' }
  /** Nothing was ever written for it in this CRM, or it was forgotten. */
  | { readonly kind: 'unknown' }

export interface ContactClaims {
  claim(crm: string, contactId: string, holder: string): Promise<ContactClaimResult>
  /** Whose lead has this ledger key; null when it is nobody's, or nobody knows it. */
  ofLead(leadKey: string): Promise<string | null>
}
