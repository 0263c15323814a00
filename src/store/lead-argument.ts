import {
  contactId,
  contactKey,
  type DoNotContactRules,
  fingerprint,
  hmac,
  identityKeys,
  isDoNotContact,
  type Lead,
  leadKey,
  nameHint,
  offerKey,
  offerKeys,
} from '../core/index.ts'
import { digitsAlias, emailAlias, phoneAlias } from './aliases.ts'
import { type Retention, seconds } from './retention.ts'
import { liftedLine, receivedLine } from './timeline.ts'

export interface LeadRules {
  readonly secret: string
  readonly doNotContact: DoNotContactRules
  readonly retention: Retention
}

/** ULIDs, and ids that Leadsync derived. Any other id came from outside and may be an e-mail address. */
const NamelessId = /^(?:[0-9A-Z]{26}|[a-z-]+-(?:[a-z2-7]{26}|[0-9a-f]{32}))$/

/** What the script that admits leads is told of one: whose it is, as HMACs, and what it says about whether they may be contacted. */
export function leadArgument(lead: Lead, { secret, doNotContact, retention }: LeadRules): object {
  const keys = identityKeys(lead)
  const phone = keys.phone && phoneAlias(keys.phone, secret)
  const number = lead.person.phone ?? lead.person.phoneRaw
  const offer = offerKey(lead)
  const dnc = isDoNotContact(lead) ? (doNotContact.scope === 'offer' ? (offer ?? '*') : '*') : null
  // "Contact me" about an offer takes back the no to that offer and a no to everything, never one to another offer.
  const release = lead.action && doNotContact.release.includes(lead.action) ? ['*', ...offerKeys(lead)] : []
  const { receivedAt: at, channel, action } = lead
  const entry = { at, lead: leadKey(lead.id), channel, action, offer, suppresses: dnc }
  const prints = fingerprint(lead)
  const hint = nameHint(lead.person)
  return {
    occurred: Date.parse(lead.occurredAt),
    channel,
    at,
    nameless: NamelessId.test(lead.id),
    email: keys.email ? emailAlias(keys.email, secret) : undefined,
    phone: phone?.alias,
    number: phone?.number,
    lastName: phone?.lastName,
    digits: number === null ? undefined : digitsAlias(number, secret),
    offer: offer === null ? undefined : hmac(secret, 'offer', offer),
    prints: { email: print(prints.email), phone: print(prints.phone) },
    hint: hint === null ? undefined : hmac(secret, 'name-and-company', hint),
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

  function print(text: string | null): string | undefined {
    return text === null ? undefined : hmac(secret, 'fingerprint', text)
  }
}
