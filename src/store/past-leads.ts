import type { Lead } from '../core/index.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'

/** A lead of the past as it stands with one CRM. */
export interface PastLead {
  readonly key: string
  /** What the ledger holds of it for this CRM; null: it was never asked. */
  readonly state: string | null
  /** False: no CRM was asked yet. */
  readonly routed: boolean
  /** Reopened by `redeliver`, and not at its end since. */
  readonly again: boolean
  /** Null when it aged out. */
  readonly lead: Lead | null
}

/** In ms since the epoch; the end is not in it. */
export interface TimeRange {
  readonly since: number
  readonly until: number
}

type Facts = readonly [string | null, string | null, string | null, string | null, string | null]

const LeadPrefix = `${KeyPrefix}lead:`

/** Every accepted lead that came in within the range, in parts as Redis finds them and in no order. One may be met twice. */
export async function* pastLeads(
  scripts: Scripts,
  crm: string,
  { since, until }: TimeRange,
): AsyncGenerator<readonly PastLead[]> {
  const { redis } = scripts
  for await (const keys of scanKeys(scripts, 'lead:*')) {
    const field = `crm:${crm}`
    const facts = await Promise.all(keys.map((key) => redis.hmget(key, 's', 'at', 'routed', field, `${field}:again`)))
    const within = keys.flatMap((key, index) => {
      const [status, at, routed, state, again] = (facts[index] ?? []) as unknown as Facts
      const isWithin = status === 'accepted' && Number(at) >= since && Number(at) < until
      return isWithin ? [{ key: key.slice(LeadPrefix.length), routed: routed !== null, state, again: again !== null }] : []
    })
    const bodies = within.length === 0 ? [] : await redis.mget(within.map(({ key }) => `${KeyPrefix}body:${key}`))
    yield within.map((one, index) => ({ ...one, lead: leadIn(bodies[index] ?? null) }))
  }
}

function leadIn(body: string | null): Lead | null {
  return body === null ? null : (JSON.parse(body) as Lead)
}

/** `open`: it waits or is parked. `ended`: a person gave it up, or its person was forgotten. `gone`: nothing is left of it to deliver. */
export type Reopened = 'reopened' | 'open' | 'ended' | 'gone'

/** Has a delivery wait once more; it goes back into the counters as it does. Every delivery may be reopened twice. */
export async function reopen(
  scripts: Scripts,
  crm: string,
  key: string,
  { followUps }: { readonly followUps: boolean },
): Promise<Reopened> {
  return (await scripts.run('reopen', key, crm, followUps ? 'with-follow-ups' : 'quiet')) as Reopened
}
