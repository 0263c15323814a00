import type { DecideRules } from './decision.ts'
import { held, sameValue } from './field-type.ts'
import { isOptOutField } from './opt-out.ts'
import type { DroppedField, Fields, FieldValue, MatchedRecord } from './record.ts'
import type { WantedField } from './wanted-fields.ts'

/** Of the wanted fields those that change something: on a new record (null) all that are set, on an existing one those that differ. */
export function changes(
  { policies }: Pick<DecideRules, 'policies'>,
  { object, record }: { readonly object: string; readonly record: MatchedRecord | null },
  wanted: readonly WantedField[],
): { fields: Fields; dropped: DroppedField[] } {
  const fields = new Map<string, FieldValue>()
  const dropped: DroppedField[] = []
  for (const { name, value, type } of wanted) {
    const current = record ? held(record.fields, name) : null
    if (sameValue(value, current, type)) continue
    if (isOptOutField(policies.optOutFields, object, name) && String(value) !== 'true') {
      dropped.push({
        field: name,
        reason: "It is one of the CRM's own opt-out fields, which Leadsync never sets to anything but true.",
      })
      continue
    }
    fields.set(name, value)
  }
  return { fields: Object.fromEntries(fields), dropped }
}
