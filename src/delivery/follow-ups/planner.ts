import { type FollowUpRules, type PlanInput, type PlannedStep, planLead, type QualificationRules } from '../../core/index.ts'
import type { Claim } from '../ports.ts'
import { type Finder, lostPlan, putLostAside } from './lost-plan.ts'
import type { FollowUpJobs, FollowUps } from './ports.ts'

export interface PlannerOptions {
  readonly crm: string
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  readonly connector: Finder
  readonly followUps: Pick<FollowUps, 'plan' | 'noPlan'>
  readonly jobs: Pick<FollowUpJobs, 'fire' | 'look'>
  now(): number
}

type PlannedClaim = Pick<Claim, 'leadKey' | 'lead' | 'contactId' | 'joinedIds' | 'followUp' | 'lost'>

/**
 * Plans the follow-up of a lead that the CRM has, before its delivery settles: whatever ends this process in between, the delivery goes on
 * from what was written, and plans again. The first plan of a lead stands, and its jobs have ids of their own, so nothing is planned twice.
 */
export class FollowUpPlanner {
  readonly #options: PlannerOptions

  constructor(options: PlannerOptions) {
    this.#options = options
  }

  async plan(
    { leadKey, lead, contactId, joinedIds, followUp, lost }: PlannedClaim,
    written: Pick<PlanInput, 'record' | 'rule'>,
  ): Promise<void> {
    const { crm, rules, qualification, connector, followUps, now } = this.#options
    if (followUp === null || rules.rules.length === 0) return
    const input = { ...written, lead, crm, contactId, rules, qualification, now: now() }
    const contactIds = [contactId, ...joinedIds]
    if (followUp === 'elsewhere') return lost ? await putLostAside(input, contactIds, connector) : undefined
    const planned = lost ? await lostPlan(input, contactIds, connector) : planLead(input)
    // Also where none is to be planned: before a crash it may have been, with other rules or while the lead was young, and it has no jobs yet.
    const steps =
      planned.kind === 'plan'
        ? await followUps.plan(planned.plan, planned.say)
        : await followUps.noPlan(leadKey, contactId, crm, `No follow-up: ${planned.reason}`)
    const made = planned.kind === 'plan' ? planned.plan.steps.filter(({ state }) => state === 'made') : []
    await this.#addJobs(contactId, steps, made)
  }

  async #addJobs(contactId: string, open: readonly PlannedStep[], made: readonly PlannedStep[]): Promise<void> {
    const { crm, rules, jobs } = this.#options
    const ref = { crm, contactId }
    await Promise.all([
      ...open.map(({ id, fireAt }) => jobs.fire(ref, id, fireAt)),
      ...[...open, ...made].flatMap(({ id, slaAt }) => (slaAt === null ? [] : [jobs.look(ref, id, slaAt - rules.warnMs)])),
    ])
  }
}
