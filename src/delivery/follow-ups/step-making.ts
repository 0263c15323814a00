import {
  crmSuppression,
  DeliveryError,
  decideRecord,
  decideStep,
  type FollowUpPlan,
  type FollowUpRules,
  gapEnd,
  type Match,
  type PlannedStep,
  type QualificationRules,
  type RecordRef,
  type TaskOutcome,
  type TaskWrite,
  workedReason,
} from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'
import type { ContactClaim } from '../contact-claim.ts'
import type { ContactHold } from '../contact-hold.ts'
import { type OptOutReader, readOptOuts } from '../opt-outs.ts'
import { cancelSteps } from './cancel.ts'
import type { FollowUpJobs, FollowUps, StepChange, StepFacts } from './ports.ts'
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
  readonly isGone?: boolean
}

/**
 * Makes the task of a step in the CRM, after asking everything once more: its own opt-outs, the state of the record, whether somebody has
 * worked on an earlier task. The caller holds the contact's lock.
 *
 * `making` stands in the store before the CRM is asked to make it, so that a no that comes in between knows that there may be a task. Whoever
 * is making it then makes it to the end and withdraws it; where that ended in the middle, the task is looked for, and none is made.
 */
export class StepMaking {
  readonly #options: StepMakingOptions
  readonly #task: StepTask

  constructor(options: StepMakingOptions) {
    this.#options = options
    this.#task = new StepTask(options)
  }

  /** Returns what became of it. Rejects with a `DeliveryError` when something has to be done about it. */
  async make(id: string, claim: ContactClaim, hold: ContactHold): Promise<string> {
    const facts = await this.#factsOf(id)
    if (!facts) return 'unknown'
    const { step } = facts
    if (step.state === 'waiting') return await this.#postpone(facts, step.fireAt)
    if (step.state === 'made' || step.state === 'withdrawing') return await this.#finish(step, facts.plan)
    if (!['due', 'making', 'failed'].includes(step.state)) return step.state
    if (step.recall !== null) return await this.#takeBack(facts, claim, { reason: step.recall })
    const free = gapEnd(facts, this.#options.rules.minGapMs)
    if (step.state === 'due' && free > this.#options.now()) return await this.#postpone(facts, free)
    const wanted = await this.#ask(facts, claim)
    return 'facts' in wanted ? await this.#make(wanted, hold) : await this.#takeBack(facts, claim, wanted)
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

  async #make(wanted: Wanted, hold: ContactHold): Promise<string> {
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
    return await this.#create(wanted.facts, task, hold)
  }

  async #create(facts: StepFacts, task: TaskWrite, hold: ContactHold): Promise<string> {
    const chosen = { dueAt: Date.parse(task.dueAt), owner: task.owner }
    await hold.confirm()
    try {
      const made = await this.#options.connector.createTask(task, hold)
      return await this.#made(facts, made, { change: chosen, leftOut: leftOut(made) })
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.code !== 'invalid') throw error
      // A CRM may judge the words before it looks whether it has the task of an earlier try already.
      const there = await this.#options.connector.findTask(task)
      return there ? await this.#made(facts, there, { change: chosen }) : await this.#refused(facts, error)
    }
  }

  async #made({ plan, step }: StepFacts, { object, id }: RecordRef, { change, leftOut = '' }: Found = {}): Promise<string> {
    const { followUps, now } = this.#options
    const task = { task: { object, id }, madeAt: now(), ...change }
    const say = `A task was made (${object}/${id})${leftOut}.`
    const moved = await followUps.move({ id: step.id, from: ['making'], to: 'made', change: task, say })
    if (moved.step?.state !== 'cancelled') return moved.step ? await this.#finish(moved.step, plan) : 'unknown'
    // Another process, which took this one for dead, has looked for it before it was there.
    const late = { ...task, recall: moved.step.reason ?? '' }
    const made = await followUps.move({ id: step.id, from: ['cancelled'], to: 'made', change: late, say })
    return made.step ? await this.#finish(made.step, plan) : 'unknown'
  }

  /** Nothing is there, and nothing may be: a no that comes while it waits for a person cancels it. One that has come already does so at once. */
  async #refused(facts: StepFacts, error: DeliveryError): Promise<string> {
    const change = { on: null, dueAt: null }
    const { step } = await this.#options.followUps.move({ id: facts.step.id, from: ['making'], to: 'due', change })
    if (step === null || step.recall === null) throw error
    return await this.#cancel(facts, { reason: step.recall }, 'No task had been made.')
  }

  /** It is there. What was said against it while it was made is carried out now, also where an earlier try got no further than saying so. */
  async #finish({ id, recall, state, reason }: PlannedStep, plan: FollowUpPlan): Promise<string> {
    const { followUps, jobs } = this.#options
    const against = state === 'withdrawing' ? (reason ?? '') : recall
    if (against !== null && (await followUps.recall(id, against)) === 'withdraw') await jobs.withdraw(plan, id)
    return state
  }

  /**
   * Nothing is to be made. An earlier try may have made it all the same, so it is looked for: to make it again would find it, too, but where
   * there is none, sales would see a task about somebody who has just said no.
   */
  async #takeBack(facts: StepFacts, { link }: ContactClaim, unwanted: Unwanted): Promise<string> {
    const { followUps } = this.#options
    const { step, plan } = facts
    // What an earlier try may have made went with its record, or stands where nobody looks.
    if (step.state !== 'making' || unwanted.isGone) return await this.#cancel(facts, unwanted)
    const task = await this.#find(step.id, [step.on, link.record, plan.record])
    if (task === null) return await this.#cancel(facts, unwanted, step.recall === null ? '' : 'No task had been made.')
    // Before it is made: after a crash in between nobody else would say it again.
    await followUps.recall(step.id, unwanted.reason)
    return await this.#made(facts, task)
  }

  /** A task goes with its record: it may stand where the contact is now. */
  async #find(id: string, records: readonly (RecordRef | null | undefined)[]): Promise<RecordRef | null> {
    const asked = new Map(records.flatMap((record) => (record ? [[`${record.object}/${record.id}`, record]] : [])))
    for (const record of asked.values()) {
      const task = await this.#options.connector.findTask({ id, record })
      if (task) return task
    }
    return null
  }

  async #cancel({ plan, step: { id } }: StepFacts, { reason, all }: Unwanted, more = ''): Promise<string> {
    const say = `Cancelled: ${reason} ${more}`.trim()
    await cancelSteps(this.#options.followUps, { plan, id, reason, all, from: ['due', 'making', 'failed'], say })
    return 'cancelled'
  }
}

/** What else is known of a task that is there. */
interface Found {
  readonly change?: Pick<StepChange, 'dueAt' | 'owner'>
  readonly leftOut?: string
}

function leftOut({ dropped }: TaskOutcome): string {
  return dropped.map(({ field, reason }) => `; left out ${field}: ${reason.replace(/\.$/, '')}`).join('')
}
