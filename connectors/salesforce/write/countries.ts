import type { FieldValue } from '../../../src/core/index.ts'
import type { OrgObject } from '../org/describe.ts'

/** What goes out for an address text: the code field beside it, with the code or null where its picklist has no such entry. */
export interface Coded {
  readonly field: string
  readonly code: string | null
}

/**
 * Where the org has State and Country picklists, the texts beside them are best not written: only codes are never ambiguous.
 * Undefined for every other field. https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_overview.htm
 */
export function codeOf(object: OrgObject, field: string, value: FieldValue): Coded | undefined {
  if (!/(country|state)$/i.test(field)) return undefined
  const beside = object.field(`${field}Code`)
  if (!beside?.options) return undefined
  const said = String(value ?? '')
    .trim()
    .toLowerCase()
  const byCode = beside.options.filter((option) => option.value.toLowerCase() === said)
  const meant = byCode.length > 0 ? byCode : beside.options.filter(({ label }) => label.toLowerCase() === said)
  // Two countries may have a state of one name, and then the label says too little.
  const codes = new Set(meant.map((option) => option.value))
  return { field: beside.name, code: codes.size === 1 ? ([...codes][0] ?? null) : null }
}
