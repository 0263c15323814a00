import type { DroppedField, RecordRef, Rule, SuppressionEntry } from '../core/index.ts'
import type { NearReason } from './possible-duplicates.ts'

/** One line of a contact's history: names nobody, says what was decided and why. */
export interface TimelineLine {
  /** ISO 8601. */
  readonly at: string
  /** The lead's key; null on what a person did, and on what another contact's lead showed. */
  readonly lead: string | null
  /** A sentence, or the words of the person who did it. */
  readonly reason: string | null
  /** Set on the lines of the lead itself, of a person and of a follow-up; the others are of one of its deliveries. */
  readonly event?: 'received' | 'again' | 'suppressed' | 'lifted' | 'possible-duplicate' | 'follow-up'
  /** Who said that somebody must not be contacted, or took it back without a lead. */
  readonly source?: SuppressionEntry['source']
  /** The way by which the lead came, or by which somebody must not be contacted. */
  readonly channel?: string
  readonly action?: string | null
  /** The other one of two that may be one person. */
  readonly contact?: string
  /** What the two share. */
  readonly why?: NearReason
  /** Which offer it is about, as a do-not-contact would name it. */
  readonly offer?: string | null
  readonly crm?: string
  /** Of the follow-up that the line is about; absent where it is about all of it. */
  readonly step?: string
  readonly outcome?: string
  /** Set while it is parked. */
  readonly code?: string | null
  readonly record?: RecordRef | null
  readonly dropped?: readonly DroppedField[]
  /** Which rule made the decision. */
  readonly rule?: Rule
}

interface Settled {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly lead: string
  readonly crm: string
  readonly outcome: string
  readonly record: RecordRef | null
  readonly dropped: readonly DroppedField[]
  readonly rule: Rule | null
  readonly reason: string | null
  readonly code: string | null
}

export function settledLine({ at, code, rule, ...settled }: Settled): TimelineLine {
  return { at: new Date(at).toISOString(), ...settled, ...(rule === null ? {} : { rule }), ...(code === null ? {} : { code }) }
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

/** What was decided of a lead's follow-up as a whole. `at` in ms. */
export function followUpLine({ at, ...told }: { at: number; lead: string; crm: string; reason: string }): TimelineLine {
  return { at: new Date(at).toISOString(), event: 'follow-up', ...told }
}

interface Said {
  readonly source: SuppressionEntry['source']
  readonly channel: SuppressionEntry['channel']
  /** `*`: any. */
  readonly offer: string
  readonly reason: string
}

/** An admin or an opt-out list said no. `since` in ms. */
export function saidLine({ since, ...said }: Said & { readonly since: number }): TimelineLine {
  return personLine('suppressed', since, said)
}

/** An admin took it back. `at` in ms. */
export function takenBackLine({ at, ...said }: Said & { readonly at: number }): TimelineLine {
  return personLine('lifted', at, said)
}

/** An admin brought back from an export what the marketplace had said about these offers. `now` in ms. */
export function restoredLine(now: number, scopes: readonly string[]): TimelineLine {
  const offer = scopes.includes('*') ? '*' : scopes.toSorted().join(', ')
  return personLine('suppressed', now, { source: 'marketplace', channel: 'any', offer, reason: 'restored from an export' })
}

function personLine(event: 'suppressed' | 'lifted', at: number, { source, channel, offer, reason }: Said): TimelineLine {
  const about = { source, channel, offer: offer === '*' ? null : offer }
  return { at: new Date(at).toISOString(), lead: null, event, ...about, reason: reason || null }
}

function scopeText(scope: string): string {
  return scope === '*' ? 'everything' : scope
}
