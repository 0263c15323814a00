import type { DeliveryError, MatchKeys } from '../../../src/core/index.ts'
import { createRecords, type PersonRef } from '../../kit/people/records.ts'
import type { PeopleReader, Wanted } from '../../kit/people/rounds.ts'
import { fail, type Search } from '../../kit/people/search.ts'
import type { Api } from '../api.ts'
import { recordId } from '../org/ids.ts'
import type { Org } from '../org/org.ts'
import { IdColumns, type Kind } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import type { Reply } from '../requests/operation.ts'
import { contactIdColumnOf, type Settings } from '../settings.ts'
import { Page } from '../wire.ts'
import { type Ask, type Askers, askersOf, halves, inQueries, MostRows, nextOf, operationOf } from './ask.ts'
import { type Columns, columnsOf, EmailColumn } from './columns.ts'
import { type Found, foundOf } from './found.ts'
import { crowded, hiddenEmail, tooMuchAtOnce, unknownColumn, unreadable } from './lookup-faults.ts'

export type LookupSettings = Pick<Settings, 'contactIdColumn' | 'key' | 'target' | 'onContact'>

export interface LookupContext {
  readonly api: Pick<Api, 'all'>
  readonly crm: string
  readonly signal: AbortSignal
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly org: Pick<Org, 'table' | 'hasContactId' | 'doubt'>
  readonly settings: LookupSettings
}

/** One table, as it is asked in one call of `match`. */
interface Side {
  readonly columns: Columns
  /** Null where its records have no such column. */
  readonly contactId: string | null
  /** Whether its records may have ids of ours that the contact id's column does not tell. */
  readonly hasOwnIds: boolean
}

export interface Reader extends PeopleReader<Found> {
  /** The id that Leadsync gives to the record of a contact id; null where it gives none. */
  ownId(kind: Kind, contactId: string): string | null
}

// Contacts first, since they count first.
const Kinds = ['contact', 'lead'] as const
// At every halving: looking on for crowded addresses must not use up what the others need.
const MostQueries = 10
// As the columns come; whatever is longer finds nobody, and only makes the query longer.
const UsualLength = 100
const AfterDoubtMs = 60_000
const BadQuery = '0x80060888'

/** Reads people by several queries in one request where the environment takes batches. */
export function createReader(all: readonly MatchKeys[], context: LookupContext): Reader {
  const { crm, org, settings } = context
  const records = createRecords<Found>()
  const sides = { lead: sideOf('lead'), contact: sideOf('contact') }
  const followsQualified = !linksLeads(settings)
  // An id takes as long to make as all else that is done for a person here, and is asked for many times.
  const ownIds = { lead: new Map<string, string>(), contact: new Map<string, string>() }

  function sideOf(kind: Kind): Side {
    const asked = new Set(all.flatMap(({ fields }) => (Object.hasOwn(fields, kind) ? (fields[kind] ?? []) : [])))
    const contactId = org.hasContactId(kind) ? contactIdColumnOf(settings) : null
    const hasOwnIds = settings.key === 'record-id' && (kind === settings.target || contactId === null)
    return { columns: columnsOf(kind, asked, { org, contactIdColumn: contactId }), contactId, hasOwnIds }
  }

  function ownId(kind: Kind, contactId: string): string | null {
    if (!sides[kind].hasOwnIds) return null
    const id = ownIds[kind].get(contactId) ?? recordId(kind, contactId)
    ownIds[kind].set(contactId, id)
    return id
  }

  function byEmail(kind: Kind, searches: readonly Search[]): Ask[] {
    const askers = askersOf(searches, ({ email }) => (email !== null && isFindable(email, kind, EmailColumn) ? [email] : []))
    const { state, column } = org.table(kind)
    if (state !== 'read' || column(EmailColumn)) return asksFor(kind, 'text', EmailColumn, askers)
    fail([...askers.values()].flat(), hiddenEmail(crm, kind))
    return []
  }

  function byContactId(kind: Kind, searches: readonly Search[], namesOf: (search: Search) => readonly string[]): Ask[] {
    const { contactId } = sides[kind]
    const own = askersOf(searches, (search) => namesOf(search).flatMap((name) => ownId(kind, name) ?? []))
    const byId = asksFor(kind, 'id', IdColumns[kind], own)
    if (contactId === null) return byId
    const named = askersOf(searches, (search) => namesOf(search).filter((name) => isFindable(name, kind, contactId)))
    return [...asksFor(kind, 'text', contactId, named), ...byId]
  }

  function byRef(kind: Kind, searches: readonly Search[], refsOf: (search: Search) => readonly PersonRef[]): Ask[] {
    const ids = (search: Search) => refsOf(search).flatMap(({ object, id }) => (object === kind ? [id] : []))
    const askers = askersOf(searches, ids)
    // One malformed id would have the whole query refused, and no record can have it.
    for (const id of askers.keys()) if (!isGuid(id)) records.miss(id)
    return asksFor(kind, 'id', IdColumns[kind], new Map([...askers].filter(([id]) => isGuid(id))))
  }

  function isFindable(value: string, kind: Kind, column: string): boolean {
    if (!value.isWellFormed() || /\p{Cc}/u.test(value)) return false
    return value.length <= (org.table(kind).column(column)?.length ?? UsualLength)
  }

  async function run(first: readonly Ask[]): Promise<void> {
    const most = Math.max(MostQueries, first.length)
    let asks = first
    while (asks.length > 0) {
      for (const late of asks.slice(most)) failAll(late, tooMuchAtOnce(crm))
      const asked = asks.slice(0, most)
      const operations = asked.map((ask) => operationOf(ask, sides[ask.kind].columns.select))
      const replies = await context.api.all(operations, context.signal)
      asks = asked.flatMap((ask, index) => take(ask, replies[index]))
    }
  }

  /** Keeps the answer, or says in which smaller queries it is to be asked for again. */
  function take(ask: Ask, reply: Reply | undefined): Ask[] {
    const { kind, by, askers } = ask
    const page = reply?.kind === 'ok' ? Page.safeParse(reply.body).data : undefined
    if (!page) {
      const smaller = isOfOneValue(reply) ? halves(ask) : []
      if (smaller.length === 0) failAll(ask, reply?.kind === 'refused' ? faultOf(kind, reply) : unreadable(crm))
      return smaller
    }
    const link = page['@odata.nextLink']
    const next = link ? nextOf(ask, link, page.value.length) : null
    if (page.value.length + (ask.read?.rows ?? 0) >= MostRows || (link && next === null)) {
      const smaller = halves(ask)
      if (smaller.length === 0) failAll(ask, crowded(crm, kind, MostRows))
      return smaller
    }
    const { columns, contactId } = sides[kind]
    for (const row of page.value) {
      const found = foundOf(kind, row, { columns, contactIdColumn: contactId, followsQualified })
      if (found) records.add(found)
    }
    if (next !== null) return [next]
    if (by === 'id') for (const id of askers.keys()) records.miss(id)
    return []
  }

  function faultOf(kind: Kind, { code, error }: Extract<Reply, { kind: 'refused' }>): DeliveryError {
    if (code !== BadQuery || error.status !== 400) return error
    org.doubt(context.now())
    return unknownColumn(crm, org.table(kind), AfterDoubtMs)
  }

  return {
    records,
    ownId,
    async lookFor(searches) {
      const refsOf = ({ ledger, blocked }: Search) => [ledger ?? [], blocked ?? []].flat()
      const asks = Kinds.flatMap((kind) => [
        ...byEmail(kind, searches),
        ...byContactId(kind, searches, ({ contactIds }) => contactIds),
        ...byRef(kind, searches, refsOf),
      ])
      await run(asks)
    },
    async follow(wanted) {
      const about = new Map(wanted.map((one) => [one.search, one]))
      const searches = [...about.keys()]
      const of =
        <T>(part: (one: Wanted) => readonly T[]) =>
        (search: Search) => {
          const one = about.get(search)
          return one ? part(one) : []
        }
      await run([
        ...Kinds.flatMap((kind) =>
          byRef(
            kind,
            searches,
            of(({ unread }) => unread),
          ),
        ),
        ...byContactId(
          settings.target,
          searches,
          of(({ contactIds }) => contactIds),
        ),
      ])
    },
  }
}

/** Whether people who are Contacts get a Lead all the same, which belongs to their Contact. */
export function linksLeads({ target, onContact }: Pick<LookupSettings, 'target' | 'onContact'>): boolean {
  return target === 'lead' && onContact === 'linked-lead'
}

function asksFor(kind: Kind, by: Ask['by'], column: string, askers: Askers): Ask[] {
  return inQueries({ kind, by, column, askers })
}

/** Perhaps only one of the values is refused, and the others must not wait for a person with it. An unknown column is refused with any. */
function isOfOneValue(reply: Reply | undefined): boolean {
  if (reply?.kind !== 'refused') return false
  const { code, status } = reply.error
  return (code === 'invalid' || code === 'protocol') && status !== 403 && reply.code !== BadQuery
}

function failAll({ askers }: Ask, error: DeliveryError): void {
  fail([...askers.values()].flat(), error)
}
