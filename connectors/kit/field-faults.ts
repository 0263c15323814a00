import {
  type CatalogField,
  type FieldType,
  type FieldValue,
  type Finding,
  type MappingField,
  nearMatches,
} from '../../src/core/index.ts'

/** What is wrong with one mapped field, before it is said of which. */
export interface Fault {
  readonly severity: Finding['severity']
  readonly message: string
}

/** How one kind of CRM calls things, and what its types take. */
export interface Dialect {
  /** As people say it, e.g. `HubSpot`. */
  readonly crm: string
  /** How it calls the value that an option has beside its label. */
  readonly optionValue: string
  /** What a field of this type takes, and how to say so in the mapping. Types not listed take any text. */
  readonly takes: Readonly<Record<string, Taken>>
  /** Values that the connector turns into others before they are sent, such as a user's e-mail. */
  isTranslated(field: MappingField, value: FieldValue): boolean
}

export interface Taken {
  readonly types: readonly FieldType[]
  readonly declare: string
}

/** What values of a field that exists and may be written will meet there: another type, or options that it does not have. */
export function valueFaults(field: MappingField, known: CatalogField, dialect: Dialect): Fault[] {
  const type = typeFault(field, known, dialect)
  return type ? [type] : [...lengthFaults(field, known, dialect), ...optionFaults(field, known, dialect)]
}

/** What a field that does not exist costs, and the name that was perhaps meant. */
export function absence({ name, required }: MappingField, names: readonly string[]): { effect: string; near: string } {
  const [near] = nearMatches(name, names, 1)
  return {
    effect: required ? 'every lead that sends it is parked' : 'it is left out of every lead',
    near: near ? ` (did you mean "${near}"?)` : '',
  }
}

/** Every value that a rule can write by itself. */
export function constantsOf({ literal, fallback, values }: MappingField): FieldValue[] {
  return [literal, fallback, ...(values?.exact.values() ?? [])].filter((value) => value !== undefined)
}

export function error(message: string): Fault {
  return { severity: 'error', message }
}

export function warning(message: string): Fault {
  return { severity: 'warning', message }
}

function typeFault({ name, type, literal }: MappingField, known: CatalogField, { crm, takes }: Dialect): Fault | null {
  const taken = takes[known.type]
  if (!taken || literal === null) return null
  if (type === undefined)
    return warning(
      `"${name}" holds a ${known.type} in ${crm}, and the mapping does not say that it sends one. Add \`${taken.declare}\`: then a value that is none is left out, not refused.`,
    )
  if (taken.types.includes(type)) return null
  return error(
    `"${name}" holds a ${known.type} in ${crm}, but the mapping sends a ${type}. Set \`${taken.declare}\`, or use another property.`,
  )
}

// What a lead brings may be longer as well, but most never is: a warning for each text without maxLength would hide the ones that matter.
function lengthFaults(field: MappingField, { length }: CatalogField, { crm }: Dialect): Fault[] {
  if (length === undefined || length === null) return []
  const { name, maxLength } = field
  if (constantsOf(field).some((value) => typeof value === 'string' && value.length > length))
    return [error(`"${name}" holds ${length} characters in ${crm}, and the mapping has a longer text for it. Shorten that.`)]
  if (maxLength === undefined || maxLength <= length) return []
  return [
    warning(
      `"${name}" holds ${length} characters in ${crm}, and the mapping allows ${maxLength}. Set \`maxLength: ${length}\`, or make the field longer: what does not fit is left out.`,
    ),
  ]
}

function optionFaults(field: MappingField, { options }: CatalogField, dialect: Dialect): Fault[] {
  if (options === null) return []
  const { crm, optionValue } = dialect
  const written = constantsOf(field).flatMap((value) => choicesOf(field, value, dialect))
  const unknown = new Set(written.filter((choice) => !options.includes(choice)))
  const faults = [...unknown].map((choice) =>
    error(`"${field.name}" has no option with the ${optionValue} "${choice}" in ${crm}. ${whatElse(choice, options)}`),
  )
  return faults.length === 0 && isFree(field)
    ? [
        warning(
          `"${field.name}" takes only ${options.length} values in ${crm}, and the mapping sends whatever the lead has. Translate it with \`values\`: what ${crm} does not list is left out.`,
        ),
      ]
    : faults
}

function whatElse(choice: string, options: readonly string[]): string {
  const [near] = nearMatches(choice, options, 1)
  if (near) return `Did you mean "${near}"?`
  const some = options.slice(0, 8).map((one) => `"${one}"`)
  return `It has ${some.join(', ')}${options.length > 8 ? ' and others' : ''}.`
}

/** Several checkboxes are one text. */
function choicesOf(field: MappingField, value: FieldValue, dialect: Dialect): string[] {
  if (value === null || dialect.isTranslated(field, value)) return []
  return String(value)
    .split(';')
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '')
}

function isFree({ literal, values, type, onUnknown }: MappingField): boolean {
  return literal === undefined && type !== 'boolean' && (values === null || onUnknown === 'keep')
}
