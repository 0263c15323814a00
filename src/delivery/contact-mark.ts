import { type DecideRules, decideMarks, fieldsToRead } from '../core/index.ts'
import type { BatchedConnector } from './batched-connector.ts'
import type { ContactClaim } from './contact-claim.ts'
import { type ContactHold, ContactLost } from './contact-hold.ts'
import type { SuppressionList } from './ports.ts'

export interface ContactMarkOptions {
  readonly rules: DecideRules
  readonly connector: BatchedConnector
  readonly suppression: SuppressionList
  /** Called after the CRM took something. */
  succeeded(): void
}

/** `marked`: the record was written; `unchanged`: there was nothing to write, or no record to write it to. */
export type Marked = 'marked' | 'unchanged'

/**
 * Has the markers of a contact's record follow its suppression when no lead does it. The caller holds the contact's lock. Nothing of it is in
 * the ledger, which counts leads: whatever comes between, doing it again writes what is still to be written.
 */
export class ContactMark {
  readonly #options: ContactMarkOptions
  readonly #fields: Readonly<Record<string, readonly string[]>>

  constructor(options: ContactMarkOptions) {
    this.#options = options
    this.#fields = fieldsToRead(options.rules)
  }

  async run({ contactId, joinedIds, link, suppression }: ContactClaim, hold: ContactHold): Promise<Marked> {
    const { rules, connector } = this.#options
    // Entries are lifted and never taken away, so where there are none the record has no markers to be brought in line.
    if (suppression.length === 0) return 'unchanged'
    const match = await connector.match({
      contactIds: [contactId, ...joinedIds],
      // Our store knows it as a pseudonym only. The record was written before: it carries our id, or the link names it.
      email: null,
      record: link.record,
      fields: this.#fields,
    })
    // Once more just before the write: the change that asked for this mark may not be the last one.
    const [now] = await Promise.all([this.#options.suppression.of(contactId), hold.confirm()])
    const write = decideMarks({ ...rules, contactId, match, suppression: now })
    if (write === null) return 'unchanged'
    await connector.write(write, hold)
    this.#options.succeeded()
    // Another process may have marked it in between, and this may have come after that.
    if (!hold.isHeld()) throw new ContactLost()
    return 'marked'
  }
}
