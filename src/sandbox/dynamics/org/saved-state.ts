import { activateKey } from './define-key.ts'
import type { Instance } from './instance.ts'
import type { SavedTable } from './record-store.ts'
import type { AddedColumn, AlternateKey } from './schema.ts'

interface SavedOrg {
  readonly v: 1
  readonly columns: readonly AddedColumn[]
  readonly keys: readonly AlternateKey[]
  readonly tables: readonly SavedTable[]
}

/** Columns, keys and rows as plain JSON; armed row faults are not kept. */
export function saveState({ schema, store }: Instance): SavedOrg {
  return { v: 1, columns: schema.added(), keys: schema.keys(), tables: store.save() }
}

/** Replaces the rows and adds columns and keys. Throws on a state of another version. */
export function loadState(instance: Instance, saved: unknown): void {
  if (!isSavedOrg(saved)) throw new Error('The record file is not one of this sandbox. Delete it to start with an empty CRM.')
  for (const { table, column } of saved.columns) instance.schema.addColumn(table, column)
  for (const key of saved.keys) instance.schema.setKey(key)
  instance.store.load(saved.tables)
  // Keys of the options that the file doesn't know are checked against its rows.
  for (const key of instance.schema.keys()) if (key.status === 'Active') activateKey(instance, key)
}

// The file is the sandbox's own and is replaced whole, so its version is all that needs a look.
function isSavedOrg(saved: unknown): saved is SavedOrg {
  return typeof saved === 'object' && saved !== null && 'v' in saved && saved.v === 1
}
