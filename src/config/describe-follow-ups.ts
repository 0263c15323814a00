import type { Assignment, BusinessHours, FollowUpRules } from '../core/index.ts'

const MsPerHour = 3_600_000
const DayNames = ['', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** What becomes of leads after their delivery, in two lines; no salesperson is named. */
export function followUpLines({
  rules,
  crms,
  assign,
  slaMs,
  maxLeadAgeMs,
  most,
  hours,
  people,
}: FollowUpRules): readonly string[] {
  if (rules.length === 0) return ['follow-ups: none, as followUps.rules is empty']
  const told = rules.map(({ name, steps }) => `${name} (${count(steps.length, 'task')})`)
  const where = placeOf(crms)
  const own = people.length === 0 ? '' : ` (${count(people.length, 'person', 'people')} with other hours)`
  const at = most.withinMs / (24 * MsPerHour)
  return [
    `follow-ups: ${told.join(', ')}, ${where}, assigned ${assignedTo(assign)}`,
    `follow-up times: within ${inHours(slaMs)}, of leads up to ${inHours(maxLeadAgeMs)} old, at most ${count(most.count, 'task')} per contact in ${count(at, 'day')}, ${hoursOf(hours)}${own}`,
  ]
}

function placeOf(crms: FollowUpRules['crms']): string {
  if (crms.length === 0) return 'in no CRM, as none of followUps.owner is enabled'
  return crms.length === 1 ? `in ${crmList(crms)} if it wants the lead` : `in the first of ${crmList(crms)} that wants the lead`
}

function crmList(crms: FollowUpRules['crms']): string {
  return crms.map(({ crm, when }) => (when === null ? crm : `${crm} (some leads)`)).join(', ')
}

function assignedTo(assign: Assignment): string {
  switch (assign.kind) {
    case 'crm':
      return 'by the CRM'
    case 'fixed':
      return 'to one owner'
    case 'rotation':
      return `to ${count(assign.owners.length, 'owner')} in turn`
    default:
      return 'by a table of offers and countries'
  }
}

function hoursOf({ days, from, to, timeZone, holidays }: BusinessHours): string {
  const free = holidays.length === 0 ? '' : `, ${count(holidays.length, 'holiday')}`
  return `${days.map((day) => DayNames[day]).join(' ')} ${from}-${to} ${timeZone}${free}`
}

function inHours(ms: number): string {
  return `${Math.round((ms / MsPerHour) * 100) / 100} h`
}

function count(many: number, one: string, several = `${one}s`): string {
  return `${many} ${many === 1 ? one : several}`
}
