import { chanceOf } from '../kit/chance.ts'
import { makeFaults, type PlannedFault } from './fault-plan.ts'
import { makePeople, type Person, type PlannedLead } from './people.ts'

/** What happens in a run, all of it from the seed; when exactly, the machine decides. */
export interface Plan {
  readonly seed: number
  readonly people: readonly Person[]
  /** What each sender has to send, one after the other. All of a person's leads are with one of them, so that their order is certain. */
  readonly lanes: readonly (readonly PlannedLead[])[]
  readonly faults: readonly PlannedFault[]
}

const Lanes = 8

export function makePlan({ seed, leads }: { readonly seed: number; readonly leads: number }): Plan {
  // One after the other, and each from a chance of its own: a change of the faults leaves the people as they are.
  const people = makePeople(chanceOf(seed), leads)
  const faults = makeFaults(chanceOf(seed ^ 0x5eed), leads)
  return { seed, people, lanes: makeLanes(people, seed), faults }
}

/** Each person begins somewhere, and goes on within a part of the run, between the leads of others. */
function makeLanes(people: readonly Person[], seed: number): Plan['lanes'] {
  const chance = chanceOf(seed ^ 0x1a9e)
  const placed = people.flatMap(({ leads }) => {
    const begin = chance.next()
    const places = leads.map(() => begin + chance.next() * 0.3).toSorted((a, b) => a - b)
    return leads.map((lead, index) => ({ lead, place: places[index] ?? begin }))
  })
  const all = placed.toSorted((a, b) => a.place - b.place).map(({ lead }) => lead)
  return Array.from({ length: Lanes }, (_, lane) => all.filter(({ person }) => person % Lanes === lane))
}
