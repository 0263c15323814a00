import { leadKey } from '../core/index.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

export interface DeliveryEntry {
  readonly state: string
  /** Why, in words. */
  readonly reason: string | null
  /** `contact/33451`: where it stands in the CRM. */
  readonly record: string | null
}

/** What the ledger says of one lead; nothing in it names a person. */
export interface LeadEntry {
  readonly id: string
  readonly state: string
  readonly contactId: string | null
  /** CRM → `waiting`, `delivered:created`, `parked`, … */
  readonly deliveries: Readonly<Record<string, DeliveryEntry>>
}

/** Null when the ledger has never seen the lead, or no longer. */
export async function findLead(scripts: Scripts, id: string): Promise<LeadEntry | null> {
  const stored = await scripts.redis.hgetall(`${KeyPrefix}lead:${leadKey(id)}`)
  if (!stored.id) return null
  const deliveries: Record<string, DeliveryEntry> = {}
  for (const [field, state] of Object.entries(stored)) {
    const crm = /^crm:([^:]+)$/.exec(field)?.[1]
    if (crm) deliveries[crm] = { state, reason: stored[`crm:${crm}:reason`] ?? null, record: stored[`crm:${crm}:record`] ?? null }
  }
  return { id: stored.id, state: stored.s ?? '', contactId: stored.c ?? null, deliveries }
}
