import { type Lead, leadKey } from '../core/index.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

export interface DeliveryEntry {
  readonly state: string
  /** Why, in words. */
  readonly reason: string | null
  /** Of the error taxonomy, while it is parked. */
  readonly code: string | null
  /** `contact/33451`: where it stands in the CRM. */
  readonly record: string | null
}

/** What the ledger says of one lead; nothing in it names a person. */
export interface LeadEntry {
  readonly id: string
  /** By it timelines and job ids name the lead. */
  readonly key: string
  /** `accepted`, `held`, `quarantined`; `replayed` when it went on under another id. */
  readonly state: string
  /** ISO 8601. */
  readonly receivedAt: string | null
  /** False: no CRM was asked yet whether it wants it. */
  readonly routed: boolean
  readonly contactId: string | null
  /** CRM → `waiting`, `delivered:created`, `parked`, … */
  readonly deliveries: Readonly<Record<string, DeliveryEntry>>
}

/** Null when the ledger has never seen the lead, or no longer. */
export function findLead(scripts: Scripts, id: string): Promise<LeadEntry | null> {
  return findLeadByKey(scripts, leadKey(id))
}

export async function findLeadByKey(scripts: Scripts, key: string): Promise<LeadEntry | null> {
  const stored = await scripts.redis.hgetall(`${KeyPrefix}lead:${key}`)
  if (!stored.id) return null
  const deliveries: Record<string, DeliveryEntry> = {}
  for (const [field, state] of Object.entries(stored)) {
    const crm = /^crm:([^:]+)$/.exec(field)?.[1]
    if (crm) deliveries[crm] = { state, reason: about(crm, 'reason'), code: about(crm, 'code'), record: about(crm, 'record') }
  }
  return {
    id: stored.id,
    key,
    state: stored.s ?? '',
    receivedAt: stored.at === undefined ? null : new Date(Number(stored.at)).toISOString(),
    routed: stored.routed !== undefined,
    contactId: stored.c ?? null,
    deliveries,
  }

  function about(crm: string, what: string): string | null {
    return stored[`crm:${crm}:${what}`] ?? null
  }
}

/** The lead itself, personal data and all; null before it is routed and after its body aged out. */
export async function leadBody(scripts: Scripts, key: string): Promise<Lead | null> {
  const body = await scripts.redis.get(`${KeyPrefix}body:${key}`)
  return body === null ? null : (JSON.parse(body) as Lead)
}
