import { type FollowUpPlan, type PlannedStep, whyNotContact } from '../../core/index.ts'
import type { FollowUpJobs, FollowUps } from './ports.ts'

export interface ReviewOptions {
  readonly followUps: Pick<FollowUps, 'toReview' | 'reviewed' | 'ofContact' | 'recall'>
  readonly jobs: Pick<FollowUpJobs, 'withdraw' | 'drop'>
}

/** Those that may still bring somebody to contact the customer, and those whose job may have been left behind by a crash. */
const Open = ['waiting', 'due', 'making', 'made', 'failed', 'withdrawing', 'cancelled']

/**
 * Takes back what a no covers that was said after it was planned. What says no marks the contact in the same script, so that no crash in
 * between loses it; the mark goes when all is taken back.
 */
export class FollowUpReview {
  readonly #options: ReviewOptions

  constructor(options: ReviewOptions) {
    this.#options = options
  }

  /** Returns how many contacts it is done with. */
  async run(): Promise<number> {
    const marked = await this.#options.followUps.toReview()
    let done = 0
    for (const { contactId, mark } of marked) {
      if (!(await this.#review(contactId))) continue
      await this.#options.followUps.reviewed(contactId, mark)
      done += 1
    }
    return done
  }

  /** False when it is to be looked at again. */
  async #review(contactId: string): Promise<boolean> {
    const { followUps } = this.#options
    let isDone = true
    const { plans, suppression } = await followUps.ofContact(contactId)
    for (const plan of plans) {
      for (const step of plan.steps.filter(({ state }) => Open.includes(state))) {
        const reason = whyNotContact(plan, step, suppression)
        if (reason !== null && !(await this.#takeBack(plan, step, reason))) isDone = false
      }
    }
    return isDone
  }

  async #takeBack(plan: FollowUpPlan, { id, state }: PlannedStep, reason: string): Promise<boolean> {
    const { followUps, jobs } = this.#options
    const recalled = await followUps.recall(id, reason)
    if (recalled === 'withdraw') await jobs.withdraw(plan, id)
    // What waits for a person has nothing to wait for any more.
    const isOver = recalled === 'nothing' && (state === 'failed' || state === 'cancelled')
    return isOver ? await jobs.drop(plan, id) : true
  }
}
