import type { FieldPolicy } from './field-rule.ts'

/** How the record stands in one field when a lead comes. */
export interface FieldState {
  readonly creating: boolean
  readonly empty: boolean
  /** A newer lead was delivered before. */
  readonly stale: boolean
  /** Whether the CRM still holds what Leadsync last wrote there; null when nothing is known of that. */
  readonly holdsOurs: boolean | null
}

/**
 * Whether a lead may write a field, whatever its value is. A stale lead fills empty fields, but not those that Leadsync itself emptied for
 * a newer one: the order of arrival would decide. Under `ours`, a field that a person emptied is that person's.
 */
export function mayWrite(policy: FieldPolicy, state: FieldState): boolean {
  if (state.creating) return true
  if (policy === 'create-only') return false
  if (state.empty) return mayFill(policy, state)
  if (state.stale) return false
  return policy === 'overwrite' || (policy === 'ours' && state.holdsOurs === true)
}

function mayFill(policy: FieldPolicy, state: FieldState): boolean {
  if (state.stale && state.holdsOurs === true) return false
  return policy !== 'ours' || state.holdsOurs !== false
}
