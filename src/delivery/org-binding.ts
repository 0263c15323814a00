import { type Connector, DeliveryError } from '../core/index.ts'
import type { Ledger } from './ports.ts'

const CatalogTtlMs = 60 * 60_000

/**
 * Binds a CRM to the org it first succeeded with. A token of another portal would find none of the records that the ledger knows and create
 * them all again, so such a CRM is blocked before anything is asked of it.
 */
export class OrgBinding {
  readonly #crm: string
  readonly #connector: Connector
  readonly #ledger: Ledger
  readonly #signal: AbortSignal
  readonly #now: () => number
  #org: Promise<string | null> | undefined
  #readAt = 0
  #bound = false

  constructor(crm: string, connector: Connector, ledger: Ledger, signal: AbortSignal, now: () => number) {
    this.#crm = crm
    this.#connector = connector
    this.#ledger = ledger
    this.#signal = signal
    this.#now = now
  }

  /** Rejects when the credential belongs to another org than the one bound. */
  async check(): Promise<void> {
    if (this.#org && this.#now() - this.#readAt < CatalogTtlMs) {
      await this.#org
      return
    }
    this.#readAt = this.#now()
    this.#org = this.#read()
    try {
      await this.#org
    } catch (error) {
      this.#org = undefined
      throw error
    }
  }

  /** Noted in passing. What was written is written: where the note fails, the next success makes it. */
  succeeded(): void {
    if (this.#bound || !this.#org) return
    this.#bound = true
    this.#bind(this.#org).catch(() => {
      this.#bound = false
    })
  }

  async #bind(read: Promise<string | null>): Promise<void> {
    const org = await read
    if (org === null) this.#bound = false
    else await this.#ledger.bindOrg(this.#crm, org)
  }

  async #read(): Promise<string | null> {
    const { org } = await this.#connector.catalog(this.#signal)
    const bound = await this.#ledger.orgOf(this.#crm)
    if (org !== null && bound !== null && org !== bound) {
      throw new DeliveryError(
        'misconfigured',
        `${this.#crm} is bound to org ${bound}, but its credential belongs to org ${org}. Give it a credential of ${bound}, or use another file name for ${org}.`,
      )
    }
    return org
  }
}
