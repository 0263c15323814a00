import type { DroppedField, RecordRef } from '../core/index.ts'

/** One line of a contact's history: names nobody, says what was decided and why. */
export interface TimelineLine {
  /** ISO 8601. */
  readonly at: string
  /** The lead's key. */
  readonly lead: string
  /** A sentence. */
  readonly reason: string | null
  /** Set on the lines of the lead itself; the others are of one of its deliveries. */
  readonly event?: 'received' | 'lifted'
  readonly channel?: string
  readonly action?: string | null
  /** Which offer it is about, as a do-not-contact would name it. */
  readonly offer?: string | null
  readonly crm?: string
  readonly outcome?: string
  /** Set while it is parked. */
  readonly code?: string | null
  readonly record?: RecordRef | null
  readonly dropped?: readonly DroppedField[]
}

interface Settled {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly lead: string
  readonly crm: string
  readonly outcome: string
  readonly record: RecordRef | null
  readonly dropped: readonly DroppedField[]
  readonly reason: string | null
  readonly code: string | null
}

export function settledLine({ at, code, ...settled }: Settled): TimelineLine {
  return { at: new Date(at).toISOString(), ...settled, ...(code === null ? {} : { code }) }
}

interface Received {
  readonly at: string
  readonly lead: string
  readonly channel: string
  readonly action: string | null
  readonly offer: string | null
  /** What a do-not-contact covers: an offer, or `*` for the whole contact; null for any other lead. */
  readonly suppresses: string | null
}

export function receivedLine({ suppresses, ...received }: Received): TimelineLine {
  const reason = suppresses === null ? null : `Do not contact: noted for ${scopeText(suppresses)}.`
  return { ...received, event: 'received', reason }
}

/** For a lead by which the customer asks to be contacted again; it is kept only where there was something to lift. */
export function liftedLine(
  { at, lead, action }: Pick<Received, 'at' | 'lead' | 'action'>,
  scopes: readonly string[],
): TimelineLine {
  const reason = `${action}: the customer asks to be contacted, which lifts an earlier do-not-contact for ${scopes.map(scopeText).join(' or ')}.`
  return { at, lead, event: 'lifted', reason }
}

function scopeText(scope: string): string {
  return scope === '*' ? 'everything' : scope
}
