import { expect } from 'vitest'
import type { FollowUpPlan, PlannedStep } from '../../src/core/index.ts'
import { planOf } from '../../src/store/follow-up-lookup.ts'
import { readLink } from '../../src/store/ledger.ts'
import type { StoreParts } from '../kit/store-parts.ts'
import type { CrmWorld } from './crm-world.ts'
import { ownerModel, type PlanModel, planModel, reasonIn, type Situation, type StepModel } from './follow-up-model.ts'
import { type Outcomes, outcome } from './follow-up-outcomes.ts'
import type { KnownLead, PeopleModel } from './people.ts'
import type { Clock } from './process.ts'
import { markerOf } from './sales.ts'

export interface FollowUpParts {
  /** By which no process ever dies. */
  readonly hand: StoreParts
  readonly people: PeopleModel
  readonly clock: Clock
  readonly crms: readonly CrmWorld[]
  /** Sets the clock forward to a time. */
  later(ms: number): void
}

export interface Found {
  readonly plan: PlanModel
  readonly step: StepModel
}

/** How far each step is, as the model has followed it, and what holds for it now. */
export class FollowUpBook {
  readonly parts: FollowUpParts
  /** Tasks that salespeople worked on, by their own ids: one that was removed while its making was interrupted is made anew. */
  readonly touched = new Set<string>()
  /** By marker. */
  readonly removed = new Set<string>()
  readonly #plans = new Map<string, PlanModel>()
  readonly #settled = new Set<KnownLead>()

  constructor(parts: FollowUpParts) {
    this.parts = parts
  }

  get plans(): readonly PlanModel[] {
    return [...this.#plans.values()]
  }

  find(id: string): Found | null {
    const plan = this.#plans.get(id.split('.')[0] ?? '')
    const step = plan?.steps.find((one) => one.id === id)
    return plan && step ? { plan, step } : null
  }

  crm(name: string): CrmWorld {
    const crm = this.parts.crms.find((one) => one.name === name)
    if (!crm) throw new Error(`There is no CRM ${name}.`)
    return crm
  }

  plansWith({ known }: PlanModel): readonly PlanModel[] {
    const { people } = this.parts
    const contact = people.contactOf(known)
    return [...this.#plans.values()].filter((one) => people.contactOf(one.known) === contact)
  }

  /** `asked`: whose own opt-outs are read at this moment; those of the others are known as they were last read. */
  async situation(plan: PlanModel, asked: CrmWorld | null = null): Promise<Situation> {
    const { people, clock, crms, hand } = this.parts
    const contact = people.contactOf(plan.known)
    const id = await hand.contactOf(plan.known.lead)
    const closed = new Set<string>()
    const fields = crms.map(({ name }) => `link:${name}`)
    const links = await hand.redis.hmget(`{leadsync}:contact:${id}`, ...fields)
    for (const [index, crm] of crms.entries()) {
      const link = links[index] ?? null
      const optOuts = link === null ? null : readLink(link).optOuts
      const ever = crm.everClosed(contact)
      for (const channel of crm.endOf(contact) === null ? Object.keys(optOuts?.said ?? {}) : []) {
        expect(ever, `the opt-outs that ${crm.name} is said to have of ${contact}`).toContain(channel)
      }
      const byUs: readonly string[] = optOuts?.byUs ?? []
      if (byUs.length > 0) expect(crm.mayClose, `${crm.name} closes no channel`).toBe(true)
      const own = crm === asked && crm.endOf(contact) === null ? crm.optOutsOf(contact) : Object.keys(optOuts?.said ?? {})
      for (const channel of own) if (!byUs.includes(channel)) closed.add(channel)
    }
    return { now: clock.ms, said: people.saidOf(contact), closed, plans: this.plansWith(plan) }
  }

  /** Of every plan. */
  async situations(): Promise<readonly (readonly [PlanModel, Situation])[]> {
    const { people } = this.parts
    const plans = [...this.#plans.values()]
    const contacts = new Map(plans.map((plan) => [people.contactOf(plan.known), plan]))
    const entries = [...contacts].map(async ([contact, plan]) => [contact, await this.situation(plan)] as const)
    const known = new Map(await Promise.all(entries))
    return plans.flatMap((plan) => {
      const situation = known.get(people.contactOf(plan.known))
      return situation ? [[plan, situation] as const] : []
    })
  }

  #compare(known: KnownLead, shown: FollowUpPlan | null, outcomes: Outcomes): void {
    const { key, id } = known.model
    const before = this.#plans.get(key)
    if (!before && !shown) return
    if (before && !shown) expect.fail(`The plan of ${id} is gone.`)
    const plan = before ?? planModel(known, this.parts.clock.ms)
    if (!plan || !shown) expect.fail(`${id} is followed up, and must not be.`)
    expect(shown.crm, `the CRM that follows up ${id}`).toBe(plan.crm)
    expect(shown.steps.map((step) => step.id)).toEqual(plan.steps.map((step) => step.id))
    for (const [index, step] of shown.steps.entries()) this.#compareStep([plan, plan.steps[index]], step, outcomes, !before)
    this.#plans.set(key, plan)
  }

  #compareStep(
    [plan, model]: readonly [PlanModel, StepModel | undefined],
    shown: PlannedStep,
    outcomes: Outcomes,
    isNew: boolean,
  ): void {
    if (!model) return
    const state = `${shown.state}${shown.state === 'making' && shown.recall !== null ? '!' : ''}`
    if (isNew)
      expect({ state, at: shown.fireAt, type: shown.type }).toEqual({ state: 'waiting', at: model.fireAt, type: model.set.type })
    const { states, reasons } = outcomes.get(model.id) ?? outcome([model.state])
    const moved = state !== model.state
    if (!states.has(state))
      expect({ [model.id]: state, from: model.state }).toEqual({ [model.id]: [...states].join(' or '), from: model.state })
    const reason = reasonIn(shown.reason)
    if (moved && (state === 'cancelled' || state === 'withdrawing')) {
      const all = [...reasons].join(' or ')
      expect(reason !== null && reasons.has(reason), `${model.id} ${state} (${shown.reason}), where the model says: ${all}`).toBe(
        true,
      )
    }
    if (moved && state === 'waiting') model.fireAt = shown.fireAt
    this.#adopt(plan, model, state)
  }

  #adopt({ crm, known }: PlanModel, model: StepModel, state: string): void {
    const before = model.state
    model.state = state
    if (before !== state) this.#count(model, before)
    const isMade = ['made', 'worked', 'withdrawing', 'withdrawn', 'kept'].includes(state)
    if (!isMade || model.made) return
    model.afterEnd = this.crm(crm).endOf(this.parts.people.contactOf(known)) !== null
    model.made = true
  }

  #count(model: StepModel, before: string): void {
    const { state } = model
    const now = this.parts.clock.ms
    const mayBeThere = before.startsWith('making') || (before === 'failed' && model.tried)
    if (before === 'waiting') model.counted = { from: now, to: now }
    if (state.startsWith('making')) {
      // One that is replayed may have been found as it was left.
      if (!before.startsWith('making')) model.counted = { from: (mayBeThere && model.counted?.from) || now, to: now }
      model.tried = true
      return
    }
    model.tried = state === 'failed' && mayBeThere
    if (state === 'cancelled' || state === 'waiting' || (state === 'failed' && !mayBeThere)) model.counted = null
    if (!model.made && ['made', 'worked', 'withdrawing', 'withdrawn', 'kept'].includes(state))
      model.counted = { from: now, to: now }
  }

  /** A process died in the middle of making its task. */
  triedAgain(id: string): void {
    const model = this.find(id)?.step
    if (model?.tried && model.counted) model.counted = { ...model.counted, to: this.parts.clock.ms }
  }

  *#newlySettled(): Generator<{ known: KnownLead }> {
    for (const crm of this.parts.crms) {
      for (const known of crm.settled) {
        if (this.#settled.has(known) || ownerModel(known.signal) !== crm.name) continue
        this.#settled.add(known)
        yield { known }
      }
    }
  }

  /** Its delivery is at its end, so whoever is to follow it up is known now. */
  #expectPlanned(known: KnownLead): void {
    if (this.#plans.has(known.model.key)) return
    const crm = this.crm(ownerModel(known.signal))
    if (crm.endOf(this.parts.people.contactOf(known)) !== null) return
    const due = planModel(known, this.parts.clock.ms)
    expect(due === null, `${known.model.id} is not followed up, and must be`).toBe(true)
  }

  /** Compares what is known of all steps with what may have become of them. */
  async look(outcomes: Outcomes = new Map()): Promise<void> {
    const { hand, people } = this.parts
    const plans = await Promise.all(people.leads.map(({ model }) => planOf(hand.scripts, model.key)))
    for (const [index, known] of people.leads.entries()) this.#compare(known, plans[index] ?? null, outcomes)
    for (const { known } of this.#newlySettled()) this.#expectPlanned(known)
  }

  async isTouched({ crm }: PlanModel, { id }: StepModel): Promise<boolean> {
    const task = (await this.crm(crm).tasks()).find(({ marker }) => marker === markerOf(id))
    return task === undefined || task.status !== 'open' || this.touched.has(task.id)
  }

  /** Its CRM was asked just now: what that says itself is known from then on, of the whole contact. */
  async expectRead(id: string): Promise<void> {
    const plan = this.find(id)?.plan
    const crm = plan && this.crm(plan.crm)
    const contact = plan && this.parts.people.contactOf(plan.known)
    if (!plan || !crm || contact === undefined || crm.endOf(contact) !== null) return
    const cid = await this.parts.hand.contactOf(plan.known.lead)
    const link = await this.parts.hand.redis.hget(`{leadsync}:contact:${cid}`, `link:${crm.name}`)
    const said = Object.keys(link === null ? {} : (readLink(link).optOuts?.said ?? {}))
    expect(said.toSorted(), `what ${crm.name} says of ${contact}, as it is known`).toEqual([...crm.optOutsOf(contact)].sort())
  }

  readonly stateOf = (id: string): string => this.find(id)?.step.state ?? 'waiting'
}
