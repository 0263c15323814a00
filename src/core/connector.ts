import type { z } from 'zod'
import type { Catalog } from './catalog.ts'
import type { Finding } from './finding.ts'
import type { Log } from './log.ts'
import type { Mapping } from './mapping.ts'
import type { OptOutFields } from './opt-out.ts'
import type { CrmAdmin } from './provision.ts'
import type { QuotaRules } from './quota.ts'
import type { IdentityFields, Judged, Match, MatchKeys, RecordRef, RecordWrite, WriteOutcome } from './record.ts'
import type { TaskKey, TaskOutcome, TaskState, TaskWrite } from './task.ts'

/** The SDK-independent limits of one kind of CRM. */
export interface Limits {
  /** Most keys in one `match` call. */
  readonly matchBatch: number
  /** Most records in one `write` call. */
  readonly writeBatch: number
  /** Most tasks in one call of `createTasks`, `findTasks`, `readTasks` or `withdrawTasks`. */
  readonly taskBatch: number
  readonly concurrentRequests: number
}

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
  /** What an admin should know before leads come. Reads and probes only; a probe that can't be answered now rejects. */
  verify(mapping: Mapping, catalog: Catalog, signal: AbortSignal): Promise<readonly Finding[]>
  match(keys: readonly MatchKeys[], signal: AbortSignal): Promise<readonly Judged<Match>[]>
  /** Pure: the requests that `write` sends first for these records. */
  preview(writes: readonly RecordWrite[]): readonly HttpRequestPreview[]
  write(writes: readonly RecordWrite[], signal: AbortSignal): Promise<readonly Judged<WriteOutcome>[]>
  /**
   * The CRM's own id of each who may be given a task, spelled as in `MatchedRecord.owner`: an active person (or a team, where tasks may lie with
   * one), named as `TaskWrite.owner` is: by that id, e-mail or user name. Null: there is no such person. Reads only, and remembers for ten
   * minutes. Where the CRM does not say who its users are: null for a name; an id is its own, and `createTasks` leaves it out when the CRM refuses it.
   */
  assignees(owners: readonly string[], signal: AbortSignal): Promise<readonly Judged<string | null>[]>
  createTasks(tasks: readonly TaskWrite[], signal: AbortSignal): Promise<readonly Judged<TaskOutcome>[]>
  /**
   * The task that `createTasks` has made under this id, about this record, however it stands now; null where there is none, and where the record
   * is gone. Reads only.
   */
  findTasks(tasks: readonly TaskKey[], signal: AbortSignal): Promise<readonly Judged<RecordRef | null>[]>
  /** `refs` as `createTasks` gave them. */
  readTasks(refs: readonly RecordRef[], signal: AbortSignal): Promise<readonly Judged<TaskState>[]>
  /** Puts aside the open ones that nobody touched; answers how each stands afterwards. */
  withdrawTasks(refs: readonly RecordRef[], signal: AbortSignal): Promise<readonly Judged<TaskState>[]>
  stop(): Promise<void>
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
  /** How it counts requests. */
  readonly quota: QuotaRules
  create(settings: z.infer<S>, dependencies: ConnectorDependencies): Connector
  createAdmin(settings: z.infer<S>, dependencies: ConnectorDependencies): CrmAdmin
}
