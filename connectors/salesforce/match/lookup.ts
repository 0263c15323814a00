import { DeliveryError } from '../../../src/core/index.ts'
import { fail, type Search } from '../../kit/people/search.ts'
import { isId } from '../org/ids.ts'
import { type Kind, ObjectNames } from '../org/org.ts'
import { inList } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'
import { crowded, hiddenEmail, tooMuchAtOnce } from './lookup-faults.ts'
import { Kinds, Prefixes, type Reading } from './reading.ts'

interface Part {
  readonly kind: Kind
  readonly searches: readonly Search[]
  readonly soql: string
}

// A page of a query. More than these for 200 people means that one address stands for thousands of records.
const MostRows = 2_000
// Salesforce takes 100,000 characters of SOQL, and the columns need some of them.
const MostText = 60_000
// Two requests, at every halving: looking on for crowded addresses must not use up what the others need.
const MostQueries = 10
// `Email` holds no more, and neither does an external id: a longer value finds nobody, and only makes the query longer.
const EmailLength = 80
const ContactIdLength = 255

/**
 * Reads whoever has the e-mail or a contact id of a search, or is the record that our ledger or a duplicate rule named. A search that can't
 * be answered gets its `error`.
 */
export async function lookFor(searches: readonly Search[], reading: Reading): Promise<void> {
  const { crm, sides } = reading
  for (const kind of Kinds) {
    const asking = sides[kind].email === null ? searches.filter(({ email }) => email !== null) : []
    fail(asking, hiddenEmail(crm, ObjectNames[kind]))
  }
  let parts = Kinds.flatMap((kind) => split(kind, searches, reading))
  const most = Math.max(MostQueries, parts.length)
  while (parts.length > 0) {
    for (const late of parts.slice(most)) fail(late.searches, tooMuchAtOnce(crm))
    const asked = parts.slice(0, most)
    const found = await reading.ask(asked.map(({ soql }) => ({ soql })))
    parts = asked.flatMap((part, index) => take(part, found[index] ?? [], reading))
  }
}

/** In as many queries as their length asks for; none where there is nothing to ask. */
function split(kind: Kind, all: readonly Search[], reading: Reading): Part[] {
  const searches = all.filter(({ error }) => error === null)
  const where = conditionsOf(kind, searches, reading).join(' OR ')
  if (where === '') return []
  if (where.length > MostText && searches.length > 1) return halves(kind, searches, reading)
  return [{ kind, searches, soql: `${reading.sides[kind].columns.select} WHERE ${where} LIMIT ${MostRows}` }]
}

function halves(kind: Kind, searches: readonly Search[], reading: Reading): Part[] {
  const middle = Math.ceil(searches.length / 2)
  return [...split(kind, searches.slice(0, middle), reading), ...split(kind, searches.slice(middle), reading)]
}

function conditionsOf(kind: Kind, searches: readonly Search[], { sides }: Reading): string[] {
  const emails = searches.flatMap(({ email }) => email ?? [])
  const contactIds = searches.flatMap((search) => search.contactIds)
  const refs = searches.flatMap(({ ledger, blocked }) => [ledger ?? [], blocked ?? []].flat())
  return [
    ...condition(
      sides[kind].email,
      emails.filter(({ length }) => length <= EmailLength),
    ),
    ...condition(
      sides[kind].contactId,
      contactIds.filter(({ length }) => length <= ContactIdLength),
    ),
    ...condition(
      'Id',
      refs.filter(({ object, id }) => object === kind && isId(id, Prefixes[kind])).map(({ id }) => id),
    ),
  ]
}

function condition(field: string | null, values: readonly string[]): string[] {
  return field === null || values.length === 0 ? [] : [inList(field, [...new Set(values)])]
}

/** Keeps the answer, or says in which smaller parts it is to be asked for again. */
function take({ kind, searches }: Part, found: readonly WireRecord[] | DeliveryError, reading: Reading): Part[] {
  if (found instanceof DeliveryError) fail(searches, found)
  else if (found.length < MostRows) reading.keep(kind, found)
  else if (searches.length > 1) return halves(kind, searches, reading)
  else fail(searches, crowded(reading.crm, ObjectNames[kind], MostRows))
  return []
}
