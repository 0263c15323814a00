import type { Lead } from '../../src/core/index.ts'
import { type HappeningName, Happenings, prepare } from './happenings.ts'
import { type Person, type PersonParts, personOf } from './person.ts'
import { Action } from './rules.ts'
import { type Seen, see } from './seen.ts'
import type { FollowUpStand } from './stand.ts'

export type { Seen } from './seen.ts'

export interface Row {
  readonly happens: HappeningName
  /** `between`: the first task was made, and the later one waits. `unheard`: the first was made, and nobody knows. */
  readonly when: 'before' | 'between' | 'unheard'
  readonly of: '' | 'mail' | 'phone'
}

export interface Lived {
  readonly row: Row
  readonly seen: Seen
  /** The same after everything was asked for once more. */
  readonly again: Seen
  /** The ids of those that are left of the person, done or not. */
  readonly jobs: readonly string[]
}

/** Lives all rows at once, each with a person of its own, until every step's time has come. */
export async function live(stand: FollowUpStand, rows: readonly Row[]): Promise<readonly Lived[]> {
  const lives = rows.map((row, index) => ({ row, person: personOf(partsOf(row, index)) }))
  const people = lives.map(({ person }) => person)
  await Promise.all(lives.map(({ row, person }) => prepare(stand, person, row.happens)))
  await stand.settle()
  await enter(stand, people)

  const happen = async (when: Row['when']) => {
    const those = lives.filter(({ row }) => row.when === when)
    await Promise.all(those.map(({ row, person }) => Happenings[row.happens](stand, person)))
    await stand.settle()
  }
  await happen('before')
  for (const { row, person } of lives.filter(({ row }) => row.when === 'unheard')) {
    stand.lost.set(String(person.steps[0]), () => Happenings[row.happens](stand, person))
  }
  await fireNext(stand, people)
  await happen('between')
  await fireNext(stand, people)
  await fireNext(stand, people)
  const seen = await see(stand, people)
  await askAllAgain(stand, people)
  const again = await see(stand, people)
  return await Promise.all(
    lives.map(async ({ row, person }) => ({
      row,
      seen: seenOf(seen, person),
      again: seenOf(again, person),
      jobs: await stand.jobsOf(person.steps),
    })),
  )
}

/** People whose lead is delivered and planned. */
export async function enterPeople(stand: FollowUpStand, parts: readonly Pick<PersonParts, 'name'>[]): Promise<readonly Person[]> {
  const people = parts.map(({ name }) => personOf({ name, phone: '', known: 'by e-mail', action: Action.calls }))
  await enter(stand, people)
  return people
}

/** The time has come of the first step that waits, of each lead. */
export async function fireNext(stand: FollowUpStand, people: readonly Person[]): Promise<void> {
  await Promise.all(
    leadsOf(people).map(async (lead) => {
      const plan = await stand.plan(lead)
      const step = plan?.steps.find(({ state }) => state === 'waiting')
      if (step) await stand.fire(step)
    }),
  )
  await stand.settle()
}

export async function askAllAgain(stand: FollowUpStand, people: readonly Person[]): Promise<void> {
  await Promise.all(
    leadsOf(people).map(async (lead) => {
      const plan = await stand.plan(lead)
      if (!plan) return
      await stand.deliverAgain(lead)
      await Promise.all(plan.steps.map((step) => stand.askAllAgain(plan, step)))
    }),
  )
  await stand.settle()
}

async function enter(stand: FollowUpStand, people: readonly Person[]): Promise<void> {
  await Promise.all(people.map(({ lead }) => stand.enter(lead)))
  await stand.settle()
  for (const person of people) {
    const steps = (await stand.plan(person.lead))?.steps ?? []
    if (steps.length !== 2) throw new Error(`The lead of ${person.name} was not planned.`)
    person.steps.push(...steps.map(({ id }) => id))
  }
}

function partsOf({ of }: Row, index: number): PersonParts {
  return {
    name: `p${index}`,
    phone: `+1617555${1_000 + index}`,
    known: of === 'phone' ? 'by telephone' : 'by e-mail',
    action: of === 'mail' ? Action.mails : Action.calls,
  }
}

function leadsOf(people: readonly Person[]): readonly Lead[] {
  return people.flatMap(({ lead, newer }) => [lead, ...newer])
}

function seenOf(seen: ReadonlyMap<string, Seen>, { name }: Person): Seen {
  const own = seen.get(name)
  if (!own) throw new Error(`Nobody has seen ${name}.`)
  return own
}
