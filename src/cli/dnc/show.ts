import { type SuppressionEntry, stands } from '../../core/index.ts'
import { contactsKnownBy, findContact } from '../../store/contact-lookup.ts'
import type { Scripts } from '../../store/redis.ts'
import { StrongSuppressions, type Suppressed, toEntry } from '../../store/strong-suppression.ts'
import { printJson, printLines } from '../print.ts'
import { suppressionText } from '../suppression-text.ts'

/** Every entry that an admin or an opt-out list made, the oldest first. Addresses are not stored, so that none is shown. */
export function showAll(all: readonly Suppressed[], json: boolean): void {
  const entries = all.flatMap(({ alias, entries }) => entries.map((one) => shown({ alias, ...toEntry(one) })))
  const sorted = entries.toSorted((a, b) => a.since.localeCompare(b.since))
  if (json) printJson({ dnc: sorted })
  else if (sorted.length === 0) printLines(['No admin and no opt-out list has said no to anybody.'])
  else printLines(sorted.map((one) => `${one.alias}  ${suppressionText(one)}`))
}

/** What stands against somebody and what was lifted, the marketplace's included, and what that stops. */
export async function showWhy(
  scripts: Scripts,
  asked: { text: string; alias: string; secret: string },
  json: boolean,
): Promise<void> {
  const own = (await new StrongSuppressions(scripts).of(asked.alias)).map(toEntry)
  const ids = await contactsKnownBy(scripts, asked.text, asked.secret)
  const contacts = await Promise.all(ids.map((id) => findContact(scripts, id)))
  const ofContacts = contacts.flatMap((contact) => contact?.suppression ?? [])
  const entries = [...new Map([...own, ...ofContacts].map((one) => [JSON.stringify(shown(one)), one])).values()]
  const stops = { email: stopped(entries, 'email'), phone: stopped(entries, 'phone') }
  if (json) {
    printJson({ contacts: ids, entries: entries.map(shown), stops })
    return
  }
  const known = ids.length === 0 ? 'Nobody is known by that yet.' : `Known as contact ${ids.join(', ')}.`
  printLines([
    known,
    ...(entries.length === 0 ? ['Nobody ever said no.'] : entries.map((one) => `  ${suppressionText(one)}`)),
    `e-mail: ${stopText(stops.email)}`,
    `phone: ${stopText(stops.phone)}`,
  ])
}

/** The same fields in the same order, whoever said it. */
function shown<E extends SuppressionEntry>(entry: E) {
  const { source, channel, offer, since, liftedAt, reason = null, liftReason = null, ...rest } = entry
  return { ...rest, source, channel, offer, since, reason, stands: stands(entry), liftedAt, liftReason }
}

/** `any`: about whatever offer; else the offers about which it is stopped, which may be none. */
function stopped(entries: readonly SuppressionEntry[], channel: 'email' | 'phone'): 'any' | readonly string[] {
  const offers = entries
    .filter((one) => stands(one) && (one.channel === 'any' || one.channel === channel))
    .map((one) => one.offer)
  if (offers.includes(null)) return 'any'
  return [...new Set(offers.filter((offer) => offer !== null))].sort()
}

function stopText(offers: 'any' | readonly string[]): string {
  if (offers === 'any') return 'stopped, about any offer'
  return offers.length === 0 ? 'not stopped' : `stopped about ${offers.join(', ')}`
}
