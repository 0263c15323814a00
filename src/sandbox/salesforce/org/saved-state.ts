import type { Instance } from './instance.ts'
import type { AddedField } from './schema.ts'
import type { SavedTable } from './tables.ts'

interface SavedOrg {
  readonly v: 1
  readonly fields: readonly AddedField[]
  readonly tables: readonly SavedTable[]
}

/** Fields and rows as plain JSON; armed row faults are not kept. */
export function saveState({ schema, tables }: Instance): SavedOrg {
  return { v: 1, fields: schema.added(), tables: tables.save() }
}

/** Replaces the rows and adds the fields. Throws on a state of another version. */
export function loadState({ schema, tables }: Instance, saved: unknown): void {
  if (!isSavedOrg(saved)) throw new Error('The record file is not one of this sandbox. Delete it to start with an empty CRM.')
  for (const { object, field } of saved.fields) schema.add(object, field)
  tables.load(saved.tables)
}

// The file is the sandbox's own and is replaced whole, so its version is all that needs a look.
function isSavedOrg(saved: unknown): saved is SavedOrg {
  return typeof saved === 'object' && saved !== null && 'v' in saved && saved.v === 1
}
