import {
  DeliveryError,
  type FollowUpPlan,
  gapEnd,
  type PlannedStep,
  type RecordRef,
  type TaskOutcome,
  type TaskWrite,
} from '../../core/index.ts'
import type { ContactClaim } from '../contact-claim.ts'
import type { ContactHold } from '../contact-hold.ts'
import { cancelSteps } from './cancel.ts'
import type { FollowUpJobs, StepChange, StepFacts } from './ports.ts'
import { StepAsking, type StepAskingOptions, type Unwanted } from './step-asking.ts'
import { StepTask, type Wanted } from './step-task.ts'

export interface StepMakingOptions extends StepAskingOptions {
  readonly jobs: Pick<FollowUpJobs, 'withdraw' | 'fire'>
}

/**
 * Makes the task of a step in the CRM, after asking everything once more. The caller holds the contact's lock.
 *
 * `making` stands in the store before the CRM is asked to make it, so that a no that comes in between knows that there may be a task. Whoever
 * is making it then makes it to the end and withdraws it; where that ended in the middle, the task is looked for, and none is made.
 */
export class StepMaking {
  readonly #options: StepMakingOptions
  readonly #asking: StepAsking
  readonly #task: StepTask

  constructor(options: StepMakingOptions) {
    this.#options = options
    this.#asking = new StepAsking(options)
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
    if (step.state !== 'making' && free > this.#options.now()) return await this.#postpone(facts, free)
    const wanted = await this.#asking.ask(facts, claim)
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
   * Back to its time. Steps that became due while the CRM stood still, or while another one's task was not made yet, come together: the gap is
   * asked for again, from when tasks were really made.
   */
  async #postpone({ plan, step: { id } }: StepFacts, fireAt: number): Promise<string> {
    const { followUps, jobs } = this.#options
    await followUps.move({ id, from: ['due', 'failed'], to: 'waiting', change: { fireAt, heldUntil: fireAt } })
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

  async #make(wanted: Wanted, hold: ContactHold): Promise<string> {
    const { followUps, rules } = this.#options
    const { facts } = wanted
    const task = await this.#task.of(wanted)
    const choice = { on: task.record, owner: task.owner, dueAt: Date.parse(task.dueAt) }
    const begun = await followUps.begin(facts.step.id, choice, rules.minGapMs)
    if (begun.kind === 'making') return await this.#create(facts, task, hold)
    // Something was said against it meanwhile.
    if (begun.kind === 'other') return begun.step?.state ?? 'unknown'
    return facts.step.state === 'making' ? await this.#giveWay(wanted, begun.until) : await this.#postpone(facts, begun.until)
  }

  /** Another task was made since an earlier try, which may have made this one all the same. Where it has not, this one waits like any other. */
  async #giveWay({ facts, record }: Wanted, until: number): Promise<string> {
    const { step, plan } = facts
    const task = await this.#find(step.id, [step.on, record, plan.record])
    if (task) return await this.#made(facts, task)
    return (await this.#unmade(facts)) ?? (await this.#postpone(facts, until))
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

  async #refused(facts: StepFacts, error: DeliveryError): Promise<string> {
    const ended = await this.#unmade(facts)
    if (ended === null) throw error
    return ended
  }

  /**
   * Nothing is there, and nothing may be: a no that comes from now on cancels it. One that has come already does so at once; null where there
   * is none.
   */
  async #unmade(facts: StepFacts): Promise<string | null> {
    const change = { on: null, dueAt: null }
    const { step } = await this.#options.followUps.move({ id: facts.step.id, from: ['making'], to: 'due', change })
    if (step === null || step.recall === null) return null
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
