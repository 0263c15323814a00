import { decideStep, type FollowUpRules, type QualificationRules } from '../../core/index.ts'
import { cancelSteps } from './cancel.ts'
import type { FollowUpJobs, FollowUps, StepFacts } from './ports.ts'
import type { SlaWatch } from './sla-watch.ts'

export interface StepFiringOptions {
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  /** Every CRM that has a file, also those that are switched off or whose file can't be used at the moment. */
  readonly crms: readonly string[]
  readonly followUps: FollowUps
  readonly jobs: FollowUpJobs
  readonly sla: SlaWatch
  now(): number
}

/** `later`: to be fired again at that time, in ms since the epoch. */
export type Fired = { readonly kind: 'done' } | { readonly kind: 'later'; readonly at: number }

/** How often a CRM that has no file is asked for again. */
const AwayMs = 10 * 60_000

const Done: Fired = { kind: 'done' }

/** What happens when the time of a step has come: everything is asked again, in Redis alone, before its CRM is asked for anything. */
export class StepFiring {
  readonly #options: StepFiringOptions

  constructor(options: StepFiringOptions) {
    this.#options = options
  }

  async fire(id: string): Promise<Fired> {
    const { followUps, jobs, rules, qualification, crms, now } = this.#options
    const facts = await followUps.facts(id)
    if (!facts || (facts.step.state !== 'waiting' && facts.step.state !== 'due')) return Done
    const { crm } = facts.plan
    if (!crms.includes(crm)) return this.#away(facts)
    const decision = decideStep({ ...facts, rules, qualification, now: now() })
    if (decision.kind === 'cancel') return this.#cancel(facts, decision.reason, decision.all)
    const handed = await followUps.handOver(id, rules)
    if (handed.kind === 'gap') return { kind: 'later', at: handed.until }
    if (handed.kind === 'most') {
      const { count, withinMs } = rules.most
      const days = Math.round(withinMs / 86_400_000)
      return this.#cancel(facts, `This contact has had ${count} tasks within ${days} days (followUps.mostPerContact).`)
    }
    if (handed.kind === 'due') await jobs.make(facts.plan, id)
    return Done
  }

  /**
   * The time has come to ask whether somebody worked on it: the CRM only where there is a task to ask about. The next time is set here and not
   * by the answer, which a CRM may owe: then the promise is asked about again all the same.
   */
  async look(id: string): Promise<Fired> {
    const { followUps, jobs, sla } = this.#options
    const facts = await followUps.facts(id)
    if (!facts) return Done
    if (facts.step.state !== 'made') return await sla.unmade(facts.plan, facts.step)
    await jobs.ask(facts.plan, id)
    return sla.next(facts.step)
  }

  /** The file of its CRM is gone, perhaps for a moment: it is being renamed, or mended. */
  async #away(facts: StepFacts): Promise<Fired> {
    const { rules, now } = this.#options
    const { plan, step } = facts
    if (now() - step.fireAt <= rules.maxLeadAgeMs) return { kind: 'later', at: now() + AwayMs }
    return this.#cancel(facts, `${plan.crm} is not configured any more.`)
  }

  async #cancel({ plan, step }: StepFacts, reason: string, all?: boolean): Promise<Fired> {
    await cancelSteps(this.#options.followUps, { plan, id: step.id, reason, all, from: ['waiting', 'due'] })
    return Done
  }
}
