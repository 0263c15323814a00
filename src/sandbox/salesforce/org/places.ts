import type { SoqlValue } from '../soql/org.ts'
import { countryNames, stateCodes } from './countries.ts'
import type { Messages } from './messages.ts'
import type { RowError } from './org.ts'
import { problem } from './problem.ts'

type Values = Readonly<Record<string, SoqlValue>>

export interface CheckedPlaces {
  readonly changes: Values
  readonly problems: readonly RowError[]
}

interface Place {
  readonly code: string
  readonly label: string
}

const prefixes: Readonly<Record<string, readonly string[]>> = {
  Lead: [''],
  Contact: ['Mailing', 'Other'],
  Account: ['Billing', 'Shipping'],
}

/**
 * State and country picklists: text must be a label of the list, a code brings its label and the other way
 * round, and a state belongs to its country. https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_overview.htm
 */
export function checkPlaces(object: string, before: Values, changes: Values, say: Messages): CheckedPlaces {
  const completed: Record<string, SoqlValue> = { ...changes }
  const problems: RowError[] = []
  for (const prefix of prefixes[object] ?? []) {
    const names = ['Country', 'CountryCode', 'State', 'StateCode'].map((part) => `${prefix}${part}`)
    if (!names.some((name) => name in changes)) continue
    const outcome = checkPlace(prefix, before, changes, say)
    problems.push(...outcome.problems)
    Object.assign(completed, outcome.changes)
  }
  return { changes: completed, problems }
}

function checkPlace(prefix: string, before: Values, changes: Values, say: Messages): CheckedPlaces {
  const country = choose(countryNames(), prefix, 'Country', before, changes)
  if (country === 'unknown') return badPlace('country', prefix, say)
  const states = country === null ? {} : (stateCodes[country.code] ?? {})
  const state = choose(states, prefix, 'State', before, changes)
  if (state !== null && country === null) return refuse(say.stateWithoutCountry(), `${prefix}State`)
  if (state === 'unknown') return badPlace('state', prefix, say)
  const completed = {
    [`${prefix}Country`]: country?.label ?? null,
    [`${prefix}CountryCode`]: country?.code ?? null,
    [`${prefix}State`]: state?.label ?? null,
    [`${prefix}StateCode`]: state?.code ?? null,
  }
  return { changes: completed, problems: [] }
}

/** What the write says, else what stood there; a code given beside a text wins. */
function choose(list: Values, prefix: string, part: string, before: Values, changes: Values): Place | 'unknown' | null {
  const name = `${prefix}${part}`
  const source = `${name}Code` in changes || name in changes ? changes : before
  const code = source[`${name}Code`] ?? null
  const wanted = String(code ?? source[name] ?? '').toLowerCase()
  if (wanted === '') return null
  const entry = Object.entries(list).find((one) => String(one[code === null ? 1 : 0]).toLowerCase() === wanted)
  return entry === undefined ? 'unknown' : { code: entry[0], label: String(entry[1]) }
}

function badPlace(kind: 'country' | 'state', prefix: string, say: Messages): CheckedPlaces {
  const field = `${prefix}${kind === 'country' ? 'Country' : 'State'}`
  return refuse(say.badPlace(kind, field), field)
}

function refuse(message: string, field: string): CheckedPlaces {
  return { changes: {}, problems: [problem('FIELD_INTEGRITY_EXCEPTION', message, [field])] }
}
