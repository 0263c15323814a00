import { markContacts } from '../../queue/mark-contacts.ts'
import { recordsOf } from '../../store/contact-records.ts'
import type { OpenStore } from '../open-store.ts'

const Together = 500

/**
 * Has the markers in the CRMs follow what was changed for these contacts; it is done by the daemon. Returns in how many records: a CRM
 * without a file has none any more.
 */
export async function followInCrms({ scripts, queues }: OpenStore, contacts: readonly string[]): Promise<number> {
  const ids = [...new Set(contacts)]
  let records = 0
  for (let at = 0; at < ids.length; at += Together) {
    const some = ids.slice(at, at + Together)
    // In every CRM: a delivery that is in hand may be making the record just now. One that does not know the contact is not asked.
    await markContacts(queues, [...queues.deliveries.keys()], some)
    for (const [crm, known] of await recordsOf(scripts, some)) if (queues.deliveries.has(crm)) records += known.length
  }
  return records
}

/** Nothing where there is none: most of an opt-out list are strangers. */
export function followText(records: number): readonly string[] {
  if (records === 0) return []
  return [
    `The markers of ${records === 1 ? '1 CRM record follow' : `${records} CRM records follow`} as soon as the daemon gets to it.`,
  ]
}
