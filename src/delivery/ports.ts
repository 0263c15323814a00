import type {
  CrmAnswer,
  CrmOptOuts,
  DeliveryErrorCode,
  DroppedField,
  Known,
  Lead,
  RecordRef,
  Rule,
  SuppressionEntry,
  WriteOutcome,
} from '../core/index.ts'

/** What the ledger remembers of a contact in one CRM: its record, the newest lead that was written there, and what the CRM's own opt-outs said. */
export interface ContactLink {
  readonly record: RecordRef | null
  readonly known: Known | null
  /** Null before it was first matched. */
  readonly optOuts: CrmOptOuts | null
}

/** What a delivery needs to know, read in one round trip together with taking the contact lock. */
export interface Claim {
  readonly leadKey: string
  readonly lead: Lead
  readonly contactId: string
  /** Contacts that were joined into this one: a CRM record may still carry their ids. */
  readonly joinedIds: readonly string[]
  /** `ask`: the CRM's `accept:` could not be read when the lead was routed. `written`: the CRM has it, settling is what is left. */
  readonly step: 'waiting' | 'ask' | 'written'
  readonly written: StoredOutcome | null
  /** Unclean ends before this one: crashes with the delivery in hand. */
  readonly tries: number
  readonly suppression: readonly SuppressionEntry[]
  readonly link: ContactLink
  /** Which CRM has the lead's follow-ups: this one, or another; null where none has, or where they are left as they are. */
  readonly followUp: 'here' | 'elsewhere' | null
  /** A person asked for it once more. */
  readonly again?: boolean
  /** It came before our data was lost: tasks of its follow-up may be in the CRM already. */
  readonly lost?: boolean
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Another delivery (`holder` is its lead's ledger key) has this contact in hand. */
  | { readonly kind: 'locked'; readonly holder: string }
  | { readonly kind: 'settled'; readonly outcome: string }
  /** The ledger knows nothing of it. */
  | { readonly kind: 'missing' }
  /** It is in the ledger, and about to be routed. */
  | { readonly kind: 'unrouted' }

/** `delivered` and `suppressed` say what became of the record; see the outcomes in design §1. */
export interface StoredOutcome {
  readonly outcome: 'delivered' | 'suppressed'
  readonly result: WriteOutcome['result'] | null
  readonly record: RecordRef | null
  readonly dropped: readonly DroppedField[]
  readonly rule: Rule
  /** A sentence for the timeline. */
  readonly reason: string | null
}

export interface WriteRecord {
  readonly leadKey: string
  readonly contactId: string
  readonly stored: StoredOutcome
  readonly link: ContactLink
}

/** One delivery as the ledger holds it. */
export interface LedgerEntry {
  readonly leadId: string
  /** `waiting`, `delivered:created`, `parked`, … */
  readonly state: string
  readonly reason: string | null
  /** Set while it is parked. */
  readonly code: string | null
  /** The same. */
  readonly tried: Tried
}

/** What is known of the try after which a delivery was parked. */
export interface Tried {
  /** What the CRM said; null when it said nothing, or was not asked. */
  readonly answer: CrmAnswer | null
  /** The version of the CRM's settings; null when that was not noted. */
  readonly config: string | null
  /** How often it was parked, this time included; 0 when that was not noted. */
  readonly parks: number
}

/** The durable record of deliveries. Every method may be called twice. */
export interface Ledger {
  claim(crm: string, leadKey: string, holder: string): Promise<ClaimResult>
  recordWrite(crm: string, written: WriteRecord): Promise<void>
  settle(crm: string, leadKey: string, stored: StoredOutcome): Promise<void>
  /** `reason` is a sentence for a person. */
  park(crm: string, leadKey: string, reason: string, code: DeliveryErrorCode, tried?: Omit<Tried, 'parks'>): Promise<void>
  /** A person gives a parked delivery up. False when it is not parked (any more): then nothing was changed. */
  discard(crm: string, leadKey: string, reason: string): Promise<boolean>
  decline(crm: string, leadKey: string): Promise<void>
  /**
   * What was delivered of a contact that the caller has locked is to be delivered once more, quietly. Returns the leads whose jobs must be added;
   * asked again, the same.
   */
  reopenContact(crm: string, contactId: string): Promise<readonly string[]>
  /** What the lead is about; null when the ledger does not know, or no longer. */
  offer(leadKey: string): Promise<Lead['offer'] | null>
  /** Whether it may wait while the CRM is spared: it would ask the CRM for something, and is no do-not-contact. */
  canWait(crm: string, leadKey: string): Promise<boolean>
  /** Null when the ledger does not know it, or no longer. */
  entry(crm: string, leadKey: string): Promise<LedgerEntry | null>
  /** The delivery goes back to the queue in good order; `unavailable` tells since when (ms) the CRM has been down for it. */
  release(crm: string, leadKey: string, unavailable: boolean): Promise<number>
  /** When something was last delivered to this CRM, ms; 0 if never. */
  lastSuccess(crm: string): Promise<number>
}

/** A CRM that would write to an org. */
export interface OrgClaim {
  readonly crm: string
  /** Portal id, organization id. */
  readonly org: string
  /** What its file says. */
  readonly sharedOrg: boolean
}

export type OrgVerdict =
  /** `free`: it is bound to none yet, and may have this one. */
  | { readonly kind: 'bound' | 'free' }
  /** It belongs to another org. */
  | { readonly kind: 'elsewhere'; readonly bound: string }
  /** Another CRM has that org, and one of the two files does not say `sharedOrg: true`. */
  | { readonly kind: 'taken'; readonly by: string }
  /** Another CRM is about to be bound to it: ask again soon. */
  | { readonly kind: 'held'; readonly by: string }

export interface BoundOrg {
  readonly org: string
  /** ISO 8601; null when it was bound before that was noted. */
  readonly since: string | null
}

/** Which org each CRM writes to. Every method may be called twice. */
export interface OrgBindings {
  /** Whether it may write there; changes nothing. */
  check(claim: OrgClaim): Promise<OrgVerdict>
  /** The same, and where it is free nobody else may write there for a minute, so that two never make their first deliveries to one org. */
  hold(claim: OrgClaim): Promise<OrgVerdict>
  /** Binds it, where `check` allows that, until a person forgets it. */
  bind(claim: OrgClaim): Promise<OrgVerdict>
  /** What its file says now, for the other CRMs to ask. */
  note(crm: string, sharedOrg: boolean): Promise<void>
  /** Null before its first success. */
  of(crm: string): Promise<BoundOrg | null>
}

/** One contact is written by one delivery at a time per CRM. */
export interface ContactLock {
  /** False when the lock was lost. */
  renew(crm: string, contactId: string, holder: string): Promise<boolean>
  unlock(crm: string, contactId: string, holder: string): Promise<void>
}

export interface SuppressionList {
  of(contactId: string): Promise<readonly SuppressionEntry[]>
}

/** How much a CRM that failed everything is given, over all processes. */
export interface Circuits {
  /** Whether `turn` may begin; it ends by itself after `endsMs`. */
  enter(crm: string, turn: string, now: number, endsMs: number): Promise<boolean>
  /** Nothing succeeds there. Returns how long nothing is to be sent, ms; `askedMs` is what the CRM asked for. */
  fail(crm: string, turn: string, now: number, askedMs: number | undefined): Promise<number>
  /** Returns how many deliveries may be in hand from now on; 0 where that is no news. */
  succeed(crm: string, turn: string, now: number): Promise<number>
  /** The turn ended and told nothing. */
  leave(crm: string, turn: string): Promise<void>
  /** How many may be in hand; null: as many as want. */
  pace(crm: string): Promise<number | null>
  /** When the first one succeeded after nothing had, ms; 0: that never was so. */
  backAt(crm: string): Promise<number>
  close(crm: string): Promise<void>
}

/** Why a CRM's queue stands still, since when. */
export interface BlockedState {
  readonly code: string
  /** A sentence for a person. */
  readonly reason: string
  /** ISO 8601. */
  readonly since: string
}

/** What the daemon itself noted about each CRM. A queue that is paused without such a note was paused by a person. */
export interface CrmStates {
  /** False when it was blocked already: then the alert was given. */
  block(crm: string, state: BlockedState): Promise<boolean>
  unblock(crm: string): Promise<void>
  blocked(crm: string): Promise<BlockedState | null>
  /** Why its queue is held for a while; `since` stays while one hold follows the other. `until` in ms. */
  hold(crm: string, state: BlockedState, until: number): Promise<void>
  held(crm: string): Promise<BlockedState | null>
}
