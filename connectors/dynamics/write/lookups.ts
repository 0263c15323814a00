import type { FieldValue } from '../../../src/core/index.ts'
import type { Org } from '../org/org.ts'
import type { Column, Kind } from '../org/table.ts'
import { Guid } from '../requests/odata.ts'
import { NoSuchOwner, type Owners } from './owners.ts'

/** A lookup as it is written: `NAVIGATION@odata.bind` and the address of the record. `leave`: it can't be written for any value. */
export type Bound =
  | { readonly name: string; readonly value: string | null }
  | { readonly reason: string }
  | { readonly leave: string }

export interface LookupContext {
  readonly org: Pick<Org, 'navigation'>
  readonly owners: Pick<Owners, 'of'>
}

const Sets: Readonly<Record<string, string>> = {
  systemuser: 'systemusers',
  team: 'teams',
  account: 'accounts',
  contact: 'contacts',
  lead: 'leads',
  campaign: 'campaigns',
  transactioncurrency: 'transactioncurrencies',
}
const Addressed = new RegExp(`^/?(?<set>[a-z_][a-z0-9_]*)\\((?<id>${Guid.source.slice(1, -1)})\\)$`, 'i')

/**
 * Binds a lookup. Values are ids, owners also by name; where a lookup may point to several tables, `accounts(ID)` says to which.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
 */
export function bind(value: FieldValue, column: Column, kind: Kind, { org, owners }: LookupContext): Bound {
  if (column.type === 'Owner') return bindOwner(value, column, kind, { org, owners })
  if (value === null) return bound(column, kind, column.targets[0], null, org)
  const text = String(value).trim()
  const { set, id } = Addressed.exec(text)?.groups ?? {}
  if (set !== undefined && id !== undefined) {
    const target = column.targets.find((one) => setOf(one) === set.toLowerCase())
    if (target === undefined) return { reason: `It can't point to ${set.toLowerCase()}.` }
    return bound(column, kind, target, id, org)
  }
  if (!Guid.test(text)) return { reason: 'It takes only the id (a guid) of a record.' }
  if (column.targets.length > 1) {
    return { reason: `It may point to several tables: write ${column.targets.map((one) => `${setOf(one)}(ID)`).join(' or ')}.` }
  }
  return bound(column, kind, column.targets[0], text, org)
}

function bindOwner(value: FieldValue, column: Column, kind: Kind, { org, owners }: LookupContext): Bound {
  const owner = typeof value === 'string' ? owners.of(value) : undefined
  return owner === undefined ? { leave: NoSuchOwner } : bound(column, kind, owner.table, owner.id, org)
}

function bound(column: Column, kind: Kind, target: string | undefined, id: string | null, org: LookupContext['org']): Bound {
  const navigation = target === undefined ? null : org.navigation(kind, column.name, target)
  if (target === undefined || navigation === null) {
    return { leave: 'Dynamics 365 does not say by which navigation property this lookup is written. Take it out of the mapping.' }
  }
  return { name: `${navigation}@odata.bind`, value: id === null ? null : `/${setOf(target)}(${id.toLowerCase()})` }
}

/** Sets of custom tables are plurals that Dataverse makes when the table is made, in English, whatever its name means. */
function setOf(table: string): string {
  const known = Sets[table]
  if (known !== undefined) return known
  if (/[^aeiou]y$/.test(table)) return `${table.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/.test(table) ? `${table}es` : `${table}s`
}
