import type { ContactEntry } from '../store/contact-lookup.ts'
import type { DeliveryEntry } from '../store/lead-lookup.ts'
import type { TimelineLine } from '../store/timeline.ts'
import type { Found, FoundLead } from './found-lead.ts'
import { suppressionText } from './suppression-text.ts'

/** What was found, as lines for a person at a terminal. */
export function formatFound({ contact, leads }: Found): readonly string[] {
  return [
    ...(contact ? contactLines(contact) : ['no contact']),
    ...leads.flatMap((one) => ['', ...leadLines(one)]),
    ...(contact && contact.timeline.length > 0 ? ['', 'history', ...contact.timeline.map(historyLine)] : []),
  ]
}

function contactLines({ id, joined, records, suppression }: ContactEntry): readonly string[] {
  return [
    `contact ${id}${joined.length > 0 ? `, into which ${joined.join(', ')} was joined` : ''}`,
    ...Object.entries(records).map(
      ([crm, { record, lastLeadAt }]) =>
        `  ${crm}: ${record ? `${record.object}/${record.id}` : 'no record'}${lastLeadAt ? `, newest lead of ${lastLeadAt}` : ''}`,
    ),
    ...suppression.map((entry) => `  ${suppressionText(entry)}`),
  ]
}

function leadLines({ id, state, receivedAt, routed, deliveries, about }: FoundLead): readonly string[] {
  const crms = Object.entries(deliveries)
  return [
    `lead ${id}: ${state}${receivedAt === null ? '' : `, received ${receivedAt}`}`,
    ...(about === null ? [] : flat(about).map(([name, value]) => `  ${name}: ${value}`)),
    ...crms.map(([crm, delivery]) => `  ${crm}: ${deliveryText(delivery)}`),
    ...(state === 'accepted' && !routed ? ['  waits to be routed to the CRMs'] : []),
    ...(state === 'held' || state === 'quarantined'
      ? ['  was set aside for a person: leadsync quarantine list shows it until it is discarded']
      : []),
  ]
}

/** `person.email`, `jane@contoso.com`; what arrived verbatim is in `--json` only. */
function flat(about: Readonly<Record<string, unknown>>, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(about).flatMap(([name, value]) => {
    if (value === null || name === 'raw' || name === 'v' || name === 'id' || name === 'receivedAt') return []
    if (Array.isArray(value)) return value.length === 0 ? [] : [[`${prefix}${name}`, value.join(', ')] as const]
    if (typeof value === 'object') return flat(value as Readonly<Record<string, unknown>>, `${prefix}${name}.`)
    return [[`${prefix}${name}`, String(value)] as const]
  })
}

function deliveryText({ state, code, record, reason }: DeliveryEntry): string {
  return `${state}${code ? ` (${code})` : ''}${record ? ` ${record}` : ''}${reason ? `: ${reason}` : ''}`
}

function historyLine(line: TimelineLine): string {
  return `  ${line.at}  ${line.crm === undefined ? eventText(line) : settledText(line)}`
}

function eventText({ event, channel, action, offer, reason }: TimelineLine): string {
  const what = event === 'received' ? `received by ${channel}: ${safe(action)}${offer ? ` about ${safe(offer)}` : ''}` : event
  return `${what}${reason ? `. ${safe(reason)}` : ''}`
}

function settledText({ crm, outcome, code, record, reason, dropped }: TimelineLine): string {
  const left = (dropped ?? []).map(({ field, reason: why }) => `; left out ${field}: ${why}`).join('')
  const where = record ? ` ${record.object}/${record.id}` : ''
  return `${crm}: ${outcome}${code ? ` (${code})` : ''}${where}${reason ? `: ${reason}` : ''}${left}`
}

/** Actions and offers come from outside verbatim. */
function safe(text: string | null | undefined): string {
  return text?.includes('@') ? '(hidden)' : (text ?? 'no action')
}
