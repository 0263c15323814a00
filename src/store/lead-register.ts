import {
  contactId,
  contactKey,
  type DoNotContactRules,
  hmac,
  identityKeys,
  isDoNotContact,
  type Lead,
  leadKey,
} from '../core/index.ts'
import type { Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'

const DuplicateWindowMs = 24 * 60 * 60 * 1_000

/** One thing that came in. `receipt` tells a repetition after a crash (same receipt) from the same lead arriving again. */
export interface Entrant {
  readonly kind: 'accepted' | 'held' | 'quarantined'
  readonly id: string
  readonly receivedAt: string
  readonly receipt: string | null
  readonly contentKey: string | null
  readonly idempotency: { readonly key: string; readonly body: string } | null
  /** Null for what could not be understood. */
  readonly lead: Lead | null
  /** Which CRMs want it; null while it is not being routed. `ask`: the CRM's file is invalid now, it is asked at the claim. */
  readonly route: readonly { readonly name: string; readonly wants: 'yes' | 'no' | 'ask' }[] | null
}

export interface Registered {
  readonly status: 'accepted' | 'duplicate' | 'held' | 'quarantined'
  /** The id of the lead that counts: for a duplicate the first one's. */
  readonly leadId: string
  readonly state: string
  /** False: nobody has routed it yet, so its job may be missing. */
  readonly routed: boolean
  /** CRMs whose delivery still waits; filled when a route was given. */
  readonly waiting: readonly string[]
}

export interface RegisterOptions {
  readonly secret: string
  readonly doNotContact: DoNotContactRules
  readonly retention: Retention
}

/** Where leads become part of the ledger: duplicates, contact, suppression and counters move in one script. */
export class LeadRegister {
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
  async recall(idempotencyKey: string): Promise<{ body: string; leadId: string; status: string } | null> {
    const [body, leadId, status] = await this.#scripts.redis.hmget(`{leadsync}:idem:${idempotencyKey}`, 'body', 'id', 'status')
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
      dnc: isDoNotContact(lead) ? (doNotContact.scope === 'offer' ? (offer ?? '*') : '*') : undefined,
      // "Contact me" about an offer takes back the no to that offer and a no to everything, never one to another offer.
      release: lead.action && doNotContact.release.includes(lead.action) ? ['*', ...(offer ? [offer] : [])] : [],
    }
  }
}

/** The name of the intake token that the lead came by; empty when it came by another way. */
function tokenOf({ tags }: Lead): string {
  return tags.find((tag) => tag.startsWith('token:'))?.slice('token:'.length) ?? ''
}

/** Which offer a do-not-contact covers: `publisher.offer`, else the title, else null. Lower case. */
export function offerKey(lead: Pick<Lead, 'offer'>): string | null {
  const { publisherId, offerId, title } = lead.offer
  const name = offerId ? `${publisherId ?? ''}.${offerId}` : title
  return name ? name.toLowerCase() : null
}
