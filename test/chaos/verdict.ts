import { companyOf, emailOf, firstNameOf, lastNameOf, wishOf } from './body.ts'
import { type CrmName, CrmNames, OptOutCrm, taskOwnerOf, wants } from './crms.ts'
import type { Promised } from './crowd.ts'
import type { Shown, ShownRecord } from './look.ts'
import type { Person, PlannedLead } from './people.ts'
import { type NoState, noState, stands } from './refusals.ts'

export interface Evidence {
  readonly people: readonly Person[]
  readonly promises: ReadonlyMap<number, Promised>
  readonly crms: Readonly<Record<CrmName, Shown>>
  /** `CRM LEADID` of those that wait for a person, with their reason. */
  readonly parked: ReadonlySet<string>
  /** Redis was emptied and rebuilt. */
  readonly emptied: boolean
}

export const Failings = ['lost', 'doubled', 'tasksDoubled', 'tasksMissing', 'flagsMissing', 'suppressedContacted'] as const
export type Failing = (typeof Failings)[number]

export interface Verdict {
  readonly counts: Readonly<Record<Failing, number>>
  /** Deliveries: a lead in a CRM that wants it. Those that say no are `suppressed`. */
  readonly delivered: number
  readonly suppressed: number
  readonly parked: number
  /** A sentence for each failing. */
  readonly findings: readonly string[]
}

/** What is wrong with one person in one CRM, and how many deliveries are as they must be. */
interface Judging {
  readonly person: Person
  readonly crm: CrmName
  readonly records: readonly ShownRecord[]
  /** Of the leads that were promised, in the order in which they happened; without those that are parked here. */
  readonly leads: readonly PlannedLead[]
  /** How often each lead has a task, open or not, and how many of them are open. */
  readonly tasks: ReadonlyMap<number, { readonly all: number; readonly open: number }>
  readonly isPartly: boolean
  /** Redis was emptied and rebuilt. */
  readonly emptied: boolean
  /** Nobody knows any more that Leadsync itself has set the CRM's own opt-outs: they count as the customer's, also when the no was lifted. */
  readonly optOutsStay: boolean
  note(failing: Failing, what: string, count?: number): void
}

/** Of a person whose two addresses came apart, before the lead that has both. */
const MayBeTwo: readonly Person['story'][] = ['phone, e-mail, both']

/**
 * What must hold in the end of what was promised, whatever happened in between: judged from the plan, the answers and what stands in the CRMs,
 * and from nothing that Leadsync says of itself but what it has parked. Where several outcomes are right, each is.
 */
export function judge({ people, promises, crms, parked, emptied }: Evidence): Verdict {
  const counts = { lost: 0, doubled: 0, tasksDoubled: 0, tasksMissing: 0, flagsMissing: 0, suppressedContacted: 0 }
  const findings: string[] = []
  const sums = { delivered: 0, suppressed: 0, parked: 0 }
  for (const crm of CrmNames) {
    const recordsOf = Map.groupBy(crms[crm].records, ({ lastName }) => lastName)
    const tasks = tasksByLead(crms[crm])
    for (const person of people) {
      const promised = inOrder(person.leads.filter(({ n }) => promises.has(n)))
      const isParked = ({ n }: PlannedLead) => [...(promises.get(n)?.leadIds ?? [])].some((id) => parked.has(`${crm} ${id}`))
      const leads = promised.filter((lead) => !isParked(lead))
      const judging: Judging = {
        person,
        crm,
        leads,
        tasks,
        records: recordsOf.get(lastNameOf(person.n)) ?? [],
        isPartly: leads.length < person.leads.length,
        emptied,
        optOutsStay: emptied && crm === OptOutCrm,
        note(failing, what, count = 1) {
          counts[failing] += count
          findings.push(`${failing}: person ${person.n} (${person.story}, ${person.channel}) in ${crm}: ${what}`)
        },
      }
      judgePerson(judging, promises)
      if (!wants(crm, person)) continue
      sums.parked += promised.length - leads.length
      sums.suppressed += leads.filter(({ action }) => action === 'DNC').length
      sums.delivered += entering(leads).filter(({ n }) => judging.records.some(({ touches }) => touches.includes(n))).length
    }
  }
  return { counts, ...sums, findings }
}

function judgePerson(judging: Judging, promises: Evidence['promises']): void {
  const { person, crm, records, leads } = judging
  judgeTasks(judging)
  if (!wants(crm, person)) {
    if (records.length > 0) judging.note('doubled', 'it has a record in a CRM that does not want it', records.length)
    return
  }
  judgeTouches(judging)
  // Who was never answered may have come in all the same; what must hold of the others can't be told without him.
  if (judging.isPartly || entering(leads).length === 0) return
  judgeValues(judging, promises)
  judgeFlags(judging, noState(leads))
}

/**
 * Each lead shows once. Of two records of one person each may show it: what was written to the one before Redis lost everything is written to
 * the other one afterwards, when both are known to be the same person's.
 */
function judgeTouches({ person, records, leads, isPartly, note }: Judging): void {
  const touches = records.map((one) => one.touches)
  const histories = MayBeTwo.includes(person.story) ? touches : [touches.flat()]
  for (const { n } of entering(leads)) {
    const times = Math.max(0, ...histories.map((shown) => shown.filter((one) => one === n).length))
    if (times === 0) note('lost', `lead ${n} is not there`)
    if (times > 1) note('doubled', `lead ${n} shows ${times} times`, times - 1)
  }
  const most = MayBeTwo.includes(person.story) ? 2 : Math.min(1, entering(isPartly ? person.leads : leads).length)
  if (records.length > most) note('doubled', `it has ${records.length} records`, records.length - most)
}

/** The newest lead's words stand in the record that shows it; what never changes, in each. */
function judgeValues({ person, records, leads, emptied, note }: Judging, promises: Evidence['promises']): void {
  const newest = entering(leads).at(-1)
  const record = records.find(({ touches }) => newest !== undefined && touches.includes(newest.n))
  if (!record || !newest) return
  const hasEmail = entering(leads).some(({ form }) => form !== 'phone')
  const right = {
    email: hasEmail && records.length === 1 ? emailOf(person.n) : record.email,
    firstName: firstNameOf(person.n),
    company: companyOf(person.n),
    action: newest.action,
    notes: wishOf(newest.n),
  }
  // CRMs keep no fractions of a second: where Redis has forgotten which of two leads of one second was the newer, the one that stands there stays.
  const equals = emptied && person.channel === 'marketplace' ? entering(leads).filter(isOfTheSecondOf(newest, promises)) : []
  for (const [field, value] of Object.entries(right)) {
    const found = record[field as keyof typeof right]
    const mayBe = equals.some(({ n, action }) => found === (field === 'notes' ? wishOf(n) : field === 'action' ? action : value))
    if (found !== value && !mayBe) note('lost', `${field} is "${found}" and not "${value}"`)
  }
}

/** When it came in nobody tells to the moment: between its being sent and its answer. */
function isOfTheSecondOf({ n: newest }: PlannedLead, promises: Evidence['promises']): (lead: PlannedLead) => boolean {
  const sentAt = promises.get(newest)?.sentAt ?? Number.POSITIVE_INFINITY
  return ({ n }) => n !== newest && sentAt - (promises.get(n)?.answeredAt ?? Number.NEGATIVE_INFINITY) < 1_000
}

/** A no that stands shows, and one that was lifted does not stand. */
function judgeFlags({ records, note }: Judging, no: NoState): void {
  for (const { dncAt, dncLiftedAt } of records) {
    if (no === 'stands' && dncAt === '') note('flagsMissing', 'a no stands and its record does not say so')
    if (no === 'stands' && dncAt !== '' && dncLiftedAt !== '') note('suppressedContacted', 'its no is shown as lifted')
    if (no === 'lifted' && (dncAt === '' || dncLiftedAt === '')) note('lost', 'its no was lifted and its record does not say so')
    if (no === 'none' && dncAt !== '') note('lost', 'its record shows a no that nobody said')
  }
}

function judgeTasks({ person, crm, leads, tasks, isPartly, optOutsStay, note }: Judging): void {
  for (const lead of entering(person.leads)) {
    const { all = 0, open = 0 } = tasks.get(lead.n) ?? {}
    const most = taskOwnerOf(person) === crm ? 1 : 0
    if (all > most) note('tasksDoubled', `lead ${lead.n} has ${all} tasks`, all - most)
    if (isPartly || most === 0) continue
    const state = stands(lead, leads)
    if (state === 'refused' && open > 0) note('suppressedContacted', `lead ${lead.n} has an open task`)
    const mayBeRefused = optOutsStay && leads.some(({ action }) => action === 'DNC')
    if (state === 'wanted' && open === 0 && !mayBeRefused) note('tasksMissing', `lead ${lead.n} has no open task`)
  }
}

function tasksByLead({ tasks }: Shown): Judging['tasks'] {
  const byLead = new Map<number, { all: number; open: number }>()
  for (const { lead, open } of tasks) {
    if (lead === null) continue
    const { all, open: before } = byLead.get(lead) ?? { all: 0, open: 0 }
    byLead.set(lead, { all: all + 1, open: before + (open ? 1 : 0) })
  }
  return byLead
}

/** Those that make a record: who only says no is entered nowhere. */
function entering(leads: readonly PlannedLead[]): readonly PlannedLead[] {
  return leads.filter(({ action }) => action !== 'DNC')
}

/** The API tells when it happened; for the marketplace it is when it came in, and a person's leads come one after the other. */
function inOrder(leads: readonly PlannedLead[]): readonly PlannedLead[] {
  return leads.toSorted((a, b) => (b.minutesAgo ?? 0) - (a.minutesAgo ?? 0) || a.n - b.n)
}
