import { markerOf } from '../../connectors/kit/marks.ts'
import type { PlannedStep } from '../../src/core/index.ts'
import type { StoredRecord } from '../kit/crm-stand.ts'
import type { CrmName } from '../kit/three-crms.ts'
import { linkOf, type Person } from './person.ts'
import type { FollowUpStand } from './stand.ts'

/** What became of one person, in the words of the tables. */
export interface Seen {
  readonly first: string
  readonly firstTask: string
  readonly later: string
  readonly laterTask: string
  /** Of all newer leads. */
  readonly newer: string
}

/** A task as it stands in a CRM. */
interface Task {
  readonly state: string
  readonly owner: string
  /** The ids of the records that it is about. */
  readonly about: readonly string[]
  readonly text: string
}

/** The end of the reason that a step has, by the word of the tables. */
const Reasons: Readonly<Record<string, RegExp>> = {
  deleted: /^The record was deleted in the CRM\.$/,
  closed: /^Sales closed the record in the CRM\.$/,
  converted: /^Sales made a contact of the lead since\.$/,
  worked: /^Somebody has worked on the task of step first\.$/,
  newer: /^A newer lead of this contact about the same offer is followed up instead\.$/,
  'no, by an admin': /^The customer is not to be contacted: so says an admin since 2026-11-23\.$/,
  'no, by Microsoft': /^The customer is not to be contacted about contoso\.analytics: so says the marketplace since/,
  'no, by the CRM': /^The customer is not to be (called|written to): so says an opt-out in (hubspot|salesforce|dynamics) since/,
}

/** What a task says of a no that does not stand in its way. */
const Warning = /not to be .+: so says/

const States: Readonly<Record<CrmName, Readonly<Record<string, string>>>> = {
  hubspot: { NOT_STARTED: 'open', DEFERRED: 'withdrawn' },
  salesforce: { 'Not Started': 'open', Deferred: 'withdrawn' },
  dynamics: { '0': 'open', '2': 'withdrawn' },
}

export async function see(stand: FollowUpStand, people: readonly Person[]): Promise<Map<string, Seen>> {
  const tasks = await tasksOf(stand)
  const seen = await Promise.all(
    people.map(async (person): Promise<[string, Seen]> => {
      const plan = await stand.plan(person.lead)
      const [first, later] = plan?.steps ?? []
      const own = (id: string | undefined) => taskText({ stand, person, tasks }, String(id))
      const newer = await Promise.all(person.newer.map((lead) => stand.plan(lead)))
      const ofNewer = newer.flatMap((one) => one?.steps ?? [])
      const texts = await Promise.all(ofNewer.map(async (step) => `${stepText(step)} ${await own(step.id)}`))
      return [
        person.name,
        {
          first: stepText(first),
          firstTask: await own(person.steps[0]),
          later: stepText(later),
          laterTask: await own(person.steps[1]),
          newer: texts.join(', '),
        },
      ]
    }),
  )
  return new Map(seen)
}

function stepText(step: PlannedStep | undefined): string {
  if (!step) return 'gone'
  const { state, reason } = step
  if (reason === null) return state
  return `${state}: ${Object.entries(Reasons).find(([, pattern]) => pattern.test(reason))?.[0] ?? reason}`
}

interface Sight {
  readonly stand: FollowUpStand
  readonly person: Person
  readonly tasks: readonly Task[]
}

/** Of all tasks that are the step's: never more than one, if all is well. */
async function taskText({ stand, person, tasks }: Sight, id: string): Promise<string> {
  const its = tasks.filter(({ text }) => text.includes(markerOf('tasks', id)))
  const plan = await stand.plan(person.lead)
  const link = await linkOf(stand, person)
  const placeOf = (record: string) => {
    if (!plan || record === plan.record.id) return ''
    return ` ${person.places.get(record) ?? (record === link?.id ? 'at the other' : 'elsewhere')}`
  }
  const said = its.map(({ state, owner, about, text }) => {
    const place = about.length === 0 ? ' at nothing' : about.map(placeOf).join(',')
    const name = stand.sellers.get(owner) ?? owner
    return `${state}${place}${name === 'Kim' ? '' : ` for ${name}`}${Warning.test(text) ? ', with a warning' : ''}`
  })
  return said.join(' + ')
}

async function tasksOf(stand: FollowUpStand): Promise<readonly Task[]> {
  const tasks = (await stand.records()).filter(({ object }) => object === 'task')
  const about = stand.crm.name === 'hubspot' ? await hubspotAbout(stand, tasks) : null
  return tasks.map((task) => taskOf(task, stand.crm.name, about?.get(task.id)))
}

function taskOf({ fields }: StoredRecord, crm: CrmName, contacts: readonly string[] = []): Task {
  const of = (name: string) => String(fields[name] ?? '')
  const state = (name: string) => States[crm][of(name)] ?? of(name)
  switch (crm) {
    case 'hubspot':
      return {
        state: state('hs_task_status'),
        owner: of('hubspot_owner_id'),
        about: contacts,
        text: of('hs_task_body'),
      }
    case 'salesforce':
      return {
        state: state('Status'),
        owner: of('OwnerId'),
        about: [of('WhoId')].filter(Boolean),
        text: of('Description'),
      }
    case 'dynamics':
      return {
        state: state('statecode'),
        owner: of('_ownerid_value'),
        about: [of('_regardingobjectid_value')].filter(Boolean),
        text: of('description'),
      }
  }
}

/** The records themselves do not say it. */
async function hubspotAbout({ url, crm }: FollowUpStand, tasks: readonly StoredRecord[]): Promise<Map<string, string[]>> {
  const response = await fetch(`${url}/crm/associations/2026-09/tasks/contacts/batch/read`, {
    method: 'POST',
    headers: { authorization: `Bearer ${crm.harness.facts.secrets[0]}`, 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: tasks.map(({ id }) => ({ id })) }),
  })
  const { results } = (await response.json()) as {
    results: { from: { id: string }; to: { toObjectId: string | number }[] }[]
  }
  return new Map(results.map(({ from, to }) => [from.id, to.map(({ toObjectId }) => String(toObjectId))]))
}
