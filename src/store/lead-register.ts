import {
  contactId,
  contactKey,
  type DoNotContactRules,
  hmac,
  identityKeys,
  isDoNotContact,
  type Lead,
  leadKey,
  TokenTag,
} from '../core/index.ts'
import type { Entrant, LeadRegister, Recalled, Registered } from '../delivery/register.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'

const DuplicateWindowMs = 24 * 60 * 60 * 1_000

export interface RegisterOptions {
  readonly secret: string
  readonly doNotContact: DoNotContactRules
  readonly retention: Retention
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
    const { retention } = this.#options
    return {
      k: leadKey(entrant.id),
      id: entrant.id,
      kind: entrant.kind,
      received: Date.parse(entrant.receivedAt),
      receipt: entrant.receipt ?? undefined,
      ...(entrant.lead?.test ? { testToken: tokenOf(entrant.lead), receivedAt: entrant.receivedAt } : {}),
      content: entrant.contentKey ?? undefined,
      idem: entrant.idempotency?.key,
      idemBody: entrant.idempotency?.body,
      windowMs: DuplicateWindowMs,
      markerSeconds: seconds(retention.journalDays),
      bodySeconds: seconds(retention.bodyDays),
      ledgerSeconds: seconds(retention.ledgerDays),
      ...(entrant.lead && entrant.kind === 'accepted' ? this.#contact(entrant.lead) : {}),
      ...(entrant.route ? { crms: entrant.route, body: JSON.stringify(entrant.lead) } : {}),
    }
  }

  #contact(lead: Lead): object {
    const { secret, doNotContact } = this.#options
    const keys = identityKeys(lead)
    const phone = keys.phone
    const offer = offerKey(lead)
    return {
      occurred: Date.parse(lead.occurredAt),
      email: keys.email ? hmac(secret, 'email', keys.email) : undefined,
      phone: phone ? hmac(secret, 'phone', `${phone.number}:${phone.lastName}`) : undefined,
      number: phone ? hmac(secret, 'number', phone.number) : undefined,
      lastName: phone ? hmac(secret, 'name', phone.lastName) : undefined,
      mint: contactId(contactKey(lead), secret),
      // For a lead whose only key turns out to be none: its number is shared by people of several last names.
      mintAlone: contactId(`lead:${lead.id}`, secret),
      dnc: isDoNotContact(lead) ? (doNotContact.scope === 'offer' ? (offer ?? '*') : '*') : undefined,
      // "Contact me" about an offer takes back the no to that offer and a no to everything, never one to another offer.
      release: lead.action && doNotContact.release.includes(lead.action) ? ['*', ...(offer ? [offer] : [])] : [],
    }
  }
}

/** The name of the intake token that the lead came by; empty when it came by another way. */
function tokenOf({ tags }: Lead): string {
  return tags.find((tag) => tag.startsWith(TokenTag))?.slice(TokenTag.length) ?? ''
}

/** Which offer a do-not-contact covers: `publisher.offer`, else the title, else null. Lower case. */
function offerKey(lead: Pick<Lead, 'offer'>): string | null {
  const { publisherId, offerId, title } = lead.offer
  const name = offerId ? `${publisherId ?? ''}.${offerId}` : title
  return name ? name.toLowerCase() : null
}
