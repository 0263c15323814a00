import type { CrmCounters } from '../store/counters.ts'
import type { CrmStatus } from './crm-status.ts'
import type { QueueLengths, Status } from './status.ts'

/** The status as lines for a person at a terminal. `now` in ms since the epoch. */
export function formatStatus(status: Status, now: number): readonly string[] {
  const { received, accepted, duplicates, quarantined, held, unrouted, possibleDuplicates } = status
  const width = Math.max(
    ...Object.keys(status.queues).map((name) => name.length),
    ...Object.keys(status.crms).map((name) => name.length),
    0,
  )
  return [
    `leads: ${received} received = ${accepted} accepted + ${duplicates} duplicates + ${quarantined} quarantined + ${held} held`,
    ...(unrouted > 0 ? [`       ${unrouted} of the accepted are unrouted: no CRM wanted them`] : []),
    ...(possibleDuplicates > 0 ? [`possible duplicates: ${possibleDuplicates} (leadsync lead --possible-duplicates)`] : []),
    testLeadLine(status, now),
    '',
    'CRMs',
    ...Object.entries(status.crms).flatMap(([name, crm]) => crmLines(name.padEnd(width), crm, now)),
    '',
    'queues',
    ...Object.entries(status.queues).map(([name, lengths]) => `  ${name.padEnd(width)}  ${lengthsText(lengths)}`),
  ]
}

function testLeadLine({ lastTestLead }: Status, now: number): string {
  if (!lastTestLead) return 'no test lead has come yet'
  const { at, token } = lastTestLead
  return `last test lead ${age(at, now)}${token === null ? '' : ` via token ${token}`}`
}

function crmLines(name: string, crm: CrmStatus & CrmCounters, now: number): readonly string[] {
  const { state, reason, since } = crm
  const indent = ' '.repeat(name.length)
  return [
    `  ${name}  ${state}${since ? ` since ${age(since, now)}` : ''}${reason ? `: ${reason}` : ''}`,
    `  ${indent}  ${crm.accepted} accepted: ${crm.delivered} delivered (${crm.created} created, ${crm.updated} updated, ${crm.unchanged} unchanged)${rest(crm)}`,
  ]
}

/** Only what there is: a line of zeros hides the one number that matters. */
function rest(crm: CrmCounters): string {
  const others: readonly (readonly [string, number])[] = [
    ['waiting', crm.waiting],
    ['parked', crm.parked],
    ['suppressed', crm.suppressed],
    ['not wanted', crm.notWanted],
    ['discarded', crm.discarded],
    ['forgotten', crm.forgotten],
  ]
  return others
    .filter(([, count]) => count !== 0)
    .map(([word, count]) => `, ${count} ${word}`)
    .join('')
}

function lengthsText(lengths: QueueLengths): string {
  const some = Object.entries(lengths).filter(([, count]) => count > 0)
  return some.length === 0 ? 'empty' : some.map(([state, count]) => `${count} ${state}`).join(', ')
}

const Units = [
  { word: 'days', ms: 86_400_000, from: 2 * 86_400_000 },
  { word: 'h', ms: 3_600_000, from: 2 * 3_600_000 },
  { word: 'min', ms: 60_000, from: 60_000 },
] as const

/** `2 min ago`; clocks of two machines may differ, so nothing is ever in the future. */
export function age(at: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(at))
  const unit = Units.find(({ from }) => ms >= from)
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.word} ago` : `${Math.floor(ms / 1_000)} s ago`
}
