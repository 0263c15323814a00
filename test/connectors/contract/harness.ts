import type {
  Connector,
  ConnectorDependencies,
  ConnectorModule,
  ContactChannel,
  CrmAdmin,
  DecideRules,
  DeliveryErrorCode,
  FieldRule,
  Fields,
  RecordRef,
} from '../../../src/core/index.ts'
import type { Taken } from './tap.ts'

/** All that the contract suite knows of one kind of CRM. The suite itself names no CRM, no path and no field. */
export interface ContractHarness {
  readonly facts: CrmFacts
  readonly faults: CrmFaults
  readonly sales: Sales
  /** An empty stand-in on 127.0.0.1 that has `/_sandbox/*` and no rate limit in the way. It goes by its own clock, which must move between two changes. */
  start(): Promise<StandIn>
  /** `baseUrl` is not the stand-in's own: a tap listens in between. A stand-in that spells absolute addresses takes them from the Host header. */
  connect(options: ConnectOptions): Connector
  connectAdmin(options: ConnectOptions): CrmAdmin
}

export interface StandIn {
  readonly url: string
  stop(): Promise<void>
}

export interface ConnectOptions {
  readonly baseUrl: string
  /** For one request; null: the default. */
  readonly timeoutMs: number | null
  readonly dependencies: ConnectorDependencies
}

export interface CrmFacts {
  /** The object kind of new records. */
  readonly target: string
  readonly optOutFields: ConnectorModule['optOutFields']
  /** What must be seen nowhere: tokens, keys. */
  readonly secrets: readonly string[]
  /** E-mails of people in the CRM. */
  readonly sellers: { readonly active: readonly [string, string]; readonly inactive: string }
  /** Who may have no task for good, or may have one though no person: the CRM's own words for teams and queues. */
  readonly groups: Readonly<Record<string, boolean>>
  /** An id as people may write it who copy it from elsewhere. */
  otherSpelling(id: string): string
  /** The shortest `timeoutMs` that the settings allow. */
  readonly shortestTimeoutMs: number
  readonly fields: CrmFields
  /** What the n-th new record carries beside its identity, because the CRM demands it; at least one field. */
  newFields(n: number): Fields
  /** The same as mapping rules. */
  readonly newRules: Readonly<Record<string, FieldRule>>
  /** What the CRM refuses as an e-mail address; null when it takes any text. */
  readonly refusedEmail: string | null
  /** Fields that change at every write, whatever is written. */
  readonly restless: readonly string[]
  /** `METHOD path` of every request that may be made twice. */
  readonly repeatable: readonly RegExp[]
  /** `METHOD path` of requests that would make something anew each time, and that a look-up goes before. */
  readonly lookedUpFirst: readonly RegExp[]
  /** The CRM's own names of people, tasks and notes, and of opting out: all that delivering may write to. */
  readonly mayBeWritten: readonly string[]
  /** Which of the CRM's objects a request writes to, those in its body too; whatever is not known to be a question counts. */
  writtenBy(request: Taken): readonly string[]
  /** Most requests for 1,000 fresh leads with a task each, at full batches, descriptions and tokens included. */
  readonly requestsPerThousand: number
  /** So many that the stand-in lists them on more than one page, and beyond what it shows in one search. */
  readonly morePeopleThanAPage: number
  /** Whether the CRM itself takes no second task or note of ours; else its marker is looked for, and who is carried out late is not seen. */
  readonly hasUniqueActivities: boolean
  /** Whether the connector can get a new token by itself. */
  readonly renewsToken: boolean
}

export interface CrmFields {
  /** Two plain, optional texts of at least 100 characters that nothing else here writes. */
  readonly text: string
  readonly otherText: string
  /** A text of several lines. */
  readonly longText: string
  readonly option: { readonly name: string; readonly allowed: string; readonly refused: string }
  readonly readOnly: string
  /** A name that the CRM does not have. */
  readonly missing: string
  readonly lastLeadAt: string
  readonly phone: string
  readonly lastName: string
  readonly optOut: { readonly name: string; readonly channel: ContactChannel }
  readonly markers: DecideRules['doNotContact']['markers']
}

/** One of what `POST /_sandbox/faults` takes. Neither status, reset nor delay: it hangs. */
export interface FaultRule {
  readonly match?: {
    readonly method?: string
    readonly path?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly times?: number
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly delayMs?: number
  readonly commit?: boolean
  readonly commitAfterMs?: number
  readonly reset?: boolean
  readonly cut?: boolean
}

/** One way in which the CRM says no to everything, and what a connector must make of it when its clock shows `Noon`. */
export interface Signal {
  readonly rule: FaultRule
  readonly code: DeliveryErrorCode
  /** Null: the CRM gives none, and has none that everybody knows. */
  readonly retryAfterMs: number | null
}

export type SignalName =
  | 'a rate limit with a delay'
  | 'a rate limit without a delay'
  | 'a used-up quota with a delay'
  | 'a used-up quota without a delay'
  | 'a refused token'
  | 'a missing permission'
  | 'an unavailable CRM'
  | 'an unavailable CRM with a delay'
  | 'a conflict'
  | 'an HTML error'
  | 'an HTML success'

export interface CrmFaults {
  readonly signals: Readonly<Record<SignalName, Signal>>
  /** What only this CRM says. */
  readonly moreSignals: Readonly<Record<string, Signal>>
  /** The requests by which new records are made, for faults that strike the writing. */
  readonly creating: NonNullable<FaultRule['match']>
  /** The same for changes to known records. */
  readonly updating: NonNullable<FaultRule['match']>
  /** The requests by which tasks are made. */
  readonly creatingTasks: NonNullable<FaultRule['match']>
  /** Strikes a call that creates records and then updates others, once, after its first request. */
  readonly tokenExpires: FaultRule
  /** The credential may not read what fields there are; null when it always may. */
  readonly catalogForbidden: FaultRule | null
}

/** What people do in the CRM while Leadsync isn't looking. `url` is the stand-in's. Null: this CRM has no such thing. */
export interface Sales {
  create(url: string, fields: Fields): Promise<string>
  change(url: string, id: string, fields: Fields): Promise<void>
  remove(url: string, id: string): Promise<void>
  optOut(url: string, id: string): Promise<void>
  /** The CRM's own id of whoever has this e-mail, active or not. */
  userId(url: string, email: string): Promise<string>
  /** Makes a person responsible for a record. */
  give(url: string, id: string, userId: string): Promise<void>
  /** Somebody leaves. */
  deactivate(url: string, userId: string): Promise<void>
  /** Changes something of a task, as somebody who works it would. */
  workTask(url: string, id: string): Promise<void>
  completeTask(url: string, id: string): Promise<void>
  removeTask(url: string, id: string): Promise<void>
  /** Two records that are both this person, the second changed last, and of which only a person can tell the right one. */
  makeTwins(url: string, email: string, contactId: string): Promise<readonly [string, string]>
  /** Deletes for privacy's sake. */
  readonly erase: ((url: string, id: string) => Promise<void>) | null
  readonly merge: ((url: string, survivor: string, loser: string) => Promise<void>) | null
  readonly close: ((url: string, id: string) => Promise<void>) | null
  /** Answers the record that it became. */
  readonly convert: ((url: string, id: string) => Promise<RecordRef>) | null
}
