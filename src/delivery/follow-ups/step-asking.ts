import {
  crmSuppression,
  DeliveryError,
  decideRecord,
  decideStep,
  type FollowUpRules,
  type Match,
  type QualificationRules,
  workedReason,
} from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'
import type { ContactClaim } from '../contact-claim.ts'
import { type OptOutReader, readOptOuts } from '../opt-outs.ts'
import type { FollowUps, StepFacts } from './ports.ts'
import type { Wanted } from './step-task.ts'

export interface StepAskingOptions {
  readonly crm: string
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  readonly connector: BatchedConnector
  readonly followUps: FollowUps
  now(): number
}

/** Why nothing is to be made, a sentence; `isGone`: the record is not there any more. */
export interface Unwanted {
  readonly reason: string
  /** It ends the whole follow-up. */
  readonly all?: boolean
  readonly isGone?: boolean
}

/** Asks everything once more before a task is made: the CRM's own opt-outs, the state of the record, whether somebody has worked on an earlier task. */
export class StepAsking {
  readonly #options: StepAskingOptions

  constructor(options: StepAskingOptions) {
    this.#options = options
  }

  /** Rejects with a `DeliveryError` when a person has to tell whose the task is. */
  async ask(facts: StepFacts, claim: ContactClaim): Promise<Wanted | Unwanted> {
    const { rules, qualification, followUps, now, crm } = this.#options
    const match = await this.#match(facts, claim)
    const noteOptOuts: OptOutReader['noteOptOuts'] = (...read) => followUps.noteOptOuts(...read)
    const optOuts = await readOptOuts(match, claim, { crm, noteOptOuts, now })
    const others = facts.suppression.filter((one) => one.source !== 'crm' || one.crm !== crm)
    const suppression = [...others, ...crmSuppression(crm, optOuts)]
    const decision = decideStep({ ...facts, suppression, rules, qualification, now: now() })
    const isGone = match.kind === 'none'
    if (decision.kind === 'cancel') return { ...decision, isGone }
    const { lead, rule, step: set } = decision
    const on = decideRecord(match, facts.plan)
    if (on.kind === 'cancel') return { reason: on.reason, isGone }
    if (on.kind === 'several') {
      throw new DeliveryError(
        'multiple_matches',
        `${crm}: ${on.count} records match this contact, so nobody can tell whose the task is. Merge them there and replay it.`,
      )
    }
    const worked = set.evenIfWorked ? null : await this.#workedBefore(facts)
    return worked === null ? { facts, lead, rule, set, record: on.record, suppression } : { reason: worked, isGone }
  }

  #match({ plan, step, lead }: StepFacts, { contactId, joinedIds, link }: ContactClaim): Promise<Match> {
    // What an earlier try has made is found again only where it was made: the contact may have been joined with another since.
    const tried = step.state === 'making' ? step.on : undefined
    return this.#options.connector.match({
      contactIds: [contactId, ...joinedIds],
      email: lead?.person.email ?? null,
      record: tried ?? link.record ?? plan.record,
      fields: {},
    })
  }

  async #workedBefore({ plan, step }: StepFacts): Promise<string | null> {
    const { connector, followUps } = this.#options
    const earlier = plan.steps.filter((one) => one.rule === step.rule && one.state === 'made' && one.id !== step.id)
    for (const one of earlier) {
      if (one.task === null) continue
      const { status, touched } = await connector.readTask(one.task)
      if (status === 'open' && !touched) continue
      if (status !== 'gone') await followUps.judge(one.id, 'worked')
      await followUps.move({ id: one.id, from: ['made'], to: 'worked', say: workedReason(one) })
      return workedReason(one)
    }
    return null
  }
}
