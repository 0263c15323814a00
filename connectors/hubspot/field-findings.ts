import {
  type CatalogField,
  type FieldType,
  type FieldValue,
  type Finding,
  type MappingField,
  nearMatches,
} from '../../src/core/index.ts'
import { isOwnerEmail, OwnerProperty } from './owners.ts'

interface Fault {
  readonly severity: Finding['severity']
  readonly message: string
}

/** What a property of this HubSpot type takes, and how to say so in the mapping. Types not listed take any text. */
const Takes: Readonly<Record<string, { readonly types: readonly FieldType[]; readonly declare: string }>> = {
  number: { types: ['number'], declare: 'type: number' },
  bool: { types: ['boolean'], declare: 'type: boolean' },
  date: { types: ['date'], declare: 'type: date' },
  datetime: { types: ['datetime', 'date'], declare: 'type: datetime' },
}

/** What one mapped field will meet: nothing by that name, read-only, another type, options that it does not have. */
export function fieldFindings(field: MappingField, properties: ReadonlyMap<string, CatalogField>): Finding[] {
  const property = properties.get(field.name)
  const faults = property ? faultsOf(field, property) : [missing(field, properties)]
  return faults.map((fault) => ({ ...fault, object: 'contact', field: field.name }))
}

function faultsOf(field: MappingField, property: CatalogField): Fault[] {
  if (field.name === 'email') return []
  if (!property.writable) return [error(`HubSpot keeps "${field.name}" read-only. Take it out of the mapping.`)]
  const type = typeFault(field, property)
  return type ? [type] : optionFaults(field, property)
}

function missing({ name, required }: MappingField, properties: ReadonlyMap<string, CatalogField>): Fault {
  const [near] = nearMatches(name, [...properties.keys()], 1)
  const effect = required ? 'every lead that sends it is parked' : 'it is left out of every lead'
  const advice = name.startsWith('leadsync_')
    ? 'Run `leadsync provision`.'
    : `Create it in HubSpot, or correct the mapping${near ? ` (did you mean "${near}"?)` : ''}.`
  return error(`HubSpot has no contact property "${name}", so ${effect}. ${advice}`)
}

function typeFault({ name, type, literal }: MappingField, property: CatalogField): Fault | null {
  const takes = Takes[property.type]
  if (!takes || literal === null) return null
  if (type === undefined)
    return warning(
      `"${name}" holds a ${property.type} in HubSpot, and the mapping does not say that it sends one. Add \`${takes.declare}\`: then a value that is none is left out, not refused.`,
    )
  if (takes.types.includes(type)) return null
  return error(
    `"${name}" holds a ${property.type} in HubSpot, but the mapping sends a ${type}. Set \`${takes.declare}\`, or use another property.`,
  )
}

function optionFaults(field: MappingField, { options }: CatalogField): Fault[] {
  if (options === null) return []
  const written = [field.literal, field.fallback, ...(field.values?.exact.values() ?? [])]
  const unknown = new Set(written.flatMap((value) => choicesOf(field, value)).filter((choice) => !options.includes(choice)))
  const faults = [...unknown].map((choice) => {
    const [near] = nearMatches(choice, options, 1)
    const known = near
      ? `Did you mean "${near}"?`
      : `It has ${options
          .slice(0, 8)
          .map((one) => `"${one}"`)
          .join(', ')}${options.length > 8 ? ' and others' : ''}.`
    return error(`"${field.name}" has no option with the internal value "${choice}" in HubSpot. ${known}`)
  })
  return faults.length === 0 && isFree(field)
    ? [
        warning(
          `"${field.name}" takes only ${options.length} values in HubSpot, and the mapping sends whatever the lead has. Translate it with \`values\`: what HubSpot does not list is left out.`,
        ),
      ]
    : faults
}

/** Several checkboxes are one text. */
function choicesOf({ name }: MappingField, value: FieldValue | undefined): string[] {
  if (value === undefined || value === null || (name === OwnerProperty && isOwnerEmail(value))) return []
  return String(value)
    .split(';')
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '')
}

function isFree({ literal, values, type, onUnknown }: MappingField): boolean {
  return literal === undefined && type !== 'boolean' && (values === null || onUnknown === 'keep')
}

function error(message: string): Fault {
  return { severity: 'error', message }
}

function warning(message: string): Fault {
  return { severity: 'warning', message }
}
