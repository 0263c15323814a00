import {
  type BusinessHours,
  DeliveryError,
  dueWithin,
  type FollowUpRule,
  type FollowUpRules,
  type FollowUpStep,
  firstOf,
  type Lead,
  type MatchedRecord,
  namesIn,
  ownerCandidates,
  type PlannedStep,
  type Priority,
  type Qualification,
  type QualificationRules,
  qualify,
  type SuppressionEntry,
  stands,
  type TaskWrite,
  taskText,
} from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'
import type { FollowUps, StepFacts } from './ports.ts'

export interface StepTaskOptions {
  readonly crm: string
  readonly rules: FollowUpRules
  readonly qualification: QualificationRules
  readonly connector: Pick<BatchedConnector, 'assignee'>
  readonly followUps: Pick<FollowUps, 'turnOf'>
  now(): number
}

/** A step that is to be made, and what is known for it. */
export interface Wanted {
  readonly facts: StepFacts
  readonly lead: Lead
  readonly rule: FollowUpRule
  readonly set: FollowUpStep
  readonly record: MatchedRecord
  readonly suppression: readonly SuppressionEntry[]
}

const Priorities: Readonly<Record<Priority, TaskWrite['priority']>> = { low: 'low', normal: 'medium', high: 'high' }

/** What the task of a step says, whose it is and when it is due. */
export class StepTask {
  readonly #options: StepTaskOptions

  constructor(options: StepTaskOptions) {
    this.#options = options
  }

  async of({ facts, lead, rule, set, record, suppression }: Wanted): Promise<TaskWrite> {
    const { qualification, crm, now } = this.#options
    const { plan, step } = facts
    const worth = qualify(lead, qualification)
    // What an earlier try has chosen stays: the task may be there already.
    const chosen = step.state === 'making' && step.dueAt !== null
    const owner = chosen ? step.owner : await this.#ownerOf({ lead, rule, record, worth }, step)
    const hours = await this.#hoursOf(owner)
    const dueAt = chosen && step.dueAt !== null ? step.dueAt : dueOf(set, plan.occurredAt, hours, now())
    const open = suppression.filter((entry) => stands(entry))
    const input = { lead, plan, step, set, qualification: worth, touches: facts.touches, dueAt, timeZone: hours.timeZone, owner }
    return {
      id: step.id,
      record: { object: record.object, id: record.id },
      ...textOf({ ...input, suppression: open }, crm),
      dueAt: new Date(dueAt).toISOString(),
      timeZone: hours.timeZone,
      type: set.type,
      priority: Priorities[set.priority ?? worth.priority],
      owner,
    }
  }

  async #ownerOf(
    { lead, rule, record, worth }: Pick<Wanted, 'lead' | 'rule' | 'record'> & { readonly worth: Qualification },
    { id }: PlannedStep,
  ): Promise<string | null> {
    const { connector, followUps, rules } = this.#options
    const candidates = ownerCandidates({ owner: record.owner, qualified: worth.owner, lead, rule, rules })
    const names = namesIn(candidates)
    const answers = await Promise.all(names.map((name) => connector.assignee(name)))
    const able = new Set(names.filter((_, index) => answers[index] !== null))
    const first = firstOf(candidates, (owner) => able.has(owner))
    if (first === null) return null
    return first.kind === 'one'
      ? first.owner
      : await followUps.turnOf({ step: id, key: first.key, owners: first.owners, able: first.able })
  }

  /** A record says by the CRM's id who has it, and an admin writes down an e-mail: only the CRM can tell that they are one person. */
  async #hoursOf(owner: string | null): Promise<BusinessHours> {
    const { connector, rules } = this.#options
    const { hours, people } = rules
    if (owner === null || people.length === 0) return hours
    const named = people.find((one) => one.owner.toLowerCase() === owner.toLowerCase())
    if (named) return named.hours
    const [id, ...ids] = await Promise.all([owner, ...people.map((one) => one.owner)].map((name) => connector.assignee(name)))
    const known = people.find((_, index) => id !== null && ids[index] === id)
    return known?.hours ?? hours
  }
}

function dueOf({ afterMs, dueWithinMs }: FollowUpStep, occurredAt: number, hours: BusinessHours, now: number): number {
  return dueWithin(now, (afterMs === 0 ? occurredAt : now) + dueWithinMs, hours)
}

function textOf(input: Parameters<typeof taskText>[0], crm: string): Pick<TaskWrite, 'subject' | 'body'> {
  try {
    return taskText(input)
  } catch {
    const { rule, step } = input.step
    throw new DeliveryError(
      'invalid',
      `${crm}: subject or body of followUps rule ${rule}, step ${step}, can't be rendered for this lead. Correct the template, then replay.`,
    )
  }
}
