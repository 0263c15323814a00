import { KeyPrefix, type Scripts } from './redis.ts'

const LeadCounts = ['received', 'accepted', 'duplicates', 'quarantined', 'held', 'unrouted', 'possibleDuplicates'] as const
/** What can become of an accepted lead in one CRM, `created`, `updated` and `unchanged` being parts of `delivered`. */
export const OutcomeCounts = [
  'delivered',
  'created',
  'updated',
  'unchanged',
  'suppressed',
  'notWanted',
  'parked',
  'discarded',
  'forgotten',
  'waiting',
] as const

export type LeadCounters = Readonly<Record<(typeof LeadCounts)[number], number>>
export type CrmCounters = Readonly<Record<'accepted' | (typeof OutcomeCounts)[number], number>>

export interface Counters extends LeadCounters {
  readonly crms: Readonly<Record<string, CrmCounters>>
}

/**
 * Since the installation's beginning: `received = accepted + duplicates + quarantined + held`, and per CRM `accepted = delivered + suppressed +
 * notWanted + parked + discarded + forgotten + waiting`. They move only in the scripts that move the ledger. `possibleDuplicates` counts pairs of
 * contacts, each once.
 */
export async function readCounters(scripts: Scripts, crms: readonly string[]): Promise<Counters> {
  const stored = await scripts.redis.hgetall(`${KeyPrefix}counters`)
  const perCrm: Record<string, CrmCounters> = {}
  for (const crm of crms) perCrm[crm] = pick(['accepted', ...OutcomeCounts], (name) => stored[`crm:${crm}:${name}`])
  return { ...pick(LeadCounts, (name) => stored[name]), crms: perCrm }
}

function pick<Name extends string>(names: readonly Name[], read: (name: Name) => string | undefined): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, Number(read(name) ?? 0)])) as Record<Name, number>
}
