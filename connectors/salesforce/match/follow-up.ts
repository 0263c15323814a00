import { DeliveryError } from '../../../src/core/index.ts'
import type { Wanted } from '../../kit/people/rounds.ts'
import { fail } from '../../kit/people/search.ts'
import { isId } from '../org/ids.ts'
import type { Kind } from '../org/org.ts'
import { inList } from '../requests/soql.ts'
import { Kinds, Prefixes, type Reading } from './reading.ts'

interface FollowUp {
  readonly kind: Kind
  readonly field: string
  readonly values: ReadonlySet<string>
  wants(wanted: Wanted): boolean
}

// 40 characters each at most.
const ValuesPerQuery = 1_000

/** Reads records by id, in the recycle bin too, and Leads by further contact ids, for all searches together. */
export async function follow(wanted: readonly Wanted[], reading: Reading): Promise<void> {
  const followUps = [...Kinds.flatMap((kind) => byId(kind, wanted, reading)), ...byContactId(wanted, reading)]
  const found = await reading.ask(followUps.map((one) => soqlOf(one, reading)))
  for (const [index, { kind, field, values, wants }] of followUps.entries()) {
    const rows = found[index] ?? []
    if (rows instanceof DeliveryError) {
      fail(
        wanted.filter(wants).map(({ search }) => search),
        rows,
      )
      continue
    }
    reading.keep(kind, rows)
    if (field === 'Id') for (const id of values) reading.records.miss(id)
  }
}

function byId(kind: Kind, wanted: readonly Wanted[], { records }: Reading): FollowUp[] {
  const refs = wanted.flatMap(({ unread }) => unread).filter(({ object }) => object === kind)
  const ids = [...new Set(refs.map(({ id }) => id))]
  // One malformed id would have the whole query refused, and no record can have it.
  for (const id of ids) if (!isId(id, Prefixes[kind])) records.miss(id)
  return inParts(ids.filter((id) => isId(id, Prefixes[kind]))).map((values) => ({
    kind,
    field: 'Id',
    values,
    wants: ({ unread }) => unread.some(({ id }) => values.has(id)),
  }))
}

function byContactId(wanted: readonly Wanted[], { sides }: Reading): FollowUp[] {
  const field = sides.lead.contactId
  const contactIds = [...new Set(wanted.flatMap((one) => one.contactIds))]
  if (field === null) return []
  return inParts(contactIds).map((values) => ({
    kind: 'lead',
    field,
    values,
    wants: (one) => one.contactIds.some((id) => values.has(id)),
  }))
}

function soqlOf({ kind, field, values }: FollowUp, { sides }: Reading) {
  const { select, selectDeleted } = sides[kind].columns
  const where = inList(field, [...values])
  return field === 'Id' ? { soql: `${selectDeleted} WHERE ${where}`, includeDeleted: true } : { soql: `${select} WHERE ${where}` }
}

function inParts(values: readonly string[]): Set<string>[] {
  const parts: Set<string>[] = []
  for (let from = 0; from < values.length; from += ValuesPerQuery) parts.push(new Set(values.slice(from, from + ValuesPerQuery)))
  return parts
}
