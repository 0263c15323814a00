import {
  contactId,
  contactKey,
  type DoNotContactRules,
  identityKeys,
  isDoNotContact,
  type Lead,
  leadKey,
  TokenTag,
} from '../core/index.ts'
import type { Entrant, LeadRegister, Recalled, Registered } from '../delivery/register.ts'
import { digitsAlias, emailAlias, phoneAlias } from './aliases.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'
import { liftedLine, receivedLine } from './timeline.ts'

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
      from: entrant.replayOf === undefined ? undefined : leadKey(entrant.replayOf),
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
    const { secret, doNotContact, retention } = this.#options
    const keys = identityKeys(lead)
    const phone = keys.phone && phoneAlias(keys.phone, secret)
    const number = lead.person.phone ?? lead.person.phoneRaw
    const offer = offerKey(lead)
    const dnc = isDoNotContact(lead) ? (doNotContact.scope === 'offer' ? (offer ?? '*') : '*') : null
    // "Contact me" about an offer takes back the no to that offer and a no to everything, never one to another offer.
    const release = lead.action && doNotContact.release.includes(lead.action) ? ['*', ...(offer ? [offer] : [])] : []
    const { receivedAt: at, channel, action } = lead
    const entry = { at, lead: leadKey(lead.id), channel, action, offer, suppresses: dnc }
    return {
      occurred: Date.parse(lead.occurredAt),
      email: keys.email ? emailAlias(keys.email, secret) : undefined,
      phone: phone?.alias,
      number: phone?.number,
      lastName: phone?.lastName,
      digits: number === null ? undefined : digitsAlias(number, secret),
      mint: contactId(contactKey(lead), secret),
      // For a lead whose only key turns out to be none: its number is shared by people of several last names.
      mintAlone: contactId(`lead:${lead.id}`, secret),
      dnc: dnc ?? undefined,
      release,
      line: JSON.stringify(receivedLine(entry)),
      liftedLine: release.length > 0 ? JSON.stringify(liftedLine(entry, release)) : undefined,
      touches: retention.timelineTouches,
      timelineSeconds: seconds(retention.timelineDays),
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
