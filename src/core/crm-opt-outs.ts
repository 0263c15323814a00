import { isOptOutField, type OptOutFields } from './opt-out.ts'
import type { ContactChannel, Match, RecordWrite, WriteOutcome } from './record.ts'
import type { SuppressionEntry } from './suppression.ts'

/** What one CRM's own opt-outs said of a contact when its record was last read. Times are ISO 8601 in UTC. */
export interface CrmOptOuts {
  /** Channel → since when the CRM has been seen to say so; when the person said it, no CRM tells. */
  readonly said: Readonly<Partial<Record<ContactChannel, string>>>
  /** Those of them that Leadsync itself closed for a DNC lead: its own word is no evidence that the person said anything to this CRM. */
  readonly byUs: readonly ContactChannel[]
}

const Channels: readonly ContactChannel[] = ['email', 'phone']

/** What a match says; of several records any one's no counts. A channel that is open again is forgotten: closed anew it is the CRM's word. */
export function optOutsRead(match: Match, before: CrmOptOuts | null, now: string): CrmOptOuts {
  // A search that lags finds nobody; only a record that is gone has nothing more to say.
  if (match.kind === 'none' && !match.deleted && before) return before
  const records = match.kind === 'one' ? [match.record] : match.kind === 'many' ? match.records : []
  const closed = Channels.filter((channel) => records.some(({ optOuts }) => optOuts.includes(channel)))
  return {
    said: Object.fromEntries(closed.map((channel) => [channel, before?.said[channel] ?? now])),
    byUs: closed.filter((channel) => before?.byUs.includes(channel)),
  }
}

/**
 * After a write that closed channels. Where the CRM refused one of its opt-out fields, or the answer to the write was lost with this process,
 * nobody can tell any more who closed it: then it counts as the CRM's own word, for in doubt nobody is called.
 */
export function optOutsWritten(
  read: CrmOptOuts,
  { optOut = [] }: RecordWrite,
  { object, dropped }: WriteOutcome,
  fields: OptOutFields,
  now: string,
): CrmOptOuts {
  if (optOut.length === 0 || dropped.some(({ field }) => isOptOutField(fields, object, field))) return read
  const closed = Object.fromEntries(optOut.map((channel) => [channel, now]))
  return { said: { ...closed, ...read.said }, byUs: Channels.filter((one) => read.byUs.includes(one) || optOut.includes(one)) }
}

/** As suppressions, each of its own channel, of whatever offer; without what Leadsync itself closed. */
export function crmSuppression(crm: string, optOuts: CrmOptOuts | null): readonly SuppressionEntry[] {
  const said = Object.entries(optOuts?.said ?? {}) as [ContactChannel, string][]
  return said
    .filter(([channel]) => !optOuts?.byUs.includes(channel))
    .map(([channel, since]) => ({ source: 'crm', crm, channel, offer: null, since, liftedAt: null }))
}
