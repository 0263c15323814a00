import type { Associations, SavedLink } from './associations.ts'
import type { Consent } from './consent.ts'
import type { SavedProperty, Schema } from './schema.ts'
import type { SavedStore, Store } from './store.ts'

interface Persisted {
  readonly schema: Schema
  readonly store: Store
  readonly associations: Associations
  readonly consent: Consent
}

interface SavedState {
  readonly v: 1
  readonly properties: readonly SavedProperty[]
  readonly store: SavedStore
  readonly links: readonly SavedLink[]
  readonly optOuts: readonly (readonly [string, number])[]
}

/** What the record file holds: everything but counters, faults and the request list. */
export function saveState({ schema, store, associations, consent }: Persisted): SavedState {
  const state = { v: 1, properties: schema.added(), store: store.save(), links: associations.save() } as const
  return { ...state, optOuts: consent.save() }
}

/** Puts a saved state into an empty portal. Throws on a file of another version. */
export function loadState({ schema, store, associations, consent }: Persisted, saved: unknown): void {
  if (saved === undefined) return
  if (!isSavedState(saved)) throw new Error('The record file is not one of this sandbox. Delete it to start with an empty CRM.')
  for (const { kind, property } of saved.properties) schema.define(kind, property)
  store.load(saved.store)
  associations.load(saved.links)
  consent.load(saved.optOuts)
}

// The file is the sandbox's own and is replaced whole, so its version is all that needs a look.
function isSavedState(saved: unknown): saved is SavedState {
  return typeof saved === 'object' && saved !== null && 'v' in saved && saved.v === 1
}
