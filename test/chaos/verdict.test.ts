import { expect, it } from 'vitest'
import { lastNameOf } from './body.ts'
import { type CrmName, taskOwnerOf, wants } from './crms.ts'
import type { ShownRecord, ShownTask } from './look.ts'
import type { Person, Story } from './people.ts'
import { perfectEnd } from './perfect.ts'
import { makePlan } from './plan.ts'
import { type Evidence, type Failing, Failings, judge } from './verdict.ts'

const { people } = makePlan({ seed: 7, leads: 400 })
const end = perfectEnd(people)
const Nothing = Object.fromEntries(Failings.map((failing) => [failing, 0]))

/** Somebody whom all three CRMs want, so that Salesforce has the tasks. */
function somebody(story: Story): Person {
  const person = people.find((one) => one.story === story && one.country === 'US')
  if (!person) throw new Error(`The plan has nobody whose story is "${story}".`)
  return person
}

function withRecords(crm: CrmName, { n }: Person, change: (record: ShownRecord) => readonly ShownRecord[]): Evidence {
  const { records, tasks } = end.crms[crm]
  const changed = records.flatMap((record) => (record.lastName === lastNameOf(n) ? change(record) : [record]))
  return { ...end, crms: { ...end.crms, [crm]: { records: changed, tasks } } }
}

function withTasks(crm: CrmName, change: (tasks: readonly ShownTask[]) => readonly ShownTask[]): Evidence {
  const { records, tasks } = end.crms[crm]
  return { ...end, crms: { ...end.crms, [crm]: { records, tasks: change(tasks) } } }
}

const once = somebody('once')
const [first] = once.leads
const refused = somebody('no afterwards')
const released = somebody('no and released')
const french = people.find(({ country }) => country === 'FR')
if (!first || !french) throw new Error('The plan lacks somebody.')

it('finds nothing wrong where each lead stands as one careful person would have entered it', () => {
  const verdict = judge(end)
  const deliveries = people.flatMap((person) =>
    person.leads
      .filter(() => true)
      .flatMap((lead) => (['hubspot', 'salesforce', 'dynamics'] as const).filter((crm) => wants(crm, person)).map(() => lead)),
  )
  expect(verdict.findings).toEqual([])
  expect(verdict.counts).toEqual(Nothing)
  expect(verdict.delivered + verdict.suppressed).toBe(deliveries.length)
  expect(verdict.suppressed).toBe(deliveries.filter(({ action }) => action === 'DNC').length)
})

const Wrongs: readonly (readonly [string, Failing, Evidence])[] = [
  ['a record is not there', 'lost', withRecords('hubspot', once, () => [])],
  ['a lead does not show in its record', 'lost', withRecords('dynamics', once, (one) => [{ ...one, touches: [] }])],
  ['an address is another one', 'lost', withRecords('salesforce', once, (one) => [{ ...one, email: 'else@people.example' }])],
  ['the words are those of another lead', 'lost', withRecords('hubspot', once, (one) => [{ ...one, notes: 'Wish #0;' }])],
  ['a no that was lifted still shows', 'lost', withRecords('hubspot', released, (one) => [{ ...one, dncLiftedAt: '' }])],
  ['somebody is marked who said nothing', 'lost', withRecords('hubspot', once, (one) => [{ ...one, dncAt: '2026-11-23' }])],
  ['a person has two records', 'doubled', withRecords('hubspot', once, (one) => [one, { ...one, touches: [] }])],
  ['a lead shows twice', 'doubled', withRecords('dynamics', once, (one) => [{ ...one, touches: [...one.touches, first.n] }])],
  [
    'somebody is in a CRM that does not want them',
    'doubled',
    withRecords('salesforce', once, (one) => [one, { ...one, lastName: lastNameOf(french.n), touches: [] }]),
  ],
  ['a lead has two tasks', 'tasksDoubled', withTasks('salesforce', (all) => [...all, { lead: first.n, open: false }])],
  ['a lead has a task in two CRMs', 'tasksDoubled', withTasks('hubspot', (all) => [...all, { lead: first.n, open: true }])],
  ['a lead has no task', 'tasksMissing', withTasks('salesforce', (all) => all.filter(({ lead }) => lead !== first.n))],
  [
    'a task was taken back for no reason',
    'tasksMissing',
    withTasks('salesforce', (all) => all.map((task) => (task.lead === first.n ? { ...task, open: false } : task))),
  ],
  ['a no does not show', 'flagsMissing', withRecords('salesforce', refused, (one) => [{ ...one, dncAt: '' }])],
  [
    'a no that stands shows as lifted',
    'suppressedContacted',
    withRecords('hubspot', refused, (one) => [{ ...one, dncLiftedAt: '2026-11-24' }]),
  ],
  [
    'somebody is to be called who said no',
    'suppressedContacted',
    withTasks('salesforce', (all) => [...all, { lead: refused.leads[0]?.n ?? 0, open: true }]),
  ],
]

it.each(Wrongs)('counts it once, and as nothing else, when %s', (_, failing, evidence) => {
  const { counts, findings } = judge(evidence)
  expect(counts, findings.join('\n')).toEqual({ ...Nothing, [failing]: 1 })
  expect(findings).toHaveLength(1)
})

it('asks nothing of a lead that nobody was promised', () => {
  const promises = new Map([...end.promises].filter(([n]) => n !== first.n))
  const gone = withTasks('salesforce', (all) => all.filter(({ lead }) => lead !== first.n))
  const records = withRecords('hubspot', once, () => []).crms.hubspot.records
  const verdict = judge({ ...gone, promises, crms: { ...gone.crms, hubspot: { ...gone.crms.hubspot, records } } })
  expect(verdict.counts).toEqual(Nothing)
})

it('lets a lead be away where it is parked, and only there', () => {
  const parked = new Set([`hubspot id-${first.n}`])
  expect(judge({ ...withRecords('hubspot', once, () => []), parked })).toMatchObject({ counts: Nothing, parked: 1 })
  expect(judge({ ...withRecords('dynamics', once, () => []), parked }).counts.lost).toBe(1)
})

it('takes either when a no stood for a while: a task of before it that is open, that was taken back, or none', () => {
  const [before] = released.leads
  const owner = taskOwnerOf(released)
  for (const open of [true, false]) {
    const evidence = withTasks(owner, (all) => [...all, { lead: before?.n ?? 0, open }])
    expect(judge(evidence).counts).toEqual(Nothing)
  }
})

it('takes it, once Redis was emptied, that nobody calls whom Leadsync itself has opted out, and asks for the task otherwise', () => {
  const last = released.leads.at(-1)?.n
  const gone = withTasks('salesforce', (all) => all.filter(({ lead }) => lead !== last))
  expect(judge({ ...gone, emptied: true }).counts).toEqual(Nothing)
  expect(judge(gone).counts).toEqual({ ...Nothing, tasksMissing: 1 })
})

it('takes one record or two for somebody whose number and address came apart', () => {
  const apart = somebody('phone, e-mail, both')
  const [byPhone] = apart.leads
  const two = withRecords('hubspot', apart, (one) => [
    { ...one, touches: one.touches.filter((n) => n !== byPhone?.n) },
    { ...one, email: '', touches: [byPhone?.n ?? 0] },
  ])
  expect(judge(two).counts).toEqual(Nothing)
  const both = withRecords('hubspot', apart, (one) => [one, { ...one, email: '', touches: [byPhone?.n ?? 0] }])
  expect(judge(both).counts).toEqual(Nothing)
  const three = withRecords('hubspot', apart, (one) => [one, { ...one, touches: [] }, { ...one, touches: [] }])
  expect(judge(three).counts).toEqual({ ...Nothing, doubled: 1 })
})
