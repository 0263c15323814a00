import { v5 } from 'uuid'
import type { Kind } from './table.ts'

// Any fixed guid will do, but never another one: ids that are made anew must come out the same for ever.
const Namespace = 'b0f9a1c4-6d0e-5b7a-9f52-3c1e8d7a4b60'

/**
 * The id of the record that is made for a contact id (plain, or `ID.n` after a closed one). Whoever enters the same person again, after
 * whatever crash, meets the record that is there. The contact id is made with the installation's secret, so nobody else can tell this one.
 */
export function recordId(kind: Kind, contactId: string): string {
  return v5(`${kind}:${contactId.toLowerCase()}`, Namespace)
}

/** The id of a task or note of ours: a repeat, by whatever process, meets the one that is there. */
export function activityId(kind: 'task' | 'note', id: string): string {
  return v5(`${kind}:${id}`, Namespace)
}
