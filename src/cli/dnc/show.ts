import { refusedOffers, type SuppressionEntry, stands } from '../../core/index.ts'
import { contactsKnownBy, findContact } from '../../store/contact-lookup.ts'
import type { Scripts } from '../../store/redis.ts'
import { strongEntries, toEntry } from '../../store/strong-suppression.ts'
import { type ExportLine, exportedLines, strongLines } from '../../store/suppression-export.ts'
import { readSuppression } from '../../store/suppression-list.ts'
import { printJson, printLines } from '../print.ts'
import { suppressionText } from '../suppression-text.ts'

/**
 * Every entry that an admin or an opt-out list made and, when all are wanted, what the marketplace said of each contact, the oldest first.
 * Addresses are not stored, so that none is shown.
 */
export async function showAll(scripts: Scripts, { all, json }: { all: boolean; json: boolean }): Promise<void> {
  const lines = all ? exportedLines(scripts) : strongLines(scripts)
  const entries: Listed[] = []
  for await (const some of lines) entries.push(...some.flatMap(listed))
  const sorted = entries.toSorted((a, b) => a.since.localeCompare(b.since))
  if (json) printJson({ dnc: sorted.map(shown) })
  else if (sorted.length === 0)
    printLines([all ? 'Nobody ever said no.' : 'No admin and no opt-out list has said no to anybody.'])
  else printLines(sorted.map((one) => `${'contact' in one ? `contact ${one.contact}` : one.alias}  ${suppressionText(one)}`))
}

type Listed = SuppressionEntry & ({ readonly alias: string } | { readonly contact: string })

function listed(line: ExportLine): readonly Listed[] {
  if ('alias' in line) return line.entries.map((one) => ({ alias: line.alias, ...toEntry(one) }))
  if ('forgotten' in line) return []
  const whose = 'contact' in line ? { contact: line.contact } : { alias: line.kept }
  return readSuppression(Object.entries(line.sup).flatMap(([field, ms]) => [field, String(ms)])).map((one) => ({
    ...whose,
    ...one,
  }))
}

/** What stands against somebody and what was lifted, the marketplace's included, and what that stops. */
export async function showWhy(
  scripts: Scripts,
  asked: { text: string; alias: string; secret: string },
  json: boolean,
): Promise<void> {
  const own = (await strongEntries(scripts, asked.alias)).map(toEntry)
  const ids = await contactsKnownBy(scripts, asked.text, asked.secret)
  const contacts = await Promise.all(ids.map((id) => findContact(scripts, id)))
  const ofContacts = contacts.flatMap((contact) => [...(contact?.suppression ?? []), ...(contact?.crmSuppression ?? [])])
  const entries = [...new Map([...own, ...ofContacts].map((one) => [JSON.stringify(shown(one)), one])).values()]
  const stops = { email: refusedOffers(entries, 'email'), phone: refusedOffers(entries, 'phone') }
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
  const { source, channel, offer, since, liftedAt, liftedBy = null, reason = null, liftReason = null, ...rest } = entry
  return { ...rest, source, channel, offer, since, reason, stands: stands(entry), liftedAt, liftedBy, liftReason }
}

function stopText(offers: 'any' | readonly string[]): string {
  if (offers === 'any') return 'stopped, about any offer'
  return offers.length === 0 ? 'not stopped' : `stopped about ${offers.join(', ')}`
}
