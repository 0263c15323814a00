import type { Instance } from './instance.ts'
import type { OrgError, RowValues } from './org.ts'
import { problem } from './problem.ts'

/** 400 0x80040203: which property of a definition, and what is wrong with it. */
export function badDefinition({ say }: Instance, property: string, why: string): OrgError {
  return problem(400, '0x80040203', say.badDefinition(property, why))
}

/** A schema name: a publisher's prefix of 2 to 8 characters, an underscore, letters and digits. */
export function checkSchemaName(instance: Instance, name: unknown): OrgError | null {
  if (typeof name === 'string' && /^[A-Za-z][A-Za-z0-9]{1,7}_[A-Za-z0-9_]{1,91}$/.test(name) && !/^mscrm/i.test(name)) return null
  return badDefinition(
    instance,
    'SchemaName',
    'it must begin with the prefix of a publisher and an underscore, as in contoso_key.',
  )
}

/** The text of a Label; undefined when there is none. */
export function readLabel(value: unknown): string | undefined {
  const labels = asRecord(value).LocalizedLabels
  const first: unknown = Array.isArray(labels) ? labels[0] : asRecord(value).UserLocalizedLabel
  const text = asRecord(first).Label
  return typeof text === 'string' && text !== '' ? text : undefined
}

export function asRecord(value: unknown): RowValues {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
