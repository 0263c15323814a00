import { randomUUID } from 'node:crypto'
import pRetry from 'p-retry'
import { markContacts } from './mark-contacts.ts'
import type { Queues } from './queues.ts'
import { addRedelivery } from './redelivery.ts'

/** Redis may be what made the write late: it is asked for some minutes, also in a shutdown for as long as that lasts. */
const Patience = { retries: 20, minTimeout: 100, maxTimeout: 15_000, unref: true }

/** The jobs by which one CRM gets once more what a write that came late may have undone. */
export class Repairs {
  readonly #queues: Queues
  readonly #crm: string

  constructor(queues: Queues, crm: string) {
    this.#queues = queues
    this.#crm = crm
  }

  /** Has the contact's leads and markers looked at. A new id each time: one that is at work may have looked before this write. */
  async ask(contact: string): Promise<void> {
    const [queues, crm] = [this.#queues, this.#crm]
    const job = { name: 'repair' as const, id: `repair.${randomUUID()}`, data: { contact } }
    await pRetry(() => queues.add(queues.delivery(crm), job), Patience)
    await pRetry(() => markContacts(queues, [crm], [contact]), Patience)
  }

  /** Adds the jobs of deliveries that were reopened. One that is still in hand comes back and finds its delivery open. */
  async again(leads: readonly string[]): Promise<void> {
    await Promise.all(leads.map((lead) => addRedelivery(this.#queues, this.#crm, lead)))
  }
}
