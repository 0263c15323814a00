import { identityKeys, type ListedRecord, Nobody, numberForms, readEmail } from '../core/index.ts'
import { digitsAlias, emailAlias, phoneAlias } from './aliases.ts'
import type { Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'

export interface ContactRestoreOptions {
  readonly secret: string
  readonly retention: Pick<Retention, 'ledgerDays' | 'timelineDays'>
  now(): number
}

/** Brings back the contacts that a lost Redis knew, from the records that carry their ids. Doing it twice changes nothing. */
export class ContactRestore {
  readonly #scripts: Scripts
  readonly #options: ContactRestoreOptions

  constructor(scripts: Scripts, options: ContactRestoreOptions) {
    this.#scripts = scripts
    this.#options = options
  }

  /** The contact's id; null where nothing is kept of the record's person: it was forgotten, or the id is none of ours. */
  async restore(crm: string, record: ListedRecord): Promise<string | null> {
    const mint = contactIdIn(record)
    if (mint === null) return null
    const { retention, now } = this.#options
    const { object, id, closed } = record
    const lastLeadAt = record.lastLeadAt ?? ''
    const link = { record: { object, id }, known: null, optOuts: null, restored: { closed, lastLeadAt } }
    const cid = await this.#scripts.run(
      'restore-contact',
      JSON.stringify({
        ...this.#aliases(record),
        crm,
        mint,
        closed,
        lastLeadAt,
        link: JSON.stringify(link),
        received: now(),
        ledgerSeconds: seconds(retention.ledgerDays),
        timelineSeconds: seconds(retention.timelineDays),
      }),
    )
    return cid === '' ? null : String(cid)
  }

  /** Those that a lead with this address and number would have; what people typed over in the CRM counts as it stands now. */
  #aliases({ email, phone, lastName }: ListedRecord): object {
    const { secret } = this.#options
    const [number = null] = numberForms(phone ?? '')
    const keys = identityKeys({ person: { ...Nobody, email: readEmail(email).email, phone: number, lastName } })
    const named = keys.phone && phoneAlias(keys.phone, secret)
    return {
      email: keys.email === null ? undefined : emailAlias(keys.email, secret),
      phone: named?.alias,
      number: named?.number,
      lastName: named?.lastName,
      digits: number === null ? undefined : digitsAlias(number, secret),
    }
  }
}

/** Without the number that tells the record after a closed one. Somebody may have typed anything into the field. */
function contactIdIn({ contactId }: ListedRecord): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.\d+)?$/i.exec(contactId)?.[1]?.toLowerCase() ?? null
}
