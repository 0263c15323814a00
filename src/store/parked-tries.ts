import type { CrmAnswer } from '../core/index.ts'
import type { Tried } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** What stands in the ledger of a delivery's last try, whatever became of the delivery since. */
export async function readTried({ redis }: Scripts, crm: string, leadKey: string): Promise<Tried> {
  const field = `crm:${crm}`
  const facts = [`${field}:answer`, `${field}:config`, `${field}:parks`]
  const [answer, config, parks] = await redis.hmget(`${KeyPrefix}lead:${leadKey}`, ...facts)
  return { answer: answer ? (JSON.parse(answer) as CrmAnswer) : null, config: config ?? null, parks: Number(parks ?? 0) }
}

/** The same of deliveries that were ever parked; null of others. */
export function parkedTries(scripts: Scripts): (crm: string, leadKey: string) => Promise<Tried | null> {
  return async (crm, leadKey) => {
    const tried = await readTried(scripts, crm, leadKey)
    return tried.parks === 0 ? null : tried
  }
}
