import { type Lead, leadKey, TokenTag } from '../core/index.ts'
import type { Entrant, LeadRegister, Recalled, Registered } from '../delivery/register.ts'
import { type LeadRules, leadArgument } from './lead-argument.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { seconds } from './retention.ts'

const DuplicateWindowMs = 24 * 60 * 60 * 1_000

export interface RegisterOptions extends LeadRules {
  /** Every CRM that leads are routed to: one of somebody who was forgotten is at its end in all of them before it is routed. */
  readonly crms: readonly string[]
}

/** Where leads become part of the ledger: duplicates, contact, suppression and counters move in one script. */
export class RedisLeadRegister implements LeadRegister {
  readonly #scripts: Scripts
  readonly #options: RegisterOptions

  constructor(scripts: Scripts, options: RegisterOptions) {
    this.#scripts = scripts
    this.#options = options
  }

  async admit(entrant: Entrant): Promise<Registered> {
    const answer = (await this.#scripts.run('admit', JSON.stringify(this.#argument(entrant)))) as [
      string,
      string,
      string,
      number,
      ...string[],
    ]
    const [status, leadId, state, routed, ...waiting] = answer
    return { status: status as Registered['status'], leadId, state, routed: routed === 1, waiting }
  }

  /** What an earlier request with this idempotency key was answered. */
  async recall(idempotencyKey: string): Promise<Recalled | null> {
    const [body, leadId, status] = await this.#scripts.redis.hmget(`${KeyPrefix}idem:${idempotencyKey}`, 'body', 'id', 'status')
    return body && leadId && status ? { body, leadId, status } : null
  }

  #argument(entrant: Entrant): object {
    const { crms, retention } = this.#options
    return {
      k: leadKey(entrant.id),
      id: entrant.id,
      kind: entrant.kind,
      received: Date.parse(entrant.receivedAt),
      receipt: entrant.receipt ?? undefined,
      from: entrant.replayOf === undefined ? undefined : leadKey(entrant.replayOf),
      ...(entrant.lead?.test ? { testToken: tokenOf(entrant.lead), receivedAt: entrant.receivedAt } : {}),
      content: entrant.contentKey ?? undefined,
      idem: entrant.idempotency?.key,
      idemBody: entrant.idempotency?.body,
      windowMs: DuplicateWindowMs,
      markerSeconds: seconds(retention.journalDays),
      bodySeconds: seconds(retention.bodyDays),
      ledgerSeconds: seconds(retention.ledgerDays),
      everyCrm: crms,
      ...(entrant.lead ? leadArgument(entrant.lead, this.#options) : {}),
      ...(entrant.route ? { crms: entrant.route, body: JSON.stringify(entrant.lead) } : {}),
      followUpCrm: entrant.followUpCrm ?? undefined,
    }
  }
}

/** The name of the intake token that the lead came by; empty when it came by another way. */
function tokenOf({ tags }: Lead): string {
  return tags.find((tag) => tag.startsWith(TokenTag))?.slice(TokenTag.length) ?? ''
}
