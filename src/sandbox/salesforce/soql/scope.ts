import type { QueryableObject, QueryableOrg, QueryableRow } from './org.ts'
import { SoqlProblem } from './problem.ts'
import { fullId } from './record-id.ts'
import type { Source } from './syntax.ts'

/** A record and what it is a record of: behind a polymorphic relationship only the record knows. */
export interface Located {
  readonly object: QueryableObject
  readonly row: QueryableRow
}

/** What the names in one SELECT mean. */
export interface Scope {
  readonly org: QueryableOrg
  readonly object: QueryableObject
  readonly alias: string | null
  readonly includeDeleted: boolean
  /** The records of this object that the query may see. */
  visible(): QueryableRow[]
  /** The record that a reference leads to, in one of the objects that it may lead to. */
  find(objects: readonly QueryableObject[], id: string): Located | null
}

/** Throws INVALID_TYPE for an object that the org doesn't have. */
export function openScope(source: Source, org: QueryableOrg, includeDeleted: boolean): Scope {
  const object = org.object(source.object)
  if (object === null) throw unknownObject(source)
  // By object; filled when the first reference leads there, because most queries follow none.
  const indexes = new Map<string, Map<string, Located>>()

  function indexOf(target: QueryableObject): Map<string, Located> {
    const known = indexes.get(target.name)
    if (known !== undefined) return known
    const index = new Map<string, Located>()
    for (const row of visibleRows(target, includeDeleted)) index.set(idKey(row.Id), { object: target, row })
    indexes.set(target.name, index)
    return index
  }

  return {
    org,
    object,
    alias: source.alias,
    includeDeleted,
    visible: () => visibleRows(object, includeDeleted),
    find(objects, id) {
      for (const target of objects) {
        const found = indexOf(target).get(idKey(id))
        if (found !== undefined) return found
      }
      return null
    },
  }
}

function visibleRows(object: QueryableObject, includeDeleted: boolean): QueryableRow[] {
  return [...object.rows()].filter((row) => includeDeleted || row.IsDeleted !== true)
}

function idKey(id: unknown): string {
  return fullId(String(id)) ?? String(id)
}

function unknownObject(source: Source): SoqlProblem {
  const advice =
    "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
  return new SoqlProblem('INVALID_TYPE', `sObject type '${source.object}' is not supported. ${advice}`, source.objectAt)
}
