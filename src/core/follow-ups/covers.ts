import { isDoNotContact, type Lead } from '../lead.ts'
import { mayBeOffer } from '../offer-key.ts'
import type { ContactChannel } from '../record.ts'
import { type SuppressionEntry, stands } from '../suppression.ts'

/** Whether a salesperson may follow a lead up by one channel, and what stands against it. */
export type FollowUpVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'covered'; readonly by: SuppressionEntry }
  /** The lead asks for none, whatever stands. */
  | { readonly kind: 'none'; readonly reason: string }

export type FollowUpVerdicts = Readonly<Record<ContactChannel, FollowUpVerdict>>

/**
 * Whether a no stands against one channel about the offer of a lead. A lead that names no offer, or names it in another way than the no did,
 * may be about the one that was refused: in doubt nobody is called.
 */
export function covers(entry: SuppressionEntry, lead: Pick<Lead, 'offer'>, channel: ContactChannel): boolean {
  return closes(entry, channel) && (entry.offer === null || mayBeOffer(entry.offer, lead))
}

/** About which offers a channel is closed: `any`, or their keys, which may be none. */
export function refusedOffers(suppression: readonly SuppressionEntry[], channel: ContactChannel): 'any' | readonly string[] {
  const offers = suppression.filter((entry) => closes(entry, channel)).map((entry) => entry.offer)
  if (offers.includes(null)) return 'any'
  return [...new Set(offers.filter((offer) => offer !== null))].sort()
}

function closes(entry: SuppressionEntry, channel: ContactChannel): boolean {
  return stands(entry) && (entry.channel === 'any' || entry.channel === channel)
}

/** By which channels a lead may be followed up, given all that was said against its contact, the CRM's own opt-outs among it. */
export function followUps(lead: Pick<Lead, 'action' | 'offer'>, suppression: readonly SuppressionEntry[]): FollowUpVerdicts {
  return { email: verdict(lead, 'email', suppression), phone: verdict(lead, 'phone', suppression) }
}

function verdict(
  lead: Pick<Lead, 'action' | 'offer'>,
  channel: ContactChannel,
  suppression: readonly SuppressionEntry[],
): FollowUpVerdict {
  if (isDoNotContact(lead)) return { kind: 'none', reason: 'A do-not-contact is no reason to contact anybody.' }
  const by = suppression.find((entry) => covers(entry, lead, channel))
  return by === undefined ? { kind: 'allowed' } : { kind: 'covered', by }
}
