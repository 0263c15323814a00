import type { DecideRules } from './decision.ts'

/** Per object kind the CRM fields that `decide` looks at: asked of the connector's `match`. */
export function fieldsToRead(
  rules: Pick<DecideRules, 'mapping' | 'identity' | 'target' | 'doNotContact' | 'lastLeadField' | 'touches'>,
): Record<string, string[]> {
  const { at, liftedAt, reason } = rules.doNotContact.markers
  const history = rules.touches?.as === 'field' ? rules.touches.field : null
  const own = [at, liftedAt, reason, rules.lastLeadField, history].filter((name) => name !== null)
  const fields = new Map<string, string[]>()
  for (const object of new Set([rules.target, ...rules.mapping.keys()])) {
    const { email, contactId } = rules.identity(object)
    const mapped = (rules.mapping.get(object) ?? []).map((field) => field.name)
    fields.set(object, [...new Set([contactId, email, ...mapped, ...own])])
  }
  return Object.fromEntries(fields)
}
