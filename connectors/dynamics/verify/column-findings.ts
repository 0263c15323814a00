import type { CatalogField, FieldValue, Finding, MappingField } from '../../../src/core/index.ts'
import { absence, constantsOf, type Dialect, error, type Fault, valueFaults, warning } from '../../kit/field-faults.ts'
import { type Column, catalogField, isLookup, type Kind, optionValue, type Table } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import { OwnerColumn } from '../write/owners.ts'

const ANumber = { types: ['number'], declare: 'type: number' } as const

const Takes: Dialect['takes'] = {
  Integer: ANumber,
  BigInt: ANumber,
  Decimal: ANumber,
  Double: ANumber,
  Money: ANumber,
  Boolean: { types: ['boolean'], declare: 'type: boolean' },
  DateOnly: { types: ['date', 'datetime'], declare: 'type: date' },
  DateTime: { types: ['datetime', 'date'], declare: 'type: datetime' },
}

/** Leadsync's own: a name that nobody else means, under its own prefix or behind the one of another publisher. */
export function isOwn(name: string): boolean {
  return /^([a-z][a-z0-9]{1,7}_)?leadsync_./.test(name)
}

/** What one mapped column will meet: nothing of that name, nothing that may be written, another type, values that are not taken. */
export function columnFindings(kind: Kind, field: MappingField, table: Table): Finding[] {
  const known = table.column(field.name)
  // Where the definition can't be read, a name that not every environment has says nothing.
  if (!known && table.state !== 'read') return []
  const faults = known ? faultsOf(field, known, table) : [missing(field, table)]
  return faults.map((fault) => ({ ...fault, object: kind, field: field.name }))
}

function missing(field: MappingField, table: Table): Fault {
  const { name } = field
  const names = table.columns.map((column) => column.name)
  const { effect, near } = absence(field, names)
  const lookup = lookupMeant(name, table)
  const meant = lookup ? ` (did you mean "${lookup}"? Leadsync binds lookups by itself)` : near
  const advice = isOwn(name) && !lookup ? 'Run `leadsync provision`.' : `Create it, or correct the mapping${meant}.`
  return error(`The table ${table.name} has no column "${name}", so ${effect}. ${advice}`)
}

/** `ownerid@odata.bind` and `_ownerid_value` are how the Web API spells them, and what people find in its documentation. */
function lookupMeant(name: string, table: Table): string | null {
  const [, bound, read] = /^(?:(.+)@odata\.bind|_(.+)_value)$/.exec(name) ?? []
  const column = table.column(bound ?? read ?? '')
  return column && isLookup(column) ? column.name : null
}

function faultsOf(field: MappingField, known: Column, table: Table): Fault[] {
  if (known.type === 'State')
    return [error('Records are opened and closed in Dynamics 365, never by Leadsync. Take "statecode" out of the mapping.')]
  if (!known.createable && !known.updateable) return [readOnly(field)]
  const spelling = known.name === field.name ? [] : [misspelt(field, known)]
  return [...spelling, ...halfWritable(field, known), ...lookupFaults(field, known), ...valuesOf(field, known, table)]
}

function readOnly({ name, required }: MappingField): Fault {
  const effect = required ? 'every lead that sends it is parked' : 'it is left out of every lead'
  return error(`Dynamics 365 fills "${name}" in by itself, so ${effect}. Take it out of the mapping, or map what it is made of.`)
}

function misspelt({ name }: MappingField, known: Column): Fault {
  return warning(
    `Dynamics 365 spells "${name}" as "${known.name}". Write it so: Leadsync tells the columns that identify a person by their exact names.`,
  )
}

function halfWritable({ name, policy }: MappingField, { createable, updateable, type }: Column): Fault[] {
  if (!createable)
    return [
      warning(`"${name}" can't be written on a new record in Dynamics 365, only later. A new record gets it with the next lead.`),
    ]
  if (policy === 'create-only' || (updateable && type !== 'Status')) return []
  const why = updateable
    ? 'Leadsync never changes where sales stands with an existing record'
    : 'Dynamics 365 takes it for a new record only'
  return [warning(`"${name}" is written on new records alone: ${why}. Set \`policy: create-only\`.`)]
}

function lookupFaults(field: MappingField, known: Column): Fault[] {
  if (!isLookup(known) || known.name === OwnerColumn) return []
  const values = constantsOf(field).filter((value) => value !== null)
  if (values.every((value) => isAddress(value, known))) return []
  const what =
    known.targets.length > 1
      ? `a record of one of several tables in Dynamics 365, so it takes that record's set and id, e.g. ${known.targets[0]}s(ID)`
      : `a record of ${known.targets[0] ?? 'another table'} in Dynamics 365, so it takes that record's id (a guid)`
  return [error(`"${field.name}" points to ${what}.`)]
}

/** An id, or `accounts(ID)`, which alone says to which of several tables it points. */
function isAddress(value: FieldValue, { targets }: Column): boolean {
  const [, set, id = ''] = /^\/?(?:([a-z0-9_]+)\()?([0-9a-f-]{36})\)?$/i.exec(String(value).trim()) ?? []
  return isGuid(id) && (set !== undefined || targets.length <= 1)
}

function valuesOf(field: MappingField, known: Column, { state }: Table): Fault[] {
  const dialect: Dialect = {
    crm: 'Dynamics 365',
    optionValue: 'number or label',
    takes: Takes,
    isTranslated: (_, value) => value !== null && optionValue(known, String(value)) !== null,
  }
  return valueFaults(field, fieldFor(known, state), dialect)
}

/** Labels first, for they are what an admin would choose from. What every environment has at first may have been changed in this one. */
function fieldFor(known: Column, state: Table['state']): CatalogField {
  const field = catalogField(known, false)
  if (state !== 'read') return { ...field, length: null, options: null }
  if (known.options === null) return field
  return { ...field, options: [...known.options.map(({ label }) => label), ...known.options.map(({ value }) => String(value))] }
}
