import type { LeadPart } from '../condition.ts'
import type { FollowUpCondition, FollowUpRule } from './rules.ts'

type When = FollowUpRule['when']

/**
 * Whether one lead may be about both: false only where that is certain. An offer written without spaces and capitals is taken for an id, and
 * one with a space for a title. Asked of a condition and itself it tells whether any lead can fit it.
 */
export function mayMeet(one: When, other: When): boolean {
  if (one === 'otherwise' || other === 'otherwise') return one === other
  const both = [one ?? {}, other ?? {}]
  return (
    // A lead has several tags, and a source in our words and in the sender's: of those, two lists may both fit though they share nothing.
    share(both, ({ actions }) => actions, isSame) &&
    share(both, ({ offers }) => offers, mayBeOneOffer) &&
    share(both, ({ countries }) => countries, isSame) &&
    share(both, ({ stages }) => stages, isSame) &&
    share(both, ({ channels }) => channels, isSame) &&
    partsAgree(both) &&
    new Set(both.map(({ freeMail }) => freeMail).filter((asked) => asked !== undefined)).size < 2 &&
    scoresMeet(both)
  )
}

type Conditions = readonly FollowUpCondition[]

/** Whether one value may be named by the lists of all that have one. */
function share(
  conditions: Conditions,
  listOf: (when: FollowUpCondition) => readonly string[] | undefined,
  mayBeOne: (a: string, b: string) => boolean,
): boolean {
  const [first, second] = conditions.map(listOf).filter((list) => list !== undefined)
  if (first === undefined || second === undefined) return true
  return first.some((a) => second.some((b) => mayBeOne(a.trim(), b.trim())))
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** A lead's offer is named by `publisher.offer`, its id alone, and its title. Ids may hold dots. */
function mayBeOneOffer(a: string, b: string): boolean {
  if (isSame(a, b)) return true
  if (isId(a) && isId(b)) return a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
  return !(isTitle(a) && isTitle(b))
}

function isId(name: string): boolean {
  return !isTitle(name) && name === name.toLowerCase()
}

function isTitle(name: string): boolean {
  return /\s/.test(name)
}

function partsAgree(conditions: Conditions): boolean {
  const had = new Set(conditions.flatMap(partsAskedFor))
  return !conditions.some(({ lacks = [] }) => lacks.some((part) => had.has(part)))
}

/** Whoever asks what stands somewhere asks that something does. */
function partsAskedFor({ has = [], freeMail, countries, jobTitle, notes }: FollowUpCondition): readonly LeadPart[] {
  const parts: LeadPart[] = [...has]
  if (freeMail !== undefined) parts.push('email')
  if (countries !== undefined) parts.push('country')
  if (jobTitle !== undefined) parts.push('jobTitle')
  if (notes !== undefined) parts.push('notes')
  return parts
}

function scoresMeet(conditions: Conditions): boolean {
  const from = Math.max(...conditions.map(({ score }) => score?.from ?? Number.NEGATIVE_INFINITY))
  const below = Math.min(...conditions.map(({ score }) => score?.below ?? Number.POSITIVE_INFINITY))
  return from < below
}
