import { type Connector, DeliveryError } from '../core/index.ts'
import type { OrgBindings, OrgClaim, OrgVerdict } from './ports.ts'

const CatalogTtlMs = 60 * 60_000
const AskAgainMs = 2_000

export interface OrgBindingOptions {
  readonly crm: string
  /** What its file says: other CRM files may write to the same org, if they say so, too. */
  readonly sharedOrg: boolean
  readonly connector: Connector
  readonly orgs: Pick<OrgBindings, 'check' | 'hold' | 'bind'>
  readonly signal: AbortSignal
  now(): number
}

/**
 * Binds a CRM to the org it first succeeded with. A token of another portal would find none of the records that the ledger knows and create
 * them all again, and two files on one portal would write everybody twice: such a CRM is blocked before anything is asked of it.
 */
export class OrgBinding {
  readonly #options: OrgBindingOptions
  #org: Promise<string | null> | undefined
  #readAt = 0
  #bound = false
  /** Deliveries that ask together are answered together, so that they reach the batcher together, too. */
  #holding: Promise<boolean> | undefined

  constructor(options: OrgBindingOptions) {
    this.#options = options
  }

  /** Rejects when the credential belongs to another org than the one bound, or to one that another CRM has. */
  async check(): Promise<void> {
    const { crm, sharedOrg, orgs, now } = this.#options
    if (!this.#org || now() - this.#readAt >= CatalogTtlMs) {
      this.#readAt = now()
      // A person may have forgotten the binding since the last reading: then the next success binds anew.
      this.#bound = false
      this.#org = this.#read()
    }
    try {
      const org = await this.#org
      if (org === null || this.#bound) return
      this.#holding ??= requireOrg({ crm, org, sharedOrg }, (claim) => orgs.hold(claim)).finally(() => {
        this.#holding = undefined
      })
      if (await this.#holding) this.#bound = true
    } catch (error) {
      this.#org = undefined
      throw error
    }
  }

  /** The same for an org that was just read, by who writes nothing. */
  async confirm(org: string | null): Promise<void> {
    const { crm, sharedOrg, orgs } = this.#options
    if (org !== null) await requireOrg({ crm, org, sharedOrg }, (claim) => orgs.check(claim))
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
    const { crm, sharedOrg, orgs } = this.#options
    const org = await read
    const verdict = org === null ? null : await orgs.bind({ crm, org, sharedOrg })
    if (verdict?.kind === 'bound') return
    this.#bound = false
    // Another CRM was faster: the next check reads it all again, and says so.
    if (verdict !== null) this.#org = undefined
  }

  async #read(): Promise<string | null> {
    const { connector, signal } = this.#options
    return (await connector.catalog(signal)).org
  }
}

/** Resolves to whether the CRM is bound to that org already; rejects with what the operator has to do when it must not write there. */
export async function requireOrg(claim: OrgClaim, judge: (claim: OrgClaim) => Promise<OrgVerdict>): Promise<boolean> {
  const { crm, org } = claim
  const verdict = await judge(claim)
  if (verdict.kind === 'elsewhere') {
    throw new DeliveryError(
      'misconfigured',
      `${crm} is bound to org ${verdict.bound}, but its credential belongs to org ${org}. Give it a credential of ${verdict.bound}, or use another file name for ${org}; if that account was moved or restored, "leadsync crm rebind ${crm}" says what to do.`,
    )
  }
  if (verdict.kind === 'taken') {
    const { by } = verdict
    throw new DeliveryError(
      'misconfigured',
      `The credential of ${crm} belongs to org ${org}, to which crm/${by}.yaml is bound already: everybody would be written twice. Give crm/${crm}.yaml a credential of another org, or write sharedOrg: true into both files if both are to write there. If crm/${by}.yaml was renamed to crm/${crm}.yaml, "leadsync crm rename ${by} ${crm}" moves what is held of it; if it is out of use, "leadsync crm rebind ${by}" frees its org.`,
    )
  }
  if (verdict.kind === 'held') {
    throw new DeliveryError(
      'rate_limited',
      `${crm} waits for the first delivery of crm/${verdict.by}.yaml, whose credential belongs to org ${org}, too.`,
      { retryAfterMs: AskAgainMs },
    )
  }
  return verdict.kind === 'bound'
}
