import { StepStates } from '../core/index.ts'
import type { CrmCounters } from '../store/counters.ts'
import type { DueSoon, FollowUpCounters } from '../store/follow-up-lookup.ts'
import type { CrmQuotaStatus } from './crm-quota.ts'
import type { CrmOverview, QueueLengths, Status } from './status.ts'

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
    ...dueSoonLines(status, now),
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

function crmLines(name: string, crm: CrmOverview, now: number): readonly string[] {
  const { state, reason, since } = crm
  const indent = ' '.repeat(name.length)
  return [
    `  ${name}  ${state}${since ? ` since ${age(since, now)}` : ''}${reason ? `: ${reason}` : ''}`,
    `  ${indent}  ${crm.accepted} accepted: ${crm.delivered} delivered (${crm.created} created, ${crm.updated} updated, ${crm.unchanged} unchanged)${rest(crm)}`,
    ...quotaLines(crm.quota).map((line) => `  ${indent}  ${line}`),
    ...followUpLines(crm.followUps).map((line) => `  ${indent}  ${line}`),
  ]
}

/** Nothing of a CRM to which nothing was sent. */
function quotaLines(quota: CrmQuotaStatus | undefined): readonly string[] {
  if (!quota || (quota.spentToday === 0 && quota.limit === null)) return []
  const { used, limit, reserve, spentToday, dailyRequests } = quota
  const own = `${spentToday}${dailyRequests === null ? '' : ` of ${dailyRequests}`} sent since midnight UTC`
  const day = limit === null ? '' : `; ${used} of the org's ${limit} are used, ${reserve} are left to others`
  return [`requests: ${own}${day}`]
}

/** Nothing of a CRM that has no follow-ups. */
function followUpLines(counted: FollowUpCounters): readonly string[] {
  if (counted.planned === 0) return []
  const { missed, notMade } = counted
  const kept = some([
    [counted.workedInTime, 'begun in time'],
    [counted.workedLate, 'begun late'],
    [missed, notMade === 0 ? 'missed' : `missed (${notMade} had no task yet)`],
  ])
  return [
    `follow-ups: ${counted.planned} planned: ${some(StepStates.map((state) => [counted[state], state] as const))}`,
    ...(kept === '' ? [] : [`promises: ${kept}`]),
  ]
}

/** Only what there is, too. */
function some(counts: readonly (readonly [count: number, word: string])[]): string {
  return counts
    .filter(([count]) => count !== 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

/** So many are read; the number of the others says enough. */
const MostShown = 20

/** Those that can still be kept first. */
function dueSoonLines({ followUpsDueSoon }: Status, now: number): readonly string[] {
  if (followUpsDueSoon.length === 0) return []
  const isOver = ({ slaAt, missed }: DueSoon) => missed || slaAt <= now
  const soon = followUpsDueSoon.filter((one) => !isOver(one))
  const over = followUpsDueSoon.filter(isOver).toReversed()
  const rest = soon.length + over.length - MostShown
  return [
    '',
    'about to be late, or late (KEY.RULE.STEP; leadsync lead KEY tells more)',
    ...[...soon, ...over].slice(0, MostShown).map((one) => `  ${dueSoonText(one, now)}`),
    ...(rest > 0 ? [`  and ${rest} more (--json lists them)`] : []),
  ]
}

function dueSoonText({ step, crm, slaAt, state, missed }: DueSoon, now: number): string {
  const at = new Date(slaAt).toISOString()
  const when = slaAt > now ? `in ${span(slaAt - now)}` : `${missed ? 'missed' : 'over'} ${age(at, now)}`
  return `${step}  ${crm}  ${state}  ${when} (${at})`
}

/** Only what there is: a line of zeros hides the one number that matters. */
function rest(crm: CrmCounters): string {
  const others = some([
    [crm.waiting, 'waiting'],
    [crm.parked, 'parked'],
    [crm.suppressed, 'suppressed'],
    [crm.notWanted, 'not wanted'],
    [crm.discarded, 'discarded'],
    [crm.forgotten, 'forgotten'],
  ])
  return others === '' ? '' : `, ${others}`
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
  return `${span(Math.max(0, now - Date.parse(at)))} ago`
}

function span(ms: number): string {
  const unit = Units.find(({ from }) => ms >= from)
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.word}` : `${Math.floor(ms / 1_000)} s`
}
