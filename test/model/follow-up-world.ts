import { expect } from 'vitest'
import type { FollowUpPlan, PlannedStep } from '../../src/core/index.ts'
import { planOf, readFollowUps, reviewsLeft } from '../../src/store/follow-up-lookup.ts'
import { readLink } from '../../src/store/ledger.ts'
import { type BoardJob, JobBoard } from '../kit/job-board.ts'
import type { StoreParts } from '../kit/store-parts.ts'
import type { CrmWorld } from './crm-world.ts'
import {
  against,
  hasEnded,
  isCovered,
  limitModel,
  ownerModel,
  type PlanModel,
  planModel,
  type Reason,
  reasonIn,
  type Situation,
  type StepModel,
} from './follow-up-model.ts'
import type { Death } from './mortal.ts'
import type { KnownLead, PeopleModel } from './people.ts'
import type { Clock, ModelProcess, Worked } from './process.ts'
import { markerOf, type ShownTask, type TaskDeed } from './sales.ts'

export interface FollowUpParts {
  /** By which no process ever dies. */
  readonly hand: StoreParts
  readonly people: PeopleModel
  readonly clock: Clock
  readonly crms: readonly CrmWorld[]
}

/** What may have become of a step; those that nothing is said of stay as they are. */
interface Outcome {
  readonly states: ReadonlySet<string>
  readonly reasons: ReadonlySet<Reason>
}

type Outcomes = Map<string, Outcome>

interface Found {
  readonly plan: PlanModel
  readonly step: StepModel
}

/** What stands against a step now: for certain, and what only a person in the CRM could tell. */
interface Stand {
  readonly sure: Set<Reason>
  readonly perhaps: Set<Reason>
  /** Earlier steps that somebody is found to have worked on. */
  readonly worked: readonly StepModel[]
}

const Unrecalled = ['waiting', 'due', 'failed']
const MostRounds = 2_000

/** Follow-ups and what the model says of them: each job, each review and each thing that is said moves what it must, and nothing else. */
export class FollowUpWorld {
  readonly board = new JobBoard()
  readonly #parts: FollowUpParts
  readonly #plans = new Map<string, PlanModel>()
  readonly #settled = new Set<KnownLead>()
  /** By marker. */
  readonly #deeds = new Map<string, TaskDeed>()

  constructor(parts: FollowUpParts) {
    this.#parts = parts
  }

  /** Does one of the jobs whose time has come. */
  async work(process: ModelProcess, pick: number): Promise<void> {
    const job = this.#pick(pick)
    if (!job) return
    const outcomes = await this.#expected(job)
    const until = this.#gapUntil(job)
    const worked = await process.work(job)
    this.#after(job, worked)
    if (worked === 'locked') return this.look()
    if (job.name === 'fire' && typeof worked === 'number') expect(worked, `when ${job.id} comes again`).toBe(until)
    await this.look(outcomes)
    if (job.name === 'task') this.#expectRead(job)
  }

  async review(process: ModelProcess): Promise<void> {
    const outcomes = await this.#reviewed()
    await process.review()
    await this.look(outcomes)
    await this.#expectReviewed()
  }

  /** A process dies in the middle of it; the job stays. */
  async crash(process: ModelProcess, pick: number, death: Death, restart: () => Promise<void>): Promise<void> {
    const job = this.#pick(pick)
    const outcomes = job ? await this.#expected(job) : await this.#reviewed()
    const found = job && this.#find(job.about)
    let worked: Worked | null = null
    const died = await process.dieAt(death, async () => {
      if (job) worked = await process.work(job)
      else await process.review()
    })
    if (job && !died && worked !== null) this.#after(job, worked)
    if (died) await restart()
    if (died && job?.name === 'task' && found) this.#crm(found.plan.crm).diedWithLock()
    await this.look(died || worked === 'locked' ? this.#halfway(outcomes) : outcomes)
  }

  /** While one process does a job, somebody says something and another process reviews, just before the n-th exchange of the first. */
  async intrude(
    one: ModelProcess,
    other: ModelProcess,
    pick: number,
    { exchange, say }: { readonly exchange: number; readonly say: () => Promise<void> },
  ): Promise<void> {
    const job = this.#pick(pick)
    if (!job) return
    const before = await this.#expected(job)
    let said = false
    const run = async () => {
      said = true
      await say()
      await other.review()
    }
    one.intrude(exchange, run)
    const worked = await one.work(job)
    one.intrude(0, run)
    if (!said) await run()
    this.#after(job, worked)
    const recalled = await this.#reviewed()
    await this.look(both(this.#halfway(before), recalled, this.#afterRecall(before)))
    await this.#expectReviewed()
    await this.#expectNotMadeAgainst(job)
  }

  async sales(crm: CrmWorld, pick: number, deed: TaskDeed): Promise<void> {
    const open = (await crm.tasks()).filter(({ status, marker }) => status === 'open' && !this.#deeds.has(marker))
    const task = open[pick % Math.max(1, open.length)]
    if (!task) return
    await crm.work(task.id, deed)
    this.#deeds.set(task.marker, deed)
    await this.look()
  }

  /** Compares what is known of all steps with what may have become of them. */
  async look(outcomes: Outcomes = new Map()): Promise<void> {
    const { hand, people } = this.#parts
    const plans = await Promise.all(people.leads.map(({ model }) => planOf(hand.scripts, model.key)))
    for (const [index, known] of people.leads.entries()) this.#compare(known, plans[index] ?? null, outcomes)
    for (const { known } of this.#newlySettled()) this.#expectPlanned(known)
  }

  /** Does all whose time has come. */
  async catchUp(process: ModelProcess): Promise<void> {
    for (let round = 0; ; round += 1) {
      expect(round, 'rounds in which something of the follow-ups was to be done at once').toBeLessThan(MostRounds)
      if ((await reviewsLeft(this.#parts.hand.scripts)) > 0) await this.review(process)
      else if (this.#due().length > 0) await this.work(process, round)
      else return
    }
  }

  /** All that is to be done is done, whatever time it takes, and nothing is left that must not be there. */
  async drain(process: ModelProcess, later: (ms: number) => void): Promise<void> {
    do await this.catchUp(process)
    while (this.#wait(later))
    for (const { steps } of this.#plans.values()) {
      for (const step of steps) {
        const isLost = !hasEnded(step) && step.state !== 'failed'
        expect(isLost, `${step.id} is ${step.state} for ever`).toBe(false)
      }
    }
    await this.#expectTasks()
    await this.#expectCounters()
    await this.#expectReviewed()
  }

  #wait(later: (ms: number) => void): boolean {
    const times = this.board.waiting.filter(({ name }) => name !== 'look').map(({ at }) => at)
    if (times.length === 0) return false
    later(Math.min(...times))
    return true
  }

  #due(): readonly BoardJob[] {
    return this.board.waiting.filter(({ at }) => at <= this.#parts.clock.ms)
  }

  #pick(pick: number): BoardJob | null {
    const due = this.#due()
    return due[pick % Math.max(1, due.length)] ?? null
  }

  #after(job: BoardJob, worked: Worked): void {
    if (worked === 'done') this.board.done(job)
    else if (worked === 'failed') this.board.fail(job)
    else if (worked !== 'locked') job.at = worked
    const { crm } = job
    if (worked === 'locked') expect(this.#crm(crm).isLocked, `${job.id} found its contact locked`).toBe(true)
  }

  #find(id: string): Found | null {
    const plan = this.#plans.get(id.split('.')[0] ?? '')
    const step = plan?.steps.find((one) => one.id === id)
    return plan && step ? { plan, step } : null
  }

  #crm(name: string): CrmWorld {
    const crm = this.#parts.crms.find((one) => one.name === name)
    if (!crm) throw new Error(`There is no CRM ${name}.`)
    return crm
  }

  /** What each step may be after this job, when nothing comes in between. */
  async #expected(job: BoardJob): Promise<Outcomes> {
    const found = this.#find(job.about)
    if (!found) throw new Error(`${job.id} is a job of no step that the model knows.`)
    const { plan, step } = found
    if (job.name === 'fire') return outcomesOf([step, await this.#fired(found)])
    if (job.name === 'task') return await this.#made(found)
    if (job.name === 'ask' && step.state === 'made' && (await this.#isTouched(plan, step))) {
      return outcomesOf([step, outcome(['worked'])])
    }
    if (job.name !== 'withdraw' || step.state !== 'withdrawing') return new Map()
    const task = (await this.#crm(plan.crm).tasks()).find(({ marker }) => marker === markerOf(step.id))
    const isKept = task !== undefined && task.status !== 'withdrawn' && this.#deeds.has(task.marker)
    return outcomesOf([step, outcome([isKept ? 'kept' : 'withdrawn'])])
  }

  async #fired({ plan, step }: Found): Promise<Outcome> {
    if (step.state !== 'waiting' && step.state !== 'due') return outcome([step.state])
    const situation = await this.#situation(plan)
    const reasons = against(plan, step, situation)
    if (reasons.size > 0) return outcome(['cancelled'], reasons)
    if (step.state === 'due') return outcome(['due'])
    const limit = limitModel(situation)
    if (limit === 'most') return outcome(['cancelled'], ['most'])
    return outcome([limit === null ? 'due' : 'waiting'])
  }

  #gapUntil(job: BoardJob): number | null {
    const found = job.name === 'fire' ? this.#find(job.about) : null
    if (!found) return null
    const limit = limitModel({ now: this.#parts.clock.ms, plans: this.#plansWith(found.plan) })
    return limit === null || limit === 'most' ? null : limit.gapUntil
  }

  async #made({ plan, step }: Found): Promise<Outcomes> {
    if (!['due', 'making', 'making!', 'failed'].includes(step.state)) return new Map()
    const { sure, perhaps, worked } = await this.#stand(plan, step)
    const reasons = new Set([...sure, ...perhaps])
    const states: string[] = []
    const mayHave = step.state.startsWith('making')
    if (reasons.size > 0) states.push(mayHave ? 'withdrawing' : 'cancelled')
    if (sure.size === 0) states.push(step.state === 'making!' ? 'withdrawing' : 'made')
    if (perhaps.size > 0) states.push('failed')
    const seen = worked.map((one) => [one, outcome(['made', 'worked'])] as const)
    return outcomesOf([step, outcome(states, reasons)], ...seen)
  }

  async #stand(plan: PlanModel, step: StepModel): Promise<Stand> {
    const crm = this.#crm(plan.crm)
    const contact = this.#parts.people.contactOf(plan.known)
    const end = crm.endOf(contact)
    const situation = await this.#situation(plan, crm)
    const sure = against(plan, step, situation)
    const perhaps = new Set<Reason>()
    const hasBegun = plan.steps.some(({ made }) => made)
    if (end === 'remove') sure.add('record deleted')
    if (end === 'close') sure.add('record closed')
    if (end === 'convert' && hasBegun) sure.add('record converted')
    if (end === 'any') for (const one of ['record deleted', 'record closed', 'record converted'] as const) perhaps.add(one)
    if (end !== null) {
      const known = await this.#situation(plan)
      if (against(plan, step, known).has('covered')) perhaps.add('covered')
    }
    const earlier = plan.steps.filter((one) => one.rule === step.rule && one.state === 'made' && one !== step)
    const touched = await Promise.all(earlier.map((one) => this.#isTouched(plan, one)))
    const worked = step.set.evenIfWorked ? [] : earlier.filter((_, index) => touched[index])
    if (worked.length > 0) sure.add('worked')
    return { sure, perhaps, worked }
  }

  async #isTouched({ crm }: PlanModel, { id }: StepModel): Promise<boolean> {
    const task = (await this.#crm(crm).tasks()).find(({ marker }) => marker === markerOf(id))
    return task === undefined || task.status !== 'open' || this.#deeds.has(task.marker)
  }

  #plansWith({ known }: PlanModel): readonly PlanModel[] {
    const { people } = this.#parts
    const contact = people.contactOf(known)
    return [...this.#plans.values()].filter((one) => people.contactOf(one.known) === contact)
  }

  /** `asked`: whose own opt-outs are read at this moment; those of the others are known as they were last read. */
  async #situation(plan: PlanModel, asked: CrmWorld | null = null): Promise<Situation> {
    const { people, clock, crms, hand } = this.#parts
    const contact = people.contactOf(plan.known)
    const id = await hand.contactOf(plan.known.lead)
    const closed = new Set<string>()
    const fields = crms.map(({ name }) => `link:${name}`)
    const links = await hand.redis.hmget(`{leadsync}:contact:${id}`, ...fields)
    for (const [index, crm] of crms.entries()) {
      const link = links[index] ?? null
      const optOuts = link === null ? null : readLink(link).optOuts
      const ever = crm.everClosed(contact)
      for (const channel of Object.keys(optOuts?.said ?? {})) {
        expect(ever, `the opt-outs that ${crm.name} is said to have of ${contact}`).toContain(channel)
      }
      const byUs: readonly string[] = optOuts?.byUs ?? []
      if (byUs.length > 0) expect(crm.mayClose, `${crm.name} closes no channel`).toBe(true)
      const own = crm === asked && crm.endOf(contact) === null ? crm.optOutsOf(contact) : Object.keys(optOuts?.said ?? {})
      for (const channel of own) if (!byUs.includes(channel)) closed.add(channel)
    }
    return { now: clock.ms, said: people.saidOf(contact), closed, plans: this.#plansWith(plan) }
  }

  /** Of every plan. */
  async #situations(): Promise<readonly (readonly [PlanModel, Situation])[]> {
    const { people } = this.#parts
    const plans = [...this.#plans.values()]
    const contacts = new Map(plans.map((plan) => [people.contactOf(plan.known), plan]))
    const entries = [...contacts].map(async ([contact, plan]) => [contact, await this.#situation(plan)] as const)
    const known = new Map(await Promise.all(entries))
    return plans.flatMap((plan) => {
      const situation = known.get(people.contactOf(plan.known))
      return situation ? [[plan, situation] as const] : []
    })
  }

  /** A review takes back what is covered. What was covered when it was planned is no news: it is asked when its time comes. */
  async #reviewed(): Promise<Outcomes> {
    const outcomes: Outcomes = new Map()
    for (const [plan, situation] of await this.#situations()) {
      for (const step of plan.steps.filter((one) => isCovered(plan, one, situation))) {
        const recalled = recalledFrom(step.state)
        if (recalled === null) continue
        const states = step.state === 'waiting' ? ['waiting', recalled] : [recalled]
        outcomes.set(step.id, outcome(states, ['covered']))
      }
    }
    return outcomes
  }

  /** Nothing that may bring somebody to contact the customer stands against what is known; what waits is asked again before it is made. */
  async #expectReviewed(): Promise<void> {
    for (const [plan, situation] of await this.#situations()) {
      for (const step of plan.steps.filter(({ state }) => ['due', 'making', 'made', 'failed'].includes(state))) {
        expect(isCovered(plan, step, situation), `${step.id} is ${step.state}, and covered`).toBe(false)
      }
    }
  }

  /** Ended in the middle: each step is as it was, or some way to where it was to go. */
  #halfway(outcomes: Outcomes): Outcomes {
    const halfway: Outcomes = new Map()
    for (const [id, { states, reasons }] of outcomes) {
      const before = this.#find(id)?.step.state ?? 'waiting'
      const between = [...states].flatMap((state) => waysTo(state, before))
      halfway.set(id, { states: new Set([before, ...states, ...between]), reasons })
    }
    return halfway
  }

  /** Where a step goes that was said no to while it was on its way. */
  #afterRecall(outcomes: Outcomes): Outcomes {
    const recalled: Outcomes = new Map()
    for (const [id, { states }] of outcomes) {
      const all = [...states].flatMap((state) => [recalledFrom(state) ?? state])
      recalled.set(id, outcome([...all, 'cancelled', ...(states.has('made') ? ['withdrawing'] : [])], ['covered']))
    }
    return recalled
  }

  #compare(known: KnownLead, shown: FollowUpPlan | null, outcomes: Outcomes): void {
    const { key, id } = known.model
    const before = this.#plans.get(key)
    if (!before && !shown) return
    if (before && !shown) expect.fail(`The plan of ${id} is gone.`)
    const plan = before ?? planModel(known, this.#parts.clock.ms)
    if (!plan || !shown) expect.fail(`${id} is followed up, and must not be.`)
    expect(shown.crm, `the CRM that follows up ${id}`).toBe(plan.crm)
    expect(shown.steps.map((step) => step.id)).toEqual(plan.steps.map((step) => step.id))
    for (const [index, step] of shown.steps.entries()) this.#compareStep(plan.steps[index], step, outcomes, !before)
    this.#plans.set(key, plan)
  }

  #compareStep(model: StepModel | undefined, shown: PlannedStep, outcomes: Outcomes, isNew: boolean): void {
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
    this.#adopt(model, state)
  }

  #adopt(model: StepModel, state: string): void {
    const before = model.state
    model.state = state
    const now = this.#parts.clock.ms
    if (before === 'waiting' && !['waiting', 'cancelled'].includes(state)) model.countedAt = now
    if (state === 'cancelled' || state === 'waiting') model.countedAt = null
    const isMade = ['made', 'worked', 'withdrawing', 'withdrawn', 'kept'].includes(state)
    if (isMade && !model.made) model.countedAt = now
    model.made ||= isMade
  }

  *#newlySettled(): Generator<{ known: KnownLead }> {
    for (const crm of this.#parts.crms) {
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
    const crm = this.#crm(ownerModel(known.signal))
    if (crm.endOf(this.#parts.people.contactOf(known)) !== null) return
    const due = planModel(known, this.#parts.clock.ms)
    expect(due === null, `${known.model.id} is not followed up, and must be`).toBe(true)
  }

  /** Its own CRM was asked just now. */
  #expectRead(job: BoardJob): void {
    const found = this.#find(job.about)
    if (found) expect(found.step.state, job.id).not.toBe('making')
  }

  /** What was refused while it was made is not left for anybody to do. */
  async #expectNotMadeAgainst({ about }: BoardJob): Promise<void> {
    const found = this.#find(about)
    if (found) await this.#expectTasksOf(this.#crm(found.plan.crm))
  }

  async #expectTasks(): Promise<void> {
    for (const crm of this.#parts.crms) await this.#expectTasksOf(crm)
  }

  /** Each task is there once, in the one CRM that has the lead's follow-up, and stands as its step says. */
  async #expectTasksOf(crm: CrmWorld): Promise<void> {
    const tasks = new Map<string, ShownTask>()
    for (const task of await crm.tasks()) {
      expect(tasks.has(task.marker), `${crm.name} has one task twice`).toBe(false)
      tasks.set(task.marker, task)
    }
    for (const [plan, situation] of await this.#situations()) {
      for (const step of plan.steps) {
        const task = tasks.get(markerOf(step.id))
        tasks.delete(markerOf(step.id))
        if (task) expect(crm.name, `the CRM that has ${step.id}`).toBe(plan.crm)
        if (crm.name !== plan.crm) continue
        const says = `the task of ${step.id}, which is ${step.state},`
        const isOpen = task?.status === 'open' && !this.#deeds.has(task.marker)
        const isEnded = crm.endOf(this.#parts.people.contactOf(plan.known)) !== null
        if (step.state === 'made')
          expect(task !== undefined || isEnded || this.#deeds.has(markerOf(step.id)), `${says} is there`).toBe(true)
        if (!step.made && !step.state.startsWith('making')) expect(task, says).toBeUndefined()
        if (['withdrawn', 'kept', 'worked'].includes(step.state)) expect(isOpen, `${says} is open`).toBe(false)
        if (isOpen && step.state === 'made') expect(isCovered(plan, step, situation), `${says} is covered`).toBe(false)
      }
    }
    expect([...tasks.values()], `tasks in ${crm.name} that are nobody's`).toEqual([])
  }

  async #expectCounters(): Promise<void> {
    const { hand, crms } = this.#parts
    const counted = await readFollowUps(
      hand.scripts,
      crms.map(({ name }) => name),
    )
    for (const { name } of crms) {
      const steps = [...this.#plans.values()].filter(({ crm }) => crm === name).flatMap(({ steps }) => steps)
      const of = (state: string) => steps.filter((step) => step.state === state).length
      const { planned, tasks, madeInTime, madeLate, workedInTime, workedLate, missed, notMade, ...states } = counted[name] ?? {}
      expect({ planned, tasks }).toEqual({ planned: steps.length, tasks: steps.filter(({ made }) => made).length })
      expect(states).toEqual(Object.fromEntries(Object.keys(states).map((state) => [state, of(state)])))
    }
  }
}

/** Null where there is nothing (more) to take back. */
function recalledFrom(state: string): string | null {
  if (Unrecalled.includes(state)) return 'cancelled'
  if (state === 'making' || state === 'making!') return 'making!'
  return state === 'made' || state === 'withdrawing' ? 'withdrawing' : null
}

function waysTo(state: string, before: string): readonly string[] {
  const mayHave = before.startsWith('making')
  if (state === 'made') return ['making']
  if (state === 'withdrawing') return mayHave ? ['making!', 'made'] : []
  return []
}

function outcome(states: Iterable<string>, reasons: Iterable<Reason> = []): Outcome {
  return { states: new Set(states), reasons: new Set(reasons) }
}

function outcomesOf(...all: readonly (readonly [StepModel, Outcome])[]): Outcomes {
  return new Map(all.map(([{ id }, one]) => [id, one]))
}

function both(...all: readonly Outcomes[]): Outcomes {
  const merged: Outcomes = new Map()
  for (const [id, { states, reasons }] of all.flatMap((one) => [...one])) {
    const before = merged.get(id)
    merged.set(id, outcome([...(before?.states ?? []), ...states], [...(before?.reasons ?? []), ...reasons]))
  }
  return merged
}
