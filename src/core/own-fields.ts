import type { FieldRule, MappingRules } from './field-rule.ts'
import type { MarkerFields } from './markers.ts'
import type { TouchHandling } from './touch.ts'

/** The rules of one CRM: its mapping, and what Leadsync writes beside it. */
export interface WrittenFields {
  readonly mapping: MappingRules
  readonly doNotContact: { readonly markers: MarkerFields }
  readonly touches: TouchHandling
}

/**
 * All that is ever written to each kind of object, as rules: what the org must have, and `verify` and `provision` look at. Only names,
 * types and lengths count there; the values of these rules are never used.
 */
export function withOwnFields({ mapping, doNotContact: { markers }, touches }: WrittenFields): MappingRules {
  const own: [string | null, FieldRule][] = [
    [markers.at, { from: 'occurredAt', type: 'datetime' }],
    [markers.liftedAt, { from: 'occurredAt', type: 'datetime' }],
    [markers.reason, { from: 'notes', type: 'string' }],
    [touches.as === 'field' ? touches.field : null, { from: 'notes', type: 'string', maxLength: 65_000 }],
  ]
  const named = Object.fromEntries(own.flatMap(([name, rule]) => (name === null ? [] : [[name, rule] as const])))
  return Object.fromEntries(Object.entries(mapping).map(([object, fields]) => [object, { ...fields, ...named }]))
}
