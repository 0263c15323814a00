import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { invalid, json } from './answers.ts'
import { type Filter, readBody, SearchInput } from './bodies.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import type { StoredRecord } from './store.ts'
import type { Values } from './unique-index.ts'
import { allValues, viewRecord } from './views.ts'

interface Hit {
  readonly record: StoredRecord
  readonly stored: Values
  readonly all: Values
}

/** Searches what the index has caught up with: a write shows only `searchLagMs` later, so this is no existence check. */
export function searchObjects(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const input = readBody(request, SearchInput)
  refuseTooLarge(input, request.body.length, portal.mostSearchResults)
  for (const group of input.filterGroups) for (const filter of group.filters) refuseUnknown(portal, kind, filter)
  const hits = indexed(portal, kind).filter((hit) => matches(hit.all, input))
  for (const sort of input.sorts.slice(0, 1)) {
    const sign = sort.direction === 'DESCENDING' ? -1 : 1
    hits.sort((a, b) => sign * compare(a.all[sort.propertyName] ?? '', b.all[sort.propertyName] ?? ''))
  }
  const start = Number(input.after ?? 0)
  const end = start + input.limit
  const names = input.properties.length > 0 ? input.properties : kind.readByDefault
  const results = hits.slice(start, end).map((hit) => viewRecord(portal, hit.record, names, hit.stored))
  const paging = end < hits.length ? { paging: { next: { after: String(end) } } } : {}
  return json(200, { total: hits.length, results, ...paging })
}

function indexed(portal: Portal, kind: ObjectKind): Hit[] {
  const at = portal.now()
  const hits: Hit[] = []
  for (const record of portal.store.list(kind.name)) {
    const stored = record.searchableAt <= at ? record.values : record.staleValues
    if (stored !== null) hits.push({ record, stored, all: allValues(portal, record, stored) })
  }
  return hits
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm: the documented caps. */
function refuseTooLarge(input: SearchInput, characters: number, mostResults: number): void {
  const filters = input.filterGroups.flatMap((group) => group.filters)
  if (input.limit > 200) throw invalid('The search limit may be 200 at most')
  if (Number(input.after ?? 0) + input.limit > mostResults) throw invalid(`A search shows ${mostResults} results at most`)
  if (characters > 3000) throw invalid('A search request may have 3000 characters at most')
  if (input.filterGroups.length > 5 || filters.length > 18)
    throw invalid('A search may have 5 filterGroups and 18 filters at most')
  if (input.filterGroups.some((group) => group.filters.length > 6)) throw invalid('A filterGroup may have 6 filters at most')
}

function refuseUnknown(portal: Portal, kind: ObjectKind, filter: Filter): void {
  if (portal.schema.find(kind.name, filter.propertyName) !== undefined) return
  throw invalid(`There was a problem with the request: property ${filter.propertyName} does not exist`)
}

function matches(values: Values, input: SearchInput): boolean {
  const query = input.query?.toLowerCase()
  const isFound = !query || Object.values(values).some((value) => value.toLowerCase().includes(query))
  const groups = input.filterGroups
  if (!isFound || groups.length === 0) return isFound
  return groups.some((group) => group.filters.every((filter) => passes(values[filter.propertyName] ?? '', filter)))
}

function passes(stored: string, filter: Filter): boolean {
  const value = stored.toLowerCase()
  const wanted = (filter.value ?? '').toLowerCase()
  const listed = (filter.values ?? []).map((one) => one.toLowerCase())
  switch (filter.operator) {
    case 'EQ':
      return value === wanted
    case 'NEQ':
      return value !== wanted
    case 'IN':
      return listed.includes(value)
    case 'NOT_IN':
      return !listed.includes(value)
    case 'HAS_PROPERTY':
      return value !== ''
    case 'NOT_HAS_PROPERTY':
      return value === ''
    case 'CONTAINS_TOKEN':
      return hasToken(value, wanted)
    case 'NOT_CONTAINS_TOKEN':
      return !hasToken(value, wanted)
    case 'LT':
      return value !== '' && compare(value, wanted) < 0
    case 'LTE':
      return value !== '' && compare(value, wanted) <= 0
    case 'GT':
      return value !== '' && compare(value, wanted) > 0
    case 'GTE':
      return value !== '' && compare(value, wanted) >= 0
    case 'BETWEEN':
      return value !== '' && compare(value, wanted) >= 0 && compare(value, filter.highValue ?? '') <= 0
    default:
      throw invalid(`${filter.operator} is not a search operator`)
  }
}

function hasToken(value: string, wanted: string): boolean {
  const bare = wanted.replaceAll('*', '')
  return wanted.includes('*') ? value.includes(bare) : value.split(/[\s;,]+/).includes(bare)
}

/** Numbers by size, times whether written as ISO or in epoch milliseconds, anything else by its letters. */
function compare(left: string, right: string): number {
  const [a, b] = [toNumber(left), toNumber(right)]
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b
  if (left === right) return 0
  return left < right ? -1 : 1
}

function toNumber(text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
}
