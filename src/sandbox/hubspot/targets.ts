import { invalid } from './answers.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import type { StoredRecord } from './store.ts'

/**
 * The record that an id means: a record id (a merged one means its survivor), or a value of the unique property named.
 * Throws 400 on a property that isn't unique; `hs_object_id` counts as none, the record id goes without `idProperty`.
 */
export function findTarget(
  portal: Portal,
  kind: ObjectKind,
  id: string,
  idProperty: string | null | undefined,
): StoredRecord | undefined {
  if (idProperty === null || idProperty === undefined) return portal.store.find(kind.name, id)
  if (kind.name === 'contacts' && idProperty === 'email') return findByEmail(portal, id)
  if (!portal.schema.uniqueNames(kind.name).includes(idProperty)) throw nonUnique(portal, kind, idProperty)
  return portal.store.holder(kind.name, idProperty, id)
}

export function nonUnique(portal: Portal, kind: ObjectKind, property: string): Error {
  const where = `${kind.typeId} property ${property} in portal ID ${portal.portalId}`
  return invalid(`Unable to perform update/upsert by non-unique ${where}`)
}

function findByEmail(portal: Portal, email: string): StoredRecord | undefined {
  const address = email.trim().toLowerCase()
  return portal.secondaryEmailsMatch ? portal.store.emailHolder(address) : portal.store.holder('contacts', 'email', address)
}
