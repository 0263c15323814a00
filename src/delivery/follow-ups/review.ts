import { whyNotContact } from '../../core/index.ts'
import type { FollowUpJobs, FollowUps } from './ports.ts'

export interface ReviewOptions {
  readonly followUps: Pick<FollowUps, 'toReview' | 'reviewed' | 'ofContact' | 'recall'>
  readonly jobs: Pick<FollowUpJobs, 'withdraw'>
}

/** Those that may still bring somebody to contact the customer. */
const Open = ['waiting', 'due', 'making', 'made', 'failed', 'withdrawing']

/**
 * Takes back what a no covers that was said after it was planned. What says no marks the contact in the same script, so that no crash in
 * between loses it; the mark goes when all is taken back.
 */
export class FollowUpReview {
  readonly #options: ReviewOptions

  constructor(options: ReviewOptions) {
    this.#options = options
  }

  /** Returns how many contacts were looked at. */
  async run(): Promise<number> {
    const marked = await this.#options.followUps.toReview()
    for (const { contactId, mark } of marked) {
      await this.#review(contactId)
      await this.#options.followUps.reviewed(contactId, mark)
    }
    return marked.length
  }

  async #review(contactId: string): Promise<void> {
    const { followUps, jobs } = this.#options
    const { plans, suppression } = await followUps.ofContact(contactId)
    for (const plan of plans) {
      for (const step of plan.steps.filter(({ state }) => Open.includes(state))) {
        const reason = whyNotContact(plan, step, suppression)
        if (reason !== null && (await followUps.recall(step.id, reason)) === 'withdraw') await jobs.withdraw(plan, step.id)
      }
    }
  }
}
