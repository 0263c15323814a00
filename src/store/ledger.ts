import { type DeliveryErrorCode, isDoNotContact, type Lead } from '../core/index.ts'
import type {
  Claim,
  ClaimResult,
  ContactLink,
  Ledger,
  LedgerEntry,
  StoredOutcome,
  Tried,
  WriteRecord,
} from '../delivery/ports.ts'
import { readTried } from './parked-tries.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'
import { readSuppression } from './suppression-list.ts'
import { settledLine } from './timeline.ts'

export interface LedgerOptions {
  readonly lockMs: number
  readonly retention: Retention
  now(): number
}

type Claimed = [
  kind: string,
  contactId: string,
  body: string,
  step: Claim['step'],
  written: string,
  tries: number,
  joined: string,
  link: string,
  suppression: string[],
  followUp: 'here' | 'elsewhere' | '',
  again: number,
  lost: number,
]

/** Lead × CRM → step reached, outcome, CRM record; one hash per lead. */
export class RedisLedger implements Ledger {
  readonly #scripts: Scripts
  readonly #options: LedgerOptions

  constructor(scripts: Scripts, options: LedgerOptions) {
    this.#scripts = scripts
    this.#options = options
  }

  async claim(crm: string, leadKey: string, holder: string): Promise<ClaimResult> {
    const answer = (await this.#scripts.run('claim', leadKey, crm, holder, this.#options.lockMs)) as [string, ...unknown[]]
    switch (answer[0]) {
      case 'missing':
        return { kind: 'missing' }
      case 'unrouted':
        return { kind: 'unrouted' }
      case 'settled':
        return { kind: 'settled', outcome: String(answer[1]) }
      case 'locked':
        return { kind: 'locked', holder: String(answer[1]) }
      default:
        return { kind: 'claimed', claim: readClaim(leadKey, answer as Claimed) }
    }
  }

  async recordWrite(crm: string, written: WriteRecord): Promise<void> {
    const { leadKey, contactId, stored, link } = written
    await this.#scripts.run(
      'record-write',
      JSON.stringify({ k: leadKey, crm, contactId, outcome: JSON.stringify(stored), link: JSON.stringify(link) }),
    )
  }

  async settle(crm: string, leadKey: string, stored: StoredOutcome): Promise<void> {
    const outcome = stored.outcome === 'delivered' && stored.result ? `delivered:${stored.result}` : stored.outcome
    await this.#end(crm, leadKey, { outcome, reason: stored.reason, stored })
  }

  async park(
    crm: string,
    leadKey: string,
    reason: string,
    code: DeliveryErrorCode,
    tried: Omit<Tried, 'parks'> = { answer: null, config: null },
  ): Promise<void> {
    await this.#end(crm, leadKey, { outcome: 'parked', reason, code, tried })
  }

  discard(crm: string, leadKey: string, reason: string): Promise<boolean> {
    return this.#end(crm, leadKey, { outcome: 'discarded', reason })
  }

  async decline(crm: string, leadKey: string): Promise<void> {
    await this.#end(crm, leadKey, { outcome: 'notWanted', reason: null })
  }

  async reopenContact(crm: string, contactId: string): Promise<readonly string[]> {
    return (await this.#scripts.run('reopen-contact', contactId, crm, this.#options.retention.timelineTouches)) as string[]
  }

  async offer(leadKey: string): Promise<Lead['offer'] | null> {
    const body = await this.#scripts.redis.get(`${KeyPrefix}body:${leadKey}`)
    return body === null ? null : (JSON.parse(body) as Lead).offer
  }

  async canWait(crm: string, leadKey: string): Promise<boolean> {
    const { redis } = this.#scripts
    const field = `crm:${crm}`
    const [[state, written], body] = await Promise.all([
      redis.hmget(`${KeyPrefix}lead:${leadKey}`, field, `${field}:written`),
      redis.get(`${KeyPrefix}body:${leadKey}`),
    ])
    const isNew = written === null && (state === 'waiting' || state === 'ask' || state === 'parked')
    return isNew && body !== null && !isDoNotContact(JSON.parse(body) as Lead)
  }

  async entry(crm: string, leadKey: string): Promise<LedgerEntry | null> {
    const { redis } = this.#scripts
    const key = `${KeyPrefix}lead:${leadKey}`
    const field = `crm:${crm}`
    const [[leadId, state, reason, code], tried] = await Promise.all([
      redis.hmget(key, 'id', field, `${field}:reason`, `${field}:code`),
      readTried(this.#scripts, crm, leadKey),
    ])
    return leadId && state ? { leadId, state, reason: reason ?? null, code: code ?? null, tried } : null
  }

  async release(crm: string, leadKey: string, unavailable: boolean): Promise<number> {
    return Number(await this.#scripts.run('release', leadKey, crm, this.#options.now(), unavailable ? '1' : '0'))
  }

  async lastSuccess(crm: string): Promise<number> {
    return Number((await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'lastSuccess')) ?? 0)
  }

  /** True when it was this call that ended it. */
  async #end(crm: string, leadKey: string, { outcome, reason, code, stored, tried }: End): Promise<boolean> {
    const { retention, now } = this.#options
    const at = now()
    const record = stored?.record ?? null
    const line = settledLine({
      at,
      lead: leadKey,
      crm,
      outcome,
      record,
      dropped: stored?.dropped ?? [],
      rule: stored?.rule ?? null,
      reason,
      code: code ?? null,
    })
    const ended = await this.#scripts.run(
      'settle',
      JSON.stringify({
        k: leadKey,
        crm,
        outcome,
        reason: reason ?? undefined,
        code,
        answer: tried?.answer ? JSON.stringify(tried.answer) : undefined,
        config: tried?.config ?? undefined,
        record: record ? `${record.object}/${record.id}` : undefined,
        line: JSON.stringify(line),
        now: at,
        touches: retention.timelineTouches,
        timelineSeconds: seconds(retention.timelineDays),
        bodySeconds: seconds(retention.bodyDays),
        ledgerSeconds: seconds(retention.ledgerDays),
      }),
    )
    return ended === 1
  }
}

interface End {
  readonly outcome: string
  readonly reason: string | null
  readonly code?: string
  readonly tried?: Omit<Tried, 'parks'>
  readonly stored?: StoredOutcome
}

function readClaim(leadKey: string, answer: Claimed): Claim {
  const [, contactId, body, step, written, tries, joined, link, suppression, followUp, again, lost] = answer
  return {
    leadKey,
    lead: JSON.parse(body) as Lead,
    contactId,
    joinedIds: joined === '' ? [] : joined.split(' '),
    step,
    written: written === '' ? null : (JSON.parse(written) as StoredOutcome),
    tries,
    suppression: readSuppression(suppression),
    link: readLink(link),
    followUp: followUp === '' ? null : followUp,
    ...(again === 1 ? { again: true } : {}),
    ...(lost === 1 ? { lost: true } : {}),
  }
}

/** One that was stored before opt-outs were noted has none. */
export function readLink(stored: string): ContactLink {
  const nothing: ContactLink = { record: null, known: null, optOuts: null }
  return stored === '' ? nothing : { ...nothing, ...(JSON.parse(stored) as Partial<ContactLink>) }
}
