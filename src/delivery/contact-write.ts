import {
  type CrmOptOuts,
  type DecideRules,
  DeliveryError,
  type Folded,
  fieldsToRead,
  fold,
  type Match,
  optOutsWritten,
  type RecordRef,
  type RecordWrite,
  type SettledDelivery,
  settleFold,
  type WriteOutcome,
} from '../core/index.ts'
import type { BatchedConnector } from './batched-connector.ts'
import type { GroupResults } from './contact-gate.ts'
import { type ContactHold, WrittenLate } from './contact-hold.ts'
import type { DeliveryResult } from './delivery-result.ts'
import type { FollowUpPlanner } from './follow-ups/planner.ts'
import { type OptOutReader, readOptOuts } from './opt-outs.ts'
import type { Claim, ContactLink, Ledger, StoredOutcome, SuppressionList } from './ports.ts'

export interface ContactWriteOptions extends OptOutReader {
  readonly rules: DecideRules
  readonly connector: BatchedConnector
  readonly ledger: Ledger
  readonly suppression: SuppressionList
  readonly planner: FollowUpPlanner
  /** Called after the CRM took something. */
  succeeded(): void
  now(): number
}

/** Writes the leads of one contact that were claimed together: match → fold → write → record → settle. The caller holds the contact's lock. */
export class ContactWrite {
  readonly #options: ContactWriteOptions
  readonly #fields: Readonly<Record<string, readonly string[]>>

  constructor(options: ContactWriteOptions) {
    this.#options = options
    this.#fields = fieldsToRead(options.rules)
  }

  /** Rejects with `ContactLost` before it writes anything that another process may have overtaken, with `WrittenLate` after it may have. */
  async run(claims: readonly Claim[], hold: ContactHold): Promise<GroupResults> {
    const results = new Map<string, DeliveryResult | Error>()
    for (const claim of claims.filter((one) => one.written !== null)) results.set(claim.leadKey, await this.#resume(claim))
    const open = claims.filter((one) => one.written === null)
    if (open.length > 0) await this.#deliver(open, hold, results)
    return results
  }

  /** The CRM has it already: a crash came between the write and the settling. */
  async #resume(claim: Claim): Promise<DeliveryResult> {
    const { leadKey, written } = claim
    if (written) await this.#options.planner.plan(claim, written)
    if (written) await this.#options.ledger.settle(this.#options.crm, leadKey, written)
    return { kind: 'settled', outcome: written?.outcome ?? 'delivered', asked: false }
  }

  /** Returns what the ledger holds of the contact afterwards. */
  async #deliver(
    claims: readonly Claim[],
    hold: ContactHold,
    results: Map<string, DeliveryResult | Error>,
  ): Promise<ContactLink | null> {
    // All of a group were claimed before any of it was written, so what the first knows of the contact is what all know.
    const [first] = claims
    if (!first) return null
    const match = await this.#match(claims, first)
    const read = await readOptOuts(match, first, this.#options)
    const folded = await this.#fold(claims, hold, first, match)
    const written = await this.#write(folded, hold)
    const { deliveries, known } = settleFold(folded, written)
    const optOuts = this.#optOuts(read, folded, written)
    // What was found counts before what was known: the record may have been merged into another.
    let link: ContactLink = { record: recordOf(deliveries) ?? first.link.record, known, optOuts }
    await Promise.all(
      deliveries.map(async (one) => {
        results.set(one.delivery.leadKey, await this.#settle(one, first.contactId, link))
      }),
    )
    // The CRM refused what several leads say together: each by itself, so that one lead's bad value parks only that lead.
    for (const one of deliveries) {
      if (one.kind === 'alone') link = (await this.#deliver([{ ...one.delivery, link }], hold, results)) ?? link
    }
    return link
  }

  #match(claims: readonly Claim[], { contactId, joinedIds, link }: Claim): Promise<Match> {
    const email = claims.map(({ lead }) => lead.person.email).find((one) => one !== null) ?? null
    return this.#options.connector.match({
      contactIds: [contactId, ...joinedIds],
      email,
      record: link.record,
      fields: this.#fields,
    })
  }

  /** Decides, asking the suppressions once more just before the write: a DNC may have come while the CRM was asked. */
  async #fold(claims: readonly Claim[], hold: ContactHold, { contactId, link }: Claim, first: Match): Promise<Folded<Claim>> {
    const [suppression] = await Promise.all([this.#options.suppression.of(contactId), hold.confirm()])
    return fold({ ...this.#options.rules, contactId, first, suppression, known: link.known }, claims)
  }

  async #write({ write }: Folded<Claim>, hold: ContactHold): Promise<WriteOutcome | DeliveryError | null> {
    if (!write) return null
    const outcome = await this.#send(write, hold)
    // It was held when the request left, and nobody can call that back.
    if (!hold.isHeld()) throw new WrittenLate()
    return outcome
  }

  async #send(write: RecordWrite, hold: ContactHold): Promise<WriteOutcome | DeliveryError> {
    try {
      const outcome = await this.#options.connector.write(write, hold)
      this.#options.succeeded()
      return outcome
    } catch (error) {
      if (error instanceof DeliveryError) return error
      throw error
    }
  }

  #optOuts(read: CrmOptOuts, { write }: Folded<Claim>, outcome: WriteOutcome | DeliveryError | null): CrmOptOuts {
    const { rules, now } = this.#options
    if (!write || !outcome || outcome instanceof DeliveryError) return read
    return optOutsWritten(read, write, outcome, rules.policies.optOutFields, new Date(now()).toISOString())
  }

  async #settle(one: SettledDelivery<Claim>, contactId: string, link: ContactLink): Promise<DeliveryResult | Error> {
    const { crm, ledger } = this.#options
    const { leadKey } = one.delivery
    switch (one.kind) {
      case 'failed':
        return one.error
      case 'park':
        return new DeliveryError(one.code, `${crm}: ${one.reason}`)
      case 'alone':
        return new Error('This delivery is about to go alone.')
      case 'done': {
        const { outcome, result, record, dropped, rule, reason } = one
        const stored: StoredOutcome = { outcome, result, record, dropped, rule, reason }
        await ledger.recordWrite(crm, { leadKey, contactId, stored, link })
        await this.#options.planner.plan(one.delivery, stored)
        await ledger.settle(crm, leadKey, stored)
        return { kind: 'settled', outcome: outcome === 'delivered' ? `delivered:${result}` : outcome, asked: true }
      }
    }
  }
}

function recordOf(deliveries: readonly SettledDelivery<Claim>[]): RecordRef | null {
  for (const one of deliveries) if (one.kind === 'done' && one.record) return one.record
  return null
}
