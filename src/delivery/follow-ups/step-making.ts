import {
  type CrmOptOuts,
  crmSuppression,
  DeliveryError,
  decideRecord,
  decideStep,
  type FollowUpPlan,
  type FollowUpRules,
  type Match,
  optOutsRead,
  type PlannedStep,
  type QualificationRules,
  type RecordRef,
  type TaskOutcome,
  type TaskWrite,
  workedReason,
} from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'
import type { ContactClaim } from '../contact-claim.ts'
import { cancelSteps } from './cancel.ts'
import type { FollowUpJobs, FollowUps, StepFacts } from './ports.ts'
import { StepTask, type Wanted } from './step-task.ts'

export interface StepMakingOptions {
  readonly crm: string
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  readonly connector: BatchedConnector
  readonly followUps: FollowUps
  readonly jobs: Pick<FollowUpJobs, 'withdraw' | 'fire'>
  now(): number
}

/** Why nothing is to be made, a sentence; `isGone`: the record is not there any more. */
interface Unwanted {
  readonly reason: string
  /** It ends the whole follow-up. */
  readonly all?: boolean
  readonly isGone: boolean
}

/**
 * Makes the task of a step in the CRM, after asking everything once more: its own opt-outs, the state of the record, whether somebody has
 * worked on an earlier task. The caller holds the contact's lock.
 *
 * `making` stands in the store before the CRM is asked to make it, so that a no that comes in between knows that there may be a task: then it
 * is made to the end and withdrawn, for nobody can tell any more whether an earlier try has made it.
 */
export class StepMaking {
  readonly #options: StepMakingOptions
  readonly #task: StepTask

  constructor(options: StepMakingOptions) {
    this.#options = options
    this.#task = new StepTask(options)
  }

  /** Returns what became of it. Rejects with a `DeliveryError` when something has to be done about it. */
  async make(id: string, claim: ContactClaim): Promise<string> {
    const facts = await this.#factsOf(id)
    if (!facts) return 'unknown'
    const { step } = facts
    if (step.state === 'waiting') return await this.#postpone(facts, step.fireAt)
    if (step.state === 'made' || step.state === 'withdrawing') return await this.#finish(step, facts.plan)
    if (!['due', 'making', 'failed'].includes(step.state)) return step.state
    const free = gapEnd(facts, this.#options.rules)
    if (step.state === 'due' && free > this.#options.now()) return await this.#postpone(facts, free)
    const wanted = await this.#ask(facts, claim)
    if ('facts' in wanted) return await this.#make(wanted)
    const { reason, isGone } = wanted
    // What an earlier try may have made went with its record, or stands where nobody looks: there is nothing to make it again on.
    if (step.state !== 'making' || isGone) return await this.#cancel(facts, wanted)
    return await this.#makeToWithdraw(facts, step.on ?? claim.link.record ?? facts.plan.record, reason)
  }

  /** One that failed while it was being made may be there all the same: replayed it goes on from where it was. */
  async #factsOf(id: string): Promise<StepFacts | null> {
    const { followUps } = this.#options
    const facts = await followUps.facts(id)
    if (facts?.step.state !== 'failed' || facts.step.dueAt === null) return facts
    const { step } = await followUps.move({ id, from: ['failed'], to: 'making' })
    return step && { ...facts, step }
  }

  /**
   * Back to its time. Steps that became due while the CRM stood still, days apart, come together when it goes on: the gap is asked for again,
   * from when tasks were really made.
   */
  async #postpone({ plan, step: { id } }: StepFacts, fireAt: number): Promise<string> {
    const { followUps, jobs } = this.#options
    await followUps.move({ id, from: ['due'], to: 'waiting', change: { fireAt } })
    await jobs.fire(plan, id, fireAt)
    return 'waiting'
  }

  /** Nobody knows any more which record in the CRM the contact is, so nothing can be asked about it: the CRM was bound to another account. */
  async contactUnknown(id: string): Promise<string> {
    const { followUps, crm } = this.#options
    const reason = `${crm} is not known to have this contact any more.`
    const say = `Cancelled: ${reason}`
    const { step } = await followUps.move({ id, from: ['due', 'making', 'failed'], to: 'cancelled', change: { reason }, say })
    return step?.state ?? 'unknown'
  }

  async #ask(facts: StepFacts, claim: ContactClaim): Promise<Wanted | Unwanted> {
    const { rules, qualification, now, crm } = this.#options
    const match = await this.#match(facts, claim)
    const optOuts = await this.#noteOptOuts(match, claim)
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

  /** A no that only the CRM knows holds for what else there is of the contact, too: it is noted, and the review takes that back. */
  async #noteOptOuts(match: Match, { contactId, link }: ContactClaim): Promise<CrmOptOuts> {
    const { followUps, crm, now } = this.#options
    const read = optOutsRead(match, link.optOuts, new Date(now()).toISOString())
    if (JSON.stringify(read) !== JSON.stringify(link.optOuts)) await followUps.noteOptOuts(crm, contactId, read)
    return read
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

  async #make(wanted: Wanted): Promise<string> {
    const { followUps } = this.#options
    const { step } = wanted.facts
    const task = await this.#task.of(wanted)
    if (step.state !== 'making') {
      const change = { on: task.record, owner: task.owner, dueAt: Date.parse(task.dueAt) }
      const { moved, step: now } = await followUps.move({ id: step.id, from: ['due', 'failed'], to: 'making', change })
      // Something was said against it meanwhile. One that is `making` was moved by ourselves: a command whose answer was lost with the connection
      // is sent again, and finds what it has done.
      if (!moved && now?.state !== 'making') return now?.state ?? 'unknown'
    }
    return await this.#create(wanted.facts, task)
  }

  async #create({ plan, step }: StepFacts, task: TaskWrite): Promise<string> {
    const { connector, followUps, now } = this.#options
    const made = await connector.createTask(task)
    const ref = { object: made.object, id: made.id }
    const change = { task: ref, madeAt: now(), dueAt: Date.parse(task.dueAt), owner: task.owner }
    const say = `A task was made (${ref.object}/${ref.id})${leftOut(made)}.`
    const moved = await followUps.move({ id: step.id, from: ['making'], to: 'made', change, say })
    return moved.step ? await this.#finish(moved.step, plan) : 'unknown'
  }

  /** It is there. What was said against it while it was made is carried out now, also where an earlier try got no further than saying so. */
  async #finish({ id, recall, state, reason }: PlannedStep, plan: FollowUpPlan): Promise<string> {
    const { followUps, jobs } = this.#options
    const against = state === 'withdrawing' ? (reason ?? '') : recall
    if (against !== null && (await followUps.recall(id, against)) === 'withdraw') await jobs.withdraw(plan, id)
    return state
  }

  /** An earlier try may have made it. Nobody can look for it by our id alone, but making it again finds it. */
  async #makeToWithdraw(facts: StepFacts, record: RecordRef, reason: string): Promise<string> {
    const { followUps } = this.#options
    const { step } = facts
    await followUps.recall(step.id, reason)
    const dueAt = new Date(step.dueAt ?? this.#options.now()).toISOString()
    const { timeZone } = this.#options.rules.hours
    return await this.#create(facts, {
      id: step.id,
      record,
      subject: 'Withdrawn',
      body: '',
      dueAt,
      timeZone,
      type: step.type,
      priority: 'low',
      owner: null,
    })
  }

  async #cancel({ plan, step: { id } }: StepFacts, { reason, all }: Unwanted): Promise<string> {
    await cancelSteps(this.#options.followUps, { plan, id, reason, all, from: ['due', 'making', 'failed'] })
    return 'cancelled'
  }
}

/** When another task about the contact may be made, in ms since the epoch. */
function gapEnd({ plan, step, others }: StepFacts, { minGapMs }: FollowUpRules): number {
  const made = [plan, ...others].flatMap(({ steps }) => steps.flatMap(({ id, madeAt }) => (id === step.id ? [] : (madeAt ?? []))))
  return Math.max(...made, Number.NEGATIVE_INFINITY) + minGapMs
}

function leftOut({ dropped }: TaskOutcome): string {
  return dropped.map(({ field, reason }) => `; left out ${field}: ${reason.replace(/\.$/, '')}`).join('')
}
