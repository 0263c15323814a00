import type { FieldValue, Finding, MappingField } from '../../../src/core/index.ts'
import { absence, constantsOf, type Dialect, error, type Fault, valueFaults, warning } from '../../kit/field-faults.ts'
import { catalogField, type OrgField, type OrgObject } from '../org/describe.ts'
import { isId } from '../org/ids.ts'
import type { Kind } from '../org/org.ts'

const ANumber = { types: ['number'], declare: 'type: number' } as const

const Salesforce: Dialect = {
  crm: 'Salesforce',
  optionValue: 'API name',
  takes: {
    double: ANumber,
    int: ANumber,
    long: ANumber,
    currency: ANumber,
    percent: ANumber,
    boolean: { types: ['boolean'], declare: 'type: boolean' },
    date: { types: ['date', 'datetime'], declare: 'type: date' },
    // A day alone is refused there, unlike the other way round.
    datetime: { types: ['datetime'], declare: 'type: datetime' },
  },
  isTranslated: () => false,
}

/** What one mapped field will meet: nothing that the user may see, nothing it may write, another type, values that are not taken. */
export function fieldFindings(kind: Kind, field: MappingField, described: OrgObject): Finding[] {
  const known = described.field(field.name)
  const faults = known ? faultsOf(field, known, described) : [missing(field, described)]
  if (kind === 'lead' && known?.name === 'Status' && field.policy !== 'create-only') faults.push(OnlyAtFirst)
  return faults.map((fault) => ({ ...fault, object: kind, field: field.name }))
}

const OnlyAtFirst = warning(
  '"Status" is written on new Leads alone: Leadsync never changes where sales stands with an existing one. Set `policy: create-only`.',
)

/** Salesforce does not tell a field that is not there from one that the user may not see. */
export function unseen(name: string, described: OrgObject): string {
  return `The user sees no ${described.name} field "${name}" (it does not exist, or field-level security hides it)`
}

function missing(field: MappingField, described: OrgObject): Fault {
  const { name } = field
  const custom = described.field(`${name}__c`)
  const { effect, near } = absence(
    field,
    described.fields.map((one) => one.name),
  )
  const meant = custom ? ` (did you mean "${custom.name}"?)` : near
  const advice =
    isOwn(name) && !custom
      ? 'Run `leadsync provision`, which makes it and lets the user see it.'
      : `Let the user see and edit it (permission set), create it, or correct the mapping${meant}.`
  return error(`${unseen(name, described)}, so ${effect}. ${advice}`)
}

/** Leadsync's own: a name that nobody else means. */
export function isOwn(name: string): boolean {
  return /^leadsync_.+__c$/i.test(name)
}

function faultsOf(field: MappingField, known: OrgField, described: OrgObject): Fault[] {
  if (!known.createable && !known.updateable) return [readOnly(field, known)]
  const spelling = known.name === field.name ? [] : [misspelt(field, known)]
  return [...spelling, ...halfWritable(field, known), ...lookupFaults(field, known), ...valuesOf(field, known, described)]
}

function readOnly({ name, required }: MappingField, { type }: OrgField): Fault {
  const effect = required ? 'every lead that sends it is parked' : 'it is left out of every lead'
  const advice =
    type === 'address'
      ? 'It is made of other fields: map those.'
      : 'Let the user edit it (permission set), or take it out of the mapping.'
  return error(
    `The user may not write "${name}" (field-level security, or Salesforce fills it in itself), so ${effect}. ${advice}`,
  )
}

function misspelt({ name }: MappingField, known: OrgField): Fault {
  return warning(
    `Salesforce spells "${name}" as "${known.name}". Write it so: Leadsync tells the fields that identify a person by their exact names.`,
  )
}

function halfWritable({ name, policy }: MappingField, { createable, updateable }: OrgField): Fault[] {
  if (!createable)
    return [
      warning(`"${name}" can't be written on a new record in Salesforce, only later. A new record gets it with the next lead.`),
    ]
  if (updateable || policy === 'create-only') return []
  return [warning(`"${name}" can be written on a new record only in Salesforce. Set \`policy: create-only\`.`)]
}

function lookupFaults(field: MappingField, { type, name }: OrgField): Fault[] {
  if (type !== 'reference' || name === 'OwnerId') return []
  const wrong = constantsOf(field).filter((value) => typeof value !== 'string' || !isId(value))
  if (wrong.every((value) => value === null)) return []
  return [error(`"${field.name}" points to another record in Salesforce, so it takes that record's id (15 or 18 characters).`)]
}

function valuesOf(field: MappingField, known: OrgField, described: OrgObject): Fault[] {
  const coded = described.field(`${known.name}Code`)?.options ?? null
  return coded && isPlace(known.name) ? placeFaults(field, coded) : valueFaults(field, catalogField(known), Salesforce)
}

function isPlace(name: string): boolean {
  return /(Country|State)$/.test(name)
}

// With the state and country picklists on, a text that is neither a code nor a label has the whole record refused.
function placeFaults(field: MappingField, coded: NonNullable<OrgField['options']>): Fault[] {
  const taken = new Set(coded.flatMap(({ value, label }) => [value.toLowerCase(), label.toLowerCase()]))
  const isTaken = (value: FieldValue) => value === null || taken.has(String(value).trim().toLowerCase())
  const unknown = constantsOf(field).filter((value) => !isTaken(value))
  const faults = unknown.map((value) =>
    error(
      `"${field.name}" is a picklist in Salesforce (state and country picklists are on), without "${value}". Use one of its codes or labels.`,
    ),
  )
  // A country comes as its ISO code, which the picklist has; a state comes as people write it.
  if (faults.length > 0 || field.literal !== undefined || field.values !== null || !field.name.endsWith('State')) return faults
  return [
    warning(
      `"${field.name}" is a picklist in Salesforce (state and country picklists are on), and the mapping sends whatever the lead has. Translate it with \`values\`: what is neither a code nor a label there is left out.`,
    ),
  ]
}
