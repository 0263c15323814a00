import type { Lead } from '../../src/core/index.ts'
import { type Person, personOf } from './person.ts'
import { type HappeningName, Happenings, prepare } from './happenings.ts'
import { Action } from './rules.ts'
import { type Seen, see } from './seen.ts'
import type { FollowUpStand } from './stand.ts'

export interface Row {
  readonly happens: HappeningName
  /** `between`: the first task was made, and the later one waits. `unheard`: the first was made, and nobody knows. */
  readonly when: 'before' | 'between' | 'unheard'
  readonly known?: 'by e-mail' | 'by telephone'
  readonly by?: 'call' | 'mail'
}

export interface Lived {
  readonly row: Row
  readonly seen: Seen
  /** The same after everything was asked for once more. */
  readonly again: Seen
}

/** Lives all rows at once, each with a person of its own, until every step's time has come. */
export async function live(stand: FollowUpStand, rows: readonly Row[]): Promise<readonly Lived[]> {
  const people = rows.map((row, number) =>
    personOf({
      name: `p${number}`,
      number,
      known: row.known ?? 'by e-mail',
      action: row.by === 'mail' ? Action.mails : Action.calls,
    }),
  )
  const among = (when: Row['when']) => people.filter((_, index) => rows[index]?.when === when)
  const happen = async (some: readonly Person[]) => {
    await Promise.all(some.map((person) => happenTo(stand, person, rows[people.indexOf(person)])))
    await stand.settle()
  }
  await Promise.all(people.map(({ lead }) => stand.enter(lead)))
  await Promise.all(people.map((person, index) => prepare(stand, person, rows[index]?.happens ?? 'nothing')))
  await stand.settle()

  await happen(among('before'))
  for (const person of among('unheard')) {
    const id = (await stand.plan(person.lead))?.steps[0]?.id ?? ''
    stand.lost.set(id, () => happenTo(stand, person, rows[people.indexOf(person)]))
  }
  await fireNext(stand, people)
  await happen(among('between'))
  await fireNext(stand, people)
  await fireNext(stand, people)
  const seen = await see(stand, people)
  await askAllAgain(stand, people)
  const again = await see(stand, people)
  return rows.map((row, index) => {
    const name = String(people[index]?.name)
    return { row, seen: seen.get(name) ?? never(), again: again.get(name) ?? never() }
  })
}

async function happenTo(stand: FollowUpStand, person: Person, row: Row | undefined): Promise<void> {
  if (row) await Happenings[row.happens](stand, person)
}

/** The time has come of the first step that waits, of each lead. */
async function fireNext(stand: FollowUpStand, people: readonly Person[]): Promise<void> {
  const leads = people.flatMap(({ lead, newer }) => [lead, ...newer])
  await Promise.all(
    leads.map(async (lead) => {
      const plan = await stand.plan(lead)
      const step = plan?.steps.find(({ state }) => state === 'waiting')
      if (step) await stand.fire(step)
    }),
  )
  await stand.settle()
}

async function askAllAgain(stand: FollowUpStand, people: readonly Person[]): Promise<void> {
  const again = async (lead: Lead) => {
    const plan = await stand.plan(lead)
    if (!plan) return
    await stand.deliverAgain(lead)
    await Promise.all(plan.steps.map((step) => stand.askAllAgain(plan, step)))
  }
  await Promise.all(people.flatMap(({ lead, newer }) => [lead, ...newer]).map(again))
  await stand.settle()
}

function never(): never {
  throw new Error('Nobody of that name lived.')
}
