import { foldName } from './identity.ts'
import type { Person } from './lead.ts'

/** Legal forms, and what people write who have no company or give none. */
const Generic = new Set(
  (
    'ab ag aps as asa bv co company corp corporation cv doo eood gbr gmbh inc incorporated kft kg kk limited llc llp lp ltd ltda mbh nv ohg oy oyj ' +
    'plc pte pty pvt sa sarl sas sl spa sro srl sp zoo ug the and und et of group holding holdings ' +
    'abc consultant consulting demo employed freelance freelancer home individual na nil no none not applicable nothing null other ' +
    'organisation organization personal private self sample student test testing unknown university xxx xyz yes'
  ).split(' '),
)

/**
 * First name, last name and company as one text for comparison, or null when one of them is missing or the company says nothing. Equal ones
 * are a hint that two contacts are one person, never more: names are shared, and people misspell their own.
 */
export function nameHint({ firstName, lastName, company }: Pick<Person, 'firstName' | 'lastName' | 'company'>): string | null {
  const [first, last, employer] = [foldName(firstName ?? ''), foldName(lastName ?? ''), foldCompany(company ?? '')]
  return first === '' || last === '' || employer === '' ? null : JSON.stringify([first, last, employer])
}

/** `Contoso, Inc.` is `Contoso`. */
function foldCompany(company: string): string {
  const words = company.split(/[^\p{L}\p{M}\p{N}'’.]+/u).map((word) => foldName(word))
  return words.filter((word) => word.length > 1 && !Generic.has(word)).join('')
}
