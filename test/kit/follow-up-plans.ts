import { type FollowUpPlan, type Lead, leadKey, type PlannedStep, type StepState } from '../../src/core/index.ts'
import type { FollowUps, Limits } from '../../src/delivery/follow-ups/ports.ts'
import { Noon } from './made-lead.ts'
import { Crm, type StoreParts } from './store-parts.ts'

export const NoonMs = Date.parse(Noon)
export const HourMs = 3_600_000
export const Task = { object: 'task', id: '77' }
/** Neither gap nor maximum is in anybody's way. */
export const NoLimits: Limits = { minGapMs: 0, most: { count: 1_000, withinMs: HourMs } }

export interface PlanParts extends Partial<Omit<FollowUpPlan, 'steps'>> {
  readonly steps?: readonly Partial<PlannedStep>[]
}

/** A plan for a lead that is in the store: two calls unless told, the first with a promise of a day. */
export async function makePlan(store: StoreParts, lead: Lead, parts: PlanParts = {}): Promise<FollowUpPlan> {
  const key = leadKey(lead.id)
  const occurredAt = Date.parse(lead.occurredAt)
  const { steps = [{ slaAt: occurredAt + 24 * HourMs }, {}], ...rest } = parts
  return {
    lead: key,
    crm: Crm,
    contactId: await store.contactOf(lead),
    occurredAt,
    plannedAt: NoonMs,
    action: lead.action,
    offer: lead.offer,
    record: { object: 'contact', id: '1' },
    ontoClosed: false,
    ...rest,
    steps: steps.map((step, n) => ({
      id: `${key}.sales.${n + 1}`,
      rule: 'sales',
      step: String(n + 1),
      type: 'call',
      state: 'waiting',
      fireAt: NoonMs + n * HourMs,
      slaAt: null,
      task: null,
      madeAt: null,
      dueAt: null,
      owner: null,
      reason: null,
      recall: null,
      ...step,
    })),
  }
}

/** Takes the lead in, plans it and returns the ids of its steps. */
export async function follow(store: StoreParts, lead: Lead, parts: PlanParts = {}): Promise<readonly [string, ...string[]]> {
  await store.enter(lead)
  const plan = await makePlan(store, lead, parts)
  await store.followUps.plan(plan, 'Two calls are planned.')
  const [first = '', ...others] = plan.steps.map(({ id }) => id)
  return [first, ...others]
}

/** Brings a waiting step into a state by the ways that lead there. */
export async function bring(followUps: FollowUps, id: string, state: StepState): Promise<void> {
  if (state === 'waiting') return
  if (state === 'cancelled') return void (await followUps.recall(id, 'No.'))
  await followUps.handOver(id, NoLimits)
  if (state === 'due') return
  await followUps.move({ id, from: ['due'], to: 'making' })
  if (state === 'making') return
  if (state === 'failed') return void (await followUps.move({ id, from: ['making'], to: 'failed' }))
  await followUps.move({ id, from: ['making'], to: 'made', change: { task: Task, owner: 'ann' } })
  if (state === 'made') return
  if (state === 'worked') return void (await followUps.move({ id, from: ['made'], to: 'worked' }))
  await followUps.recall(id, 'No.')
  if (state !== 'withdrawing') await followUps.move({ id, from: ['withdrawing'], to: state })
}

export async function stateOf(followUps: FollowUps, id: string): Promise<StepState | null> {
  return (await followUps.facts(id))?.step.state ?? null
}
