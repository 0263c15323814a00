import type { AlertEvent } from '../core/index.ts'

/** Something that a person has to see to. Nothing in it names the customer. */
export interface Alert {
  readonly event: AlertEvent
  /** Null where no CRM is concerned. */
  readonly crm: string | null
  /** The ledger's key of the lead, never its own id, which may be an e-mail. */
  readonly lead: string | null
  readonly code?: string
  /** Why, a sentence for a person. */
  readonly reason: string | null
}

export interface Alerts {
  /** Never rejects, and never waits for whoever is told: an alert holds nothing up. */
  raise(alert: Alert): Promise<void>
}

export type AlertSample = Required<Pick<Alert, 'lead' | 'reason'>> & { readonly code: string | null }

/** Which alerts are gathered together, and sent one batch after the other. */
export type AlertLane = Pick<Alert, 'event' | 'crm'>

/** Where a batch is; `id` is its own, under which it is sent, however often it is. */
export interface AlertBatchRef extends AlertLane {
  readonly id: string
}

/** What was gathered. */
export interface AlertBatch extends AlertBatchRef {
  readonly count: number
  /** When its first and its last alert was raised, ms. */
  readonly since: number
  readonly until: number
  /** The first few. */
  readonly samples: readonly AlertSample[]
}

/** Where alerts are until somebody was told of them. */
export interface AlertLog {
  /** Puts it into its lane's open batch. `opened`: it is the first one there. */
  gather(alert: Alert, now: number): Promise<{ readonly batch: AlertBatchRef; readonly opened: boolean }>
  /**
   * Closes the batch for sending; the same batch whenever it is asked for again. `busy`: another one of its lane is not sent yet; `gone`: it was
   * sent, or given up.
   */
  take(batch: AlertBatchRef): Promise<AlertBatch | 'busy' | 'gone'>
  /** It was sent, or given up. */
  forget(batch: AlertBatchRef): Promise<void>
  /** Those that are open, or taken and not forgotten. */
  standing(): Promise<readonly AlertBatchRef[]>
}
