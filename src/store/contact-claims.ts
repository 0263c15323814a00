import type { ContactClaimResult, ContactClaims } from '../delivery/contact-claim.ts'
import { readLink } from './ledger.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { readSuppression } from './suppression-list.ts'

/** The claims of what is about a contact and no lead. The lock is the one of the deliveries: the same ways keep and free it. */
export class RedisContactClaims implements ContactClaims {
  readonly #scripts: Scripts
  readonly #lockMs: number

  constructor(scripts: Scripts, lockMs: number) {
    this.#scripts = scripts
    this.#lockMs = lockMs
  }

  ofLead(leadKey: string): Promise<string | null> {
    return this.#scripts.redis.hget(`${KeyPrefix}lead:${leadKey}`, 'c')
  }

  async claim(crm: string, contactId: string, holder: string): Promise<ContactClaimResult> {
    const [kind, ...facts] = (await this.#scripts.run('claim-contact', contactId, crm, holder, this.#lockMs)) as [
      ContactClaimResult['kind'],
      ...unknown[],
    ]
    if (kind !== 'claimed') return { kind }
    const [survivor, joined, link, suppression] = facts as [string, string, string, string[]]
    return {
      kind,
      claim: {
        contactId: survivor,
        joinedIds: joined === '' ? [] : joined.split(' '),
        link: readLink(link),
        suppression: readSuppression(suppression),
      },
    }
  }
}
