import { randomUUID } from 'node:crypto'
import type { AcceptRules, Connector, DecideRules, FollowUpRules } from '../core/index.ts'
import { BatchedConnector } from './batched-connector.ts'
import { endOf, notWritten, type Unclaimed } from './claim-end.ts'
import type { ContactClaim, ContactClaims } from './contact-claim.ts'
import { ContactGate, type GroupResults } from './contact-gate.ts'
import { type ContactHold, ContactHolds, ContactLost, holderOf, lockToken, WrittenLate } from './contact-hold.ts'
import { ContactMark } from './contact-mark.ts'
import { ContactWrite } from './contact-write.ts'
import type { DeliveryResult } from './delivery-result.ts'
import { FollowUpPlanner } from './follow-ups/planner.ts'
import type { FollowUpJobs, FollowUps } from './follow-ups/ports.ts'
import type { SlaWatch } from './follow-ups/sla-watch.ts'
import { StepMaking } from './follow-ups/step-making.ts'
import { TaskStanding } from './follow-ups/task-standing.ts'
import type { NewDeliveries } from './new-deliveries.ts'
import type { OrgBinding } from './org-binding.ts'
import type { Claim, ClaimResult, ContactLock, Ledger, SuppressionList } from './ports.ts'

export interface FollowUpParts {
  readonly rules: FollowUpRules
  readonly store: FollowUps
  readonly jobs: FollowUpJobs
  readonly sla: SlaWatch
}

export interface CrmDeliveryOptions {
  readonly crm: string
  readonly connector: Connector
  readonly org: OrgBinding
  readonly rules: DecideRules
  readonly accept: AcceptRules
  readonly ledger: Ledger
  readonly lock: ContactLock
  readonly contacts: ContactClaims
  readonly suppression: SuppressionList
  readonly followUps: FollowUpParts
  /** Absent: new deliveries never wait for the org's requests. */
  readonly newDeliveries?: Pick<NewDeliveries, 'waitMs'>
  /** How long a contact stays locked without a sign of life, in ms. */
  readonly lockMs: number
  readonly signal: AbortSignal
  now(): number
  readonly random?: () => number
}

/** Most leads of one contact in one write. */
const MostTogether = 50
const LockedElsewhereMs = 2_000

/** The way of a delivery to one CRM: claim → match → decide → write → record → settle, one contact at a time. */
export class CrmDelivery {
  readonly #options: CrmDeliveryOptions
  readonly #gate = new ContactGate(MostTogether)
  readonly #write: ContactWrite
  readonly #mark: ContactMark
  readonly #making: StepMaking
  readonly #standing: TaskStanding
  readonly #holds: ContactHolds
  readonly #self = randomUUID()

  constructor(options: CrmDeliveryOptions) {
    const { crm, org, rules, ledger, suppression, signal, lockMs, now } = options
    this.#options = options
    const connector = new BatchedConnector(options.connector, signal)
    const common = { rules, suppression, connector, succeeded: () => org.succeeded() }
    const { store: followUps, ...followUp } = options.followUps
    const noteOptOuts: FollowUps['noteOptOuts'] = (...read) => followUps.noteOptOuts(...read)
    const task = { ...followUp, crm, connector, followUps, qualification: rules.qualification, now }
    this.#write = new ContactWrite({ ...common, crm, ledger, planner: new FollowUpPlanner(task), noteOptOuts, now })
    this.#mark = new ContactMark(common)
    this.#making = new StepMaking(task)
    this.#standing = new TaskStanding(task)
    this.#holds = new ContactHolds({ crm, lock: options.lock, lockMs })
  }

  /** Delivers the lead with this ledger key. Rejects with a `DeliveryError` when something has to be done about it. */
  async deliver(leadKey: string): Promise<DeliveryResult> {
    // BullMQ took it for abandoned (a long pause of this process) while it is still in hand here.
    if (this.#gate.holds(leadKey)) return this.#later()
    const spareMs = await this.#spareMs(leadKey)
    if (spareMs > 0) return { kind: 'later', delayMs: spareMs }
    const results = await this.#together([leadKey])
    const result = results.get(leadKey)
    if (result instanceof Error || result === undefined) throw result ?? new Error('A delivery came back without a result.')
    return result
  }

  /** How long the delivery waits because the org's requests are left to others, in ms. Asked before it is claimed: thousands may come in vain. */
  async #spareMs(leadKey: string): Promise<number> {
    const { crm, ledger, newDeliveries } = this.#options
    const spareMs = (await newDeliveries?.waitMs()) ?? 0
    return spareMs > 0 && (await ledger.canWait(crm, leadKey)) ? spareMs : 0
  }

  /**
   * Has the markers of a contact's record follow its suppression. `holder` is the same each time one mark runs, so that after a crash it takes
   * its own lock at once. Rejects like `deliver`.
   */
  mark(contactId: string, holder: string): Promise<DeliveryResult> {
    return this.#alone(contactId, holder, (claim, hold) => this.#mark.run(claim, hold))
  }

  /**
   * What was delivered of a contact may have been undone by a write that came late: all of it waits once more. `again`: the leads whose jobs must
   * be added. `holder` as in `mark`; rejects like `deliver`.
   */
  async repair(
    contactId: string,
    holder: string,
  ): Promise<{ readonly result: DeliveryResult; readonly again: readonly string[] }> {
    let again: readonly string[] = []
    const result = await this.#alone(contactId, holder, async (claim) => {
      again = await this.#options.ledger.reopenContact(this.#options.crm, claim.contactId)
      return 'unchanged'
    })
    return { result, again }
  }

  /** Makes the task of a follow-up's step. `holder` as in `mark`; rejects like `deliver`. */
  makeTask(step: string, contactId: string, holder: string): Promise<DeliveryResult> {
    const unknown = () => this.#making.contactUnknown(step)
    return this.#alone(contactId, holder, (claim, hold) => this.#making.make(step, claim, hold), unknown)
  }

  /** Puts the task of a step aside. Rejects like `deliver`. */
  async withdrawTask(step: string): Promise<DeliveryResult> {
    await this.#options.org.check()
    return { kind: 'settled', outcome: await this.#standing.withdraw(step), asked: true }
  }

  /** Asks whether somebody worked on the task of a step. Rejects like `deliver`. */
  async askTask(step: string): Promise<DeliveryResult> {
    await this.#options.org.check()
    return { kind: 'settled', outcome: await this.#standing.look(step), asked: true }
  }

  /** One that a CRM does not know (any more) has nothing to be worked on. */
  async #alone(
    contactId: string,
    holder: string,
    work: (claim: ContactClaim, hold: ContactHold) => Promise<string>,
    unknown: () => Promise<string> = async () => 'unchanged',
  ): Promise<DeliveryResult> {
    if (this.#gate.holds(holder)) return this.#later()
    this.#gate.enter(holder)
    const since = performance.now()
    const token = lockToken(holder, this.#self)
    try {
      const answer = await this.#options.contacts.claim(this.#options.crm, contactId, token)
      if (answer.kind === 'locked') return this.#later()
      if (answer.kind === 'unknown') return { kind: 'settled', outcome: await unknown(), asked: false }
      const { claim } = answer
      const outcome = await this.#holds.during({ holder: token, contacts: new Set([claim.contactId]), since }, async (hold) => {
        await this.#options.org.check()
        return await work(claim, hold)
      })
      // What is decided in Redis alone says nothing of the CRM.
      return { kind: 'settled', outcome, asked: outcome !== 'unchanged' && outcome !== 'cancelled' }
    } catch (error) {
      if (error instanceof ContactLost) return this.#later()
      throw error
    } finally {
      // Deliveries that found the contact in these hands go on together.
      this.#gate.leave(holder, (waiting) => this.#together(waiting))
    }
  }

  stop(): void {
    this.#holds.stop()
  }

  /** Delivers leads of one contact as one group, held by the first of them. */
  async #together(leadKeys: readonly string[]): Promise<GroupResults> {
    const holder = String(leadKeys[0])
    this.#gate.enter(holder)
    try {
      const { crm, ledger } = this.#options
      const since = performance.now()
      const token = lockToken(holder, this.#self)
      const first = await ledger.claim(crm, holder, token)
      if (first.kind === 'locked') return await this.#wait(holderOf(first.holder), leadKeys)
      const others = await Promise.all(leadKeys.slice(1).map((key) => ledger.claim(crm, key, token)))
      return await this.#work({ holder: token, since }, leadKeys, [first, ...others])
    } finally {
      this.#gate.leave(holder, (waiting) => this.#together(waiting))
    }
  }

  /** The contact is in other hands: in this process those that wait go on together afterwards, in another one they come back a little later. */
  async #wait(holder: string, leadKeys: readonly string[]): Promise<GroupResults> {
    const here = this.#gate.holds(holder) && !leadKeys.includes(holder)
    if (!here) return new Map(leadKeys.map((key) => [key, this.#later()]))
    const followed = await Promise.allSettled(leadKeys.map((key) => this.#gate.follow(holder, key)))
    return new Map(leadKeys.map((key, index) => [key, resultOf(followed[index])]))
  }

  async #work(
    { holder, since }: { readonly holder: string; readonly since: number },
    leadKeys: readonly string[],
    answers: readonly ClaimResult[],
  ): Promise<GroupResults> {
    const results = new Map<string, DeliveryResult | Error>()
    const claims: Claim[] = []
    for (const [index, answer] of answers.entries()) {
      const leadKey = String(leadKeys[index])
      const result = answer.kind === 'claimed' ? await notWritten(answer.claim, this.#options) : this.#unclaimed(answer)
      if (answer.kind === 'claimed') claims.push(answer.claim)
      if (result) results.set(leadKey, result)
    }
    const contacts = new Set(claims.map((claim) => claim.contactId))
    await this.#holds.during({ holder, contacts, since }, async (hold) => {
      for (const contact of contacts) {
        const due = claims.filter((claim) => claim.contactId === contact && !results.has(claim.leadKey))
        for (const [leadKey, result] of await this.#deliver(due, hold)) results.set(leadKey, result)
      }
    })
    return results
  }

  /** What comes back is one error for all when nothing was judged. */
  async #deliver(claims: readonly Claim[], hold: ContactHold): Promise<GroupResults> {
    if (claims.length === 0) return new Map()
    try {
      await this.#options.org.check()
      return await this.#write.run(claims, hold)
    } catch (error) {
      if (error instanceof ContactLost) return this.#lost(claims, error)
      const reason = error instanceof Error ? error : new Error(String(error))
      return new Map(claims.map(({ leadKey }) => [leadKey, reason]))
    }
  }

  /** One of them says what is to be repaired: it is the same for all. */
  #lost(claims: readonly Claim[], error: ContactLost): GroupResults {
    const later = claims.map(({ leadKey, contactId }, index) => {
      const late = error instanceof WrittenLate && index === 0 ? { late: contactId } : {}
      return [leadKey, { ...this.#later(), ...late }] as const
    })
    return new Map(later)
  }

  #unclaimed(answer: Unclaimed): DeliveryResult | Error {
    return answer.kind === 'locked' || answer.kind === 'unrouted' ? this.#later() : endOf(answer, this.#options.crm)
  }

  #later(): { readonly kind: 'later'; readonly delayMs: number } {
    const { random = Math.random } = this.#options
    return { kind: 'later', delayMs: Math.ceil(100 + random() * LockedElsewhereMs) }
  }
}

function resultOf(settled: PromiseSettledResult<DeliveryResult> | undefined): DeliveryResult | Error {
  if (settled?.status === 'fulfilled') return settled.value
  const reason: unknown = settled?.reason
  return reason instanceof Error ? reason : new Error('A delivery came back without a result.')
}
