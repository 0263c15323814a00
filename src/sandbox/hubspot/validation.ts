import { instant } from './answers.ts'
import type { ObjectName } from './object-kinds.ts'
import type { Owners } from './owners.ts'
import type { Property } from './property.ts'
import type { PropertyProblem } from './property-problems.ts'
import type { Schema } from './schema.ts'
import { splitEmails, type Values } from './unique-index.ts'

export interface Checked {
  readonly values: Values
  readonly problems: readonly PropertyProblem[]
}

type Verdict = { readonly value: string } | { readonly error: string; readonly message: string }

const longestText = 65_536
// No quotes, no comments, a dotted domain with an ending of two or more: what HubSpot takes, not what RFC 5322 allows.
const emailPattern = /^[^\s@<>()",;:\\[\]]+@(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}$/u

/** Checks and normalizes the values of one write, as HubSpot stores them. `""` and null clear a property. */
export function checkValues(
  schema: Schema,
  owners: Owners,
  kind: ObjectName,
  properties: Readonly<Record<string, unknown>>,
): Checked {
  const values: Record<string, string> = {}
  const problems: PropertyProblem[] = []
  for (const [name, raw] of Object.entries(properties)) {
    const value = raw === null ? '' : String(raw)
    const verdict = checkValue(schema.find(kind, name), owners, name, value)
    if ('value' in verdict) values[name] = verdict.value
    else problems.push({ name, ...verdict, ...(verdict.error === 'PROPERTY_DOESNT_EXIST' ? {} : { propertyValue: value }) })
  }
  return { values, problems }
}

function checkValue(property: Property | undefined, owners: Owners, name: string, value: string): Verdict {
  if (property === undefined) return { error: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` }
  if (property.modificationMetadata.readOnlyValue) {
    return { error: 'READ_ONLY_VALUE', message: `"${name}" is a read only property; its value cannot be set.` }
  }
  if (value === '') return { value }
  if (name === 'email') return checkEmail(value)
  if (name === 'hs_additional_emails') return checkEmails(value)
  if (name === 'hubspot_owner_id') return owners.isActive(value) ? { value } : notAnOption(property, value)
  return checkTyped(property, value)
}

function checkTyped(property: Property, value: string): Verdict {
  switch (property.type) {
    case 'enumeration':
      return checkOptions(property, value)
    case 'number':
      if (Number.isFinite(Number(value)) && value.trim() !== '') return { value }
      return { error: 'INVALID_INTEGER', message: `${value} was not a valid integer.` }
    case 'bool':
      if (value === 'true' || value === 'false') return { value }
      return { error: 'INVALID_BOOLEAN', message: `${value} was not a valid boolean.` }
    case 'date':
      return checkDate(value)
    case 'datetime':
      return checkDatetime(value)
    default:
      if (value.length <= longestText) return { value }
      return { error: 'VALUE_TOO_LONG', message: `${property.name} is longer than ${longestText} characters.` }
  }
}

function checkEmail(value: string): Verdict {
  const email = value.trim().toLowerCase()
  if (emailPattern.test(email)) return { value: email }
  return { error: 'INVALID_EMAIL', message: `Email address ${value} is invalid` }
}

function checkEmails(value: string): Verdict {
  const addresses = splitEmails(value)
  const wrong = addresses.find((address) => !emailPattern.test(address))
  if (wrong !== undefined) return { error: 'INVALID_EMAIL', message: `Email address ${wrong} is invalid` }
  return { value: addresses.join(';') }
}

function checkOptions(property: Property, value: string): Verdict {
  const chosen = property.fieldType === 'checkbox' ? value.split(';').filter((part) => part !== '') : [value]
  const allowed = new Set(property.options.map((option) => option.value))
  const wrong = chosen.find((one) => !allowed.has(one))
  return wrong === undefined ? { value } : notAnOption(property, wrong)
}

function notAnOption(property: Property, value: string): Verdict {
  const options = property.options.map((option) => `label: "${option.label}"\nvalue: "${option.value}"\n`)
  return { error: 'INVALID_OPTION', message: `${value} was not one of the allowed options: [${options.join(', ')}]` }
}

function checkDate(value: string): Verdict {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return { value }
  const ms = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isNaN(ms) && ms % 86_400_000 === 0) return { value: new Date(ms).toISOString().slice(0, 10) }
  return { error: 'INVALID_DATE', message: `${value} is not a valid date: a date is YYYY-MM-DD or midnight UTC.` }
}

function checkDatetime(value: string): Verdict {
  const ms = /^-?\d+$/.test(value) ? Number(value) : Date.parse(value)
  const inRange = Math.abs(ms) <= 8.64e15 && /^-?\d+$|^\d{4}-\d{2}-\d{2}/.test(value)
  if (inRange) return { value: instant(ms) }
  return { error: 'INVALID_LONG', message: `${value} was not a valid long.` }
}
