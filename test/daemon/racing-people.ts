import { leadKey } from '../../src/core/index.ts'
import type { Random } from '../kit/random.ts'

/** A lead as a foreign producer writes it. */
export interface RacingLead {
  readonly v: 1
  readonly id: string
  readonly occurredAt: string
  readonly action: string
  readonly person: Readonly<Record<string, string>>
}

export interface RacingPerson {
  /** A no that comes by e-mail alone, before anything else: a contact of its own without a record in any CRM, which others are joined into. */
  readonly first: readonly RacingLead[]
  /** One by phone and last name, and one by both, at the same moment: the two contacts are joined while the record is being made. */
  readonly meeting: readonly RacingLead[]
  readonly second: readonly RacingLead[]
  /** Anything goes: whoever they are is known by now. */
  readonly third: readonly RacingLead[]
}

const People = 50
const LeadsEach = 40
/** Of those who are joined; the first of them is the no. */
const BeforeTheJoin = 25
const Minute = 60_000

type Known = 'email' | 'phone' | 'both'

/** Fifty people with forty leads each: known by e-mail only, by phone and last name only, or by either until a lead with both joins the two. */
export function racingPeople(random: Random, now: number): readonly RacingPerson[] {
  return Array.from({ length: People }, (_, n) => {
    const leads = Array.from({ length: LeadsEach }, (_, at) => at)
    const lead = (at: number, known: Known, action = 'INS') => racingLead({ n, at, known, action, now }, random)
    const person = { first: [], meeting: [], second: [], third: [] }
    if (n % 5 < 2) return { ...person, second: leads.map((at) => lead(at, 'email')) }
    if (n % 5 === 2) return { ...person, second: leads.map((at) => lead(at, 'phone')) }
    return {
      ...person,
      first: [lead(0, 'email', 'DNC')],
      meeting: [lead(1, 'phone'), lead(2, 'both')],
      second: leads.slice(3, BeforeTheJoin).map((at) => lead(at, at % 3 === 0 ? 'both' : 'phone')),
      third: leads.slice(BeforeTheJoin).map((at) => lead(at, random.pick(['email', 'phone', 'both']))),
    }
  })
}

/** The leads that a record of theirs must show: every one but the no, which is nobody's interest. By the keys that the history carries. */
export function touchesOf({ meeting, second, third }: RacingPerson): readonly string[] {
  return [...meeting, ...second, ...third].map(({ id }) => leadKey(id)).sort()
}

interface Racing {
  readonly n: number
  readonly at: number
  readonly known: Known
  readonly action: string
  readonly now: number
}

function racingLead({ n, at, known, action, now }: Racing, random: Random): RacingLead {
  const email = known === 'phone' ? {} : { email: random.pick(spellingsOfEmail(n)) }
  const phone = known === 'email' ? {} : { phone: random.pick(spellingsOfPhone(n)), lastName: random.pick(spellingsOfName(n)) }
  const occurredAt = new Date(now - (LeadsEach - at) * Minute).toISOString()
  return { v: 1, id: `race-${n}-${at}`, occurredAt, action, person: { firstName: `First${at}`, ...email, ...phone } }
}

function spellingsOfEmail(n: number): string[] {
  const plain = `racer.${n}@people.example`
  return [plain, plain.toUpperCase(), `Racer.${n}@People.Example`, ` ${plain} `]
}

function spellingsOfPhone(n: number): string[] {
  const own = String(n).padStart(2, '0')
  return [`+49301234${own}5`, `+49 30 1234${own}5`, `0049 (30) 1234-${own}5`]
}

function spellingsOfName(n: number): string[] {
  return [`Möller-${n}`, `MÖLLER ${n}`, `Moller ${n}`]
}
