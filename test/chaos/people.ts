import type { Random } from '../kit/chance.ts'

export type Form = 'email' | 'phone' | 'both'

/** One lead as its sender means it. What follows from its number is in `body.ts`. */
export interface PlannedLead {
  readonly n: number
  readonly person: number
  readonly action: 'INS' | 'PLT' | 'Create' | 'DNC'
  readonly offer: string
  readonly form: Form
  /** How long before the run it happened; null: when it comes in, as the marketplace tells no time. */
  readonly minutesAgo: number | null
  /** How often it is sent once more, word for word: `after` it was answered, or at the same moment. */
  readonly again: 'no' | 'after' | 'together'
}

export interface Person {
  readonly n: number
  readonly story: Story
  /** Who tells of this person. One sender each: leads of two channels may be one and the same. */
  readonly channel: 'marketplace' | 'api'
  readonly country: (typeof Countries)[number]
  /** In the order in which they are sent. */
  readonly leads: readonly PlannedLead[]
}

export const Countries = ['US', 'DE', 'FR'] as const
const Offers = ['alpha', 'beta', 'gamma'] as const

interface Draft {
  readonly action: PlannedLead['action']
  readonly offer?: string
  readonly form?: Form
}

/** What becomes of one person. Those who say no are known by e-mail, so that it is certain whom the no is about. */
const Stories = {
  once: { weight: 26, tell: ({ pick }) => [{ action: pick(['INS', 'PLT', 'Create']) }] },
  several: { weight: 22, tell: (chance) => Array.from({ length: chance.between(2, 4) }, () => interest(chance)) },
  /** By the API, which tells when it happened, in another order than it happened. */
  stale: { weight: 8, tell: (chance) => Array.from({ length: 3 }, () => interest(chance)) },
  'by phone': { weight: 8, tell: (chance) => [interest(chance, 'phone'), interest(chance, 'phone')] },
  'phone, both, e-mail': { weight: 7, tell: (chance) => [interest(chance, 'phone'), interest(chance, 'both'), interest(chance)] },
  'e-mail, both, phone': { weight: 7, tell: (chance) => [interest(chance), interest(chance, 'both'), interest(chance, 'phone')] },
  /** Two records may come of it: Leadsync joins what it knows, and merges nothing in a CRM. */
  'phone, e-mail, both': { weight: 4, tell: (chance) => [interest(chance, 'phone'), interest(chance), interest(chance, 'both')] },
  'no afterwards': { weight: 5, tell: ({ pick }) => about(pick(Offers), ['INS', 'DNC']) },
  'no before': { weight: 4, tell: () => [...about('alpha', ['DNC', 'INS']), ...about('beta', ['INS'])] },
  'no between': { weight: 4, tell: ({ pick }) => about(pick(Offers), ['Create', 'DNC', 'INS']) },
  'no and released': { weight: 5, tell: ({ pick }) => about(pick(Offers), ['INS', 'DNC', 'PLT', 'Create']) },
} satisfies Record<string, { readonly weight: number; tell(chance: Random): readonly Draft[] }>

export type Story = keyof typeof Stories

/** So many leads and the people who send them; the last one's story may be cut short. Pure: the chance decides all. */
export function makePeople(chance: Random, leads: number): readonly Person[] {
  const people: Person[] = []
  let next = 1
  while (next <= leads) {
    const person = makePerson(chance, people.length + 1, next, leads - next + 1)
    people.push(person)
    next += person.leads.length
  }
  return people
}

function makePerson(chance: Random, n: number, first: number, most: number): Person {
  const story = pickStory(chance)
  const channel = story === 'stale' || chance.chance(0.25) ? 'api' : 'marketplace'
  const drafts: readonly Draft[] = Stories[story].tell(chance).slice(0, most)
  const minutes = drafts.map((_, index) => 10 * (drafts.length - index))
  const told = story === 'stale' ? shuffled(chance, minutes) : minutes
  const leads = drafts.map(({ action, offer, form = 'email' }, index) => ({
    n: first + index,
    person: n,
    action,
    offer: offer ?? chance.pick(Offers),
    form,
    minutesAgo: channel === 'api' ? (told[index] ?? 0) : null,
    again: action === 'DNC' || !chance.chance(0.08) ? ('no' as const) : chance.pick(['after', 'together'] as const),
  }))
  return { n, story, channel, country: chance.pick(['US', 'US', 'DE', 'FR']), leads }
}

function pickStory(chance: Random): Story {
  const all = Object.entries(Stories) as [Story, { readonly weight: number }][]
  let left = chance.between(
    1,
    all.reduce((sum, [, { weight }]) => sum + weight, 0),
  )
  for (const [story, { weight }] of all) {
    left -= weight
    if (left <= 0) return story
  }
  return 'once'
}

function interest({ pick }: Random, form: Form = 'email'): Draft {
  return { action: pick(['INS', 'PLT', 'Create']), form }
}

function about(offer: string, actions: readonly PlannedLead['action'][]): readonly Draft[] {
  return actions.map((action) => ({ action, offer }))
}

export function shuffled<T>(chance: Random, all: readonly T[]): readonly T[] {
  return all
    .map((one) => [chance.next(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one)
}
