import type { Associations } from './associations.ts'
import type { Consent } from './consent.ts'
import type { Limits } from './limits.ts'
import type { ObjectName } from './object-kinds.ts'
import type { Owners } from './owners.ts'
import type { Schema } from './schema.ts'
import type { Store } from './store.ts'

/** What an administrator may demand of writes. HubSpot enforces it on 2026-09 and ignores it on older versions. */
export interface WriteRules {
  readonly requiredOnCreate?: Readonly<Partial<Record<ObjectName, readonly string[]>>>
  readonly conditional?: readonly ConditionalRule[]
}

/** A contact whose `when.property` has `when.value` needs `property`. */
interface ConditionalRule {
  readonly property: string
  readonly when: { readonly property: string; readonly value: string }
}

/** One HubSpot account: what all request handlers share. */
export interface Portal {
  readonly portalId: number
  readonly timeZone: string
  readonly now: () => number
  readonly schema: Schema
  readonly store: Store
  readonly associations: Associations
  readonly consent: Consent
  readonly owners: Owners
  readonly limits: Limits
  readonly rules: WriteRules
  readonly secondaryEmailsMatch: boolean
  /** How many results a search shows, over all its pages. */
  readonly mostSearchResults: number
  readonly shuffle: <T>(items: readonly T[]) => T[]
  /** Says that there is something to persist. */
  readonly changed: () => void
}
