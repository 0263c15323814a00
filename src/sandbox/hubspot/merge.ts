import type { Portal } from './portal.ts'
import type { StoredRecord } from './store.ts'
import { splitEmails, type Values } from './unique-index.ts'

/**
 * Merges one record into another as HubSpot does: the primary's values win, its gaps are filled, the loser's addresses become
 * additional ones, its associations move, and its id answers the survivor from now on.
 */
export function mergeContacts(portal: Portal, primary: StoredRecord, loser: StoredRecord): void {
  const lost = loser.values
  portal.associations.move(loser, primary)
  portal.store.forward(loser, primary)
  portal.store.update(primary, { ...fillGaps(primary.values, lost), ...mergedLists(primary, loser) })
  portal.changed()
}

function fillGaps(kept: Values, lost: Values): Values {
  const gaps = Object.entries(lost).filter(([name]) => (kept[name] ?? '') === '')
  return Object.fromEntries(gaps)
}

function mergedLists(primary: StoredRecord, loser: StoredRecord): Values {
  const emails = new Set([
    ...splitEmails(primary.values.hs_additional_emails),
    ...splitEmails(loser.values.email),
    ...splitEmails(loser.values.hs_additional_emails),
  ])
  emails.delete(primary.values.email || loser.values.email || '')
  const ids = [primary.values.hs_merged_object_ids, loser.values.hs_merged_object_ids, loser.id]
  return {
    ...(emails.size === 0 ? {} : { hs_additional_emails: [...emails].join(';') }),
    hs_merged_object_ids: ids.filter((one) => one !== undefined && one !== '').join(';'),
  }
}
