import { type Qualification, Rules, type StepState } from '../core/index.ts'
import type { ContactEntry } from '../store/contact-lookup.ts'
import type { DeliveryEntry } from '../store/lead-lookup.ts'
import { NearReasons, type PossibleDuplicate, type PossiblePair } from '../store/possible-duplicates.ts'
import type { TimelineLine } from '../store/timeline.ts'
import type { Found, FoundLead, ShownPlan, ShownStep } from './found-lead.ts'
import { saidText, suppressionText } from './suppression-text.ts'

/** What was found, as lines for a person at a terminal. */
export function formatFound({ contact, leads }: Found): readonly string[] {
  return [
    ...(contact ? contactLines(contact) : ['no contact']),
    ...leads.flatMap((one) => ['', ...leadLines(one)]),
    ...(contact && contact.timeline.length > 0 ? ['', 'history', ...contact.timeline.map(historyLine)] : []),
  ]
}

function contactLines(contact: ContactEntry): readonly string[] {
  const { id, joined, records, suppression, crmSuppression, touches, possibleDuplicates } = contact
  return [
    `contact ${id}${joined.length > 0 ? `, into which ${joined.join(', ')} was joined` : ''}`,
    `  ${touches === 1 ? '1 lead' : `${touches} leads`}`,
    ...Object.entries(records).map(
      ([crm, { record, lastLeadAt }]) =>
        `  ${crm}: ${record ? `${record.object}/${record.id}` : 'no record'}${lastLeadAt ? `, newest lead of ${lastLeadAt}` : ''}`,
    ),
    ...[...suppression, ...crmSuppression].map((entry) => `  ${suppressionText(entry)}`),
    ...possibleDuplicates.map((one) => `  ${possibleDuplicateText(one)}`),
  ]
}

function possibleDuplicateText({ contact, why, at }: PossibleDuplicate): string {
  return `possible duplicate of ${contact}: the same ${NearReasons[why]}, seen ${at}`
}

/** Each pair of contacts that may be one person, a line each. */
export function formatPairs(pairs: readonly PossiblePair[]): readonly string[] {
  if (pairs.length === 0) return ['no possible duplicates']
  return pairs.map(({ contacts, why, at }) => `${contacts.join(' and ')}: the same ${NearReasons[why]}, seen ${at}`)
}

function leadLines({ id, state, receivedAt, routed, deliveries, about, qualification, followUp }: FoundLead): readonly string[] {
  const crms = Object.entries(deliveries)
  return [
    `lead ${id}: ${state}${receivedAt === null ? '' : `, received ${receivedAt}`}`,
    ...(about === null ? [] : flat(about).map(([name, value]) => `  ${name}: ${value}`)),
    ...(qualification === null ? [] : [`  ${qualificationText(qualification)}`]),
    ...crms.map(([crm, delivery]) => `  ${crm}: ${deliveryText(delivery)}`),
    ...(followUp === null ? [] : followUpLines(followUp)),
    ...(state === 'accepted' && !routed ? ['  waits to be routed to the CRMs'] : []),
    ...(state === 'held' || state === 'quarantined'
      ? ['  was set aside for a person: leadsync quarantine list shows it until it is discarded']
      : []),
  ]
}

function qualificationText({ score, reasons, followUp, owner, priority }: Qualification): string {
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
  return `score: ${score}${why}, priority ${priority}, ${followUp ? `follow-up${owner === null ? '' : ` by ${owner}`}` : 'no follow-up'}`
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

function followUpLines({ crm, steps }: ShownPlan): readonly string[] {
  return [`  follow-up in ${crm}`, ...steps.map((step) => `    ${stepText(step)}`)]
}

/** Somebody is still to begin by them. */
const Unkept: readonly StepState[] = ['waiting', 'due', 'making', 'made', 'failed']

function stepText(step: ShownStep): string {
  const { rule, step: name, type, state, task, owner, slaAt, recall } = step
  const reason = state === 'making' ? recall : step.reason
  const parts = [
    `${rule}/${name}: ${type}, ${state}`,
    task === null ? [] : `${task.object}/${task.id}`,
    whenText(step),
    task === null ? [] : `by ${owner ?? 'nobody in particular'}`,
    slaAt === null || !Unkept.includes(state) ? [] : `promised until ${time(slaAt)}`,
  ]
  return `${parts.flat().join(', ')}${reason === null ? '' : `: ${safe(reason)}`}`
}

function whenText({ nextTryAt, putOff, madeAt, dueAt }: ShownStep): readonly string[] {
  if (nextTryAt !== null) return [`to be made at ${time(nextTryAt)}${putOff === null ? '' : ` (${putOff})`}`]
  if (madeAt === null) return []
  return [`made at ${time(madeAt)}`, ...(dueAt === null ? [] : [`due ${time(dueAt)}`])]
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

function historyLine(line: TimelineLine): string {
  return `  ${line.at}  ${historyText(line)}`
}

function historyText(line: TimelineLine): string {
  if (line.event === 'follow-up') return followUpText(line)
  if (line.source !== undefined) return saidText(line)
  return line.crm === undefined ? eventText(line) : settledText(line)
}

/** A step by its rule and name. */
function followUpText({ crm, step, reason }: TimelineLine): string {
  const name = step === undefined ? '' : `follow-up ${step.split('.').slice(1).join('/')}: `
  return `${crm}: ${name}${safe(reason)}`
}

function eventText(line: TimelineLine): string {
  return `${whatHappened(line)}${line.reason ? `. ${safe(line.reason)}` : ''}`
}

function whatHappened({ event = 'received', channel, action, offer, contact, why }: TimelineLine): string {
  const came = `by ${channel}: ${safe(action)}${offer ? ` about ${safe(offer)}` : ''}`
  switch (event) {
    case 'received':
      return `received ${came}`
    case 'again':
      return `received again ${came}`
    case 'possible-duplicate':
      return `possible duplicate of ${contact}: the same ${NearReasons[why ?? 'phone']}`
    default:
      return event
  }
}

function settledText({ crm, outcome, code, record, rule, reason, dropped }: TimelineLine): string {
  const why = reason ?? (rule === undefined ? null : Rules[rule])
  const left = (dropped ?? []).map(({ field, reason: why }) => `; left out ${field}: ${why}`).join('')
  const where = record ? ` ${record.object}/${record.id}` : ''
  return `${crm}: ${outcome}${code ? ` (${code})` : ''}${where}${why ? `: ${why}` : ''}${left}`
}

/** Actions and offers come from outside verbatim. */
function safe(text: string | null | undefined): string {
  return text?.includes('@') ? '(hidden)' : (text ?? 'no action')
}
