import type { Mapping } from '../../../src/core/index.ts'
import { constantsOf } from '../field-faults.ts'

export interface MappedOwner {
  readonly kind: 'lead' | 'contact'
  /** As the mapping writes it, trimmed. */
  readonly owner: string
}

/** Whom a mapping itself gives records to, each once for either kind. */
export function mappedOwners(mapping: Mapping, ownerField: string): MappedOwner[] {
  return (['lead', 'contact'] as const).flatMap((kind) => {
    const fields = (mapping.get(kind) ?? []).filter(({ name }) => name === ownerField)
    const owners = fields.flatMap(constantsOf).flatMap((value) => (typeof value === 'string' ? [value.trim()] : []))
    return [...new Set(owners)].filter((owner) => owner !== '').map((owner) => ({ kind, owner }))
  })
}
