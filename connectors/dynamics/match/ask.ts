import type { PersonKind } from '../../kit/people/records.ts'
import type { Search } from '../../kit/people/search.ts'
import { SetNames } from '../org/table.ts'
import { pathOfLink } from '../paths.ts'
import { eqAny, idAny } from '../requests/odata.ts'
import type { Operation } from '../requests/operation.ts'

/** By what the records of one table are asked for, in one query. */
export interface Ask {
  readonly kind: PersonKind
  readonly by: 'text' | 'id'
  readonly column: string
  /** What is asked for, and for whom. */
  readonly askers: Askers
  /** What of its answer was read already; absent at first. */
  readonly read?: { readonly pages: number; readonly rows: number; readonly next: string }
}

export type Askers = ReadonlyMap<string, readonly Search[]>

/** A page of a query. More than these for 100 people means that one address stands for hundreds of records. */
export const MostRows = 1_000
/** An environment may give fewer rows to a page than were asked for. */
const MostPages = 20
// Dataverse has refused filters of more than 300 conditions (0x80044183), and takes addresses of 32 kB outside of a batch; the columns
// need some of them. https://github.com/daryllabar/DLaB.Xrm.XrmToolBoxTools/issues/493
const MostValues = 100
const MostText = 20_000

/** Who asks for what, each value once. */
export function askersOf(searches: readonly Search[], valuesOf: (search: Search) => readonly string[]): Askers {
  const askers = new Map<string, Search[]>()
  for (const search of searches) {
    for (const value of new Set(valuesOf(search))) {
      const others = askers.get(value)
      if (others) others.push(search)
      else askers.set(value, [search])
    }
  }
  return askers
}

/** In as many queries as their length asks for; none where there is nothing to ask. */
export function inQueries(ask: Ask): Ask[] {
  const { askers } = ask
  if (askers.size === 0) return []
  return askers.size > MostValues || filterOf(ask).length > MostText ? halves(ask).flatMap(inQueries) : [ask]
}

/** None of one value: it can't be made smaller. */
export function halves(ask: Ask): Ask[] {
  const all = [...ask.askers]
  if (all.length < 2) return []
  const middle = Math.ceil(all.length / 2)
  const { read: _, ...whole } = ask
  return [all.slice(0, middle), all.slice(middle)].map((some) => ({ ...whole, askers: new Map(some) }))
}

/** The same question at its next page; null where there are too many, or the link leads to anything but another page. */
export function nextOf(ask: Ask, link: string, count: number): Ask | null {
  const { pages, rows } = ask.read ?? { pages: 0, rows: 0 }
  const read = { pages: pages + 1, rows: rows + count, next: pathOfLink(link) ?? '' }
  return read.pages < MostPages && read.rows < MostRows && read.next.startsWith(`${SetNames[ask.kind]}?`)
    ? { ...ask, read }
    : null
}

export function operationOf(ask: Ask, select: string): Operation {
  if (ask.read !== undefined) return { method: 'GET', path: ask.read.next }
  return { method: 'GET', path: `${SetNames[ask.kind]}?$select=${select}&$filter=${filterOf(ask)}&$top=${MostRows}` }
}

function filterOf({ by, column, askers }: Ask): string {
  const values = [...askers.keys()]
  return by === 'id' ? idAny(column, values) : eqAny(column, values)
}
