import type { BoardJob } from '../kit/job-board.ts'
import type { FollowUpBook, Found } from './follow-up-book.ts'
import {
  against,
  gapModel,
  isCovered,
  type Moment,
  madeGapEnd,
  mostModel,
  type PlanModel,
  type Reason,
  type StepModel,
} from './follow-up-model.ts'
import { type Outcome, type Outcomes, outcome, outcomesOf, recalledFrom } from './follow-up-outcomes.ts'
import { markerOf, type ShownTask } from './sales.ts'

/** What stands against a step now: for certain, and what only a person in the CRM could tell. */
interface Stand {
  readonly sure: Set<Reason>
  readonly perhaps: Set<Reason>
  /** Earlier steps that somebody is found to have worked on. */
  readonly worked: readonly StepModel[]
  /** Several records may be there. */
  readonly mayFail: boolean
}

/** What a job or a review is to make of the steps as they are. */
export class FollowUpForecast {
  readonly #book: FollowUpBook

  constructor(book: FollowUpBook) {
    this.#book = book
  }

  /** What each step may be after this job, when nothing comes in between. */
  async expected(job: BoardJob): Promise<Outcomes> {
    const found = this.#book.find(job.about)
    if (!found) throw new Error(`${job.id} is a job of no step that the model knows.`)
    const { plan, step } = found
    if (job.name === 'fire') return withOthers(found, outcomesOf([step, await this.#fired(found)]))
    if (job.name === 'task') return withOthers(found, await this.#made(found))
    if (job.name === 'ask' && step.state === 'made' && (await this.#book.isTouched(plan, step))) {
      return outcomesOf([step, outcome(['worked'])])
    }
    if (job.name !== 'withdraw' || step.state !== 'withdrawing') return new Map()
    const task = await this.#taskOf(plan, step)
    const isKept = task !== undefined && task.status !== 'withdrawn' && this.#book.touched.has(task.id)
    return outcomesOf([step, outcome([isKept ? 'kept' : 'withdrawn'])])
  }

  async #fired({ plan, step }: Found): Promise<Outcome> {
    if (step.state !== 'waiting' && step.state !== 'due') return outcome([step.state])
    const situation = await this.#book.situation(plan)
    const reasons = against(plan, step, situation)
    if (reasons.size > 0) return outcome(['cancelled'], reasons)
    if (step.state === 'due') return outcome(['due'])
    const gap = gapModel({ plan, step }, situation, true)
    if (gap.from > 0) return outcome(['waiting'])
    const [isMost, mayBeMost] = mostModel(situation)
    const states = [...(gap.to > 0 ? ['waiting'] : []), ...(mayBeMost ? ['cancelled'] : []), ...(isMost ? [] : ['due'])]
    return outcome(states, mayBeMost ? ['most'] : [])
  }

  /** When a step comes again whose time had come. */
  gap(job: BoardJob): Moment | null {
    const found = job.name === 'fire' ? this.#book.find(job.about) : null
    if (!found) return null
    return gapModel(found, { now: this.#book.parts.clock.ms, plans: this.#book.plansWith(found.plan) }, true)
  }

  async #made({ plan, step }: Found): Promise<Outcomes> {
    if (!['due', 'making', 'making!', 'failed'].includes(step.state)) return new Map()
    const now = this.#book.parts.clock.ms
    const plans = this.#book.plansWith(plan)
    if (!step.tried && madeGapEnd(step, plans) > now) return outcomesOf([step, outcome(['waiting'])])
    const gap = gapModel({ plan, step }, { now, plans }, false)
    const { sure, perhaps, worked, mayFail } = await this.#stand(plan, step)
    // What was said while it was made stands, whatever was said since.
    const isRecalled = step.state === 'making!'
    const reasons = new Set<Reason>([...sure, ...perhaps, ...(isRecalled ? (['covered'] as const) : [])])
    const states: string[] = []
    const mayHave = step.tried
    const isThere = mayHave && (await this.#book.crm(plan.crm).tasks()).some(({ marker }) => marker === markerOf(step.id))
    if (reasons.size > 0) states.push(isThere ? 'withdrawing' : 'cancelled')
    // What may have been made was not, or went with its record.
    if (mayHave && reasons.size > 0 && (await this.#taskOf(plan, step)) === undefined) states.push('cancelled')
    // What an earlier try has made is there, whoever was asked for since; what it has not waits like any other.
    const mayWait = gap.to > 0 && !isThere
    if (sure.size === 0 && !isRecalled && mayWait) states.push('waiting')
    if (sure.size === 0 && !isRecalled && !(mayWait && gap.from > 0)) states.push('made')
    if (mayFail) states.push('failed')
    const seen = worked.map((one) => [one, outcome(['made', 'worked'])] as const)
    return outcomesOf([step, outcome(states, reasons)], ...seen)
  }

  async #taskOf({ crm }: PlanModel, { id }: StepModel): Promise<ShownTask | undefined> {
    return (await this.#book.crm(crm).tasks()).find(({ marker }) => marker === markerOf(id))
  }

  async #stand(plan: PlanModel, step: StepModel): Promise<Stand> {
    const crm = this.#book.crm(plan.crm)
    const contact = this.#book.parts.people.contactOf(plan.known)
    const end = crm.endOf(contact)
    const situation = await this.#book.situation(plan, crm)
    const sure = against(plan, step, situation)
    const perhaps = new Set<Reason>()
    // Who was asked about the record before it was converted has converted it.
    const hasBegun = plan.steps.findLast(({ made }) => made)?.afterEnd === false
    if (end === 'remove') sure.add('record deleted')
    if (end === 'close') sure.add('record closed')
    if (end === 'convert' && hasBegun) sure.add('record converted')
    if (end === 'any') for (const one of ['record deleted', 'record closed', 'record converted'] as const) perhaps.add(one)
    // What it says of itself now nobody looks up any more.
    if (end !== null && crm.everClosed(contact).size > 0) perhaps.add('covered')
    const earlier = plan.steps.filter((one) => one.rule === step.rule && one.state === 'made' && one !== step)
    const touched = await Promise.all(earlier.map((one) => this.#book.isTouched(plan, one)))
    const worked = step.set.evenIfWorked ? [] : earlier.filter((_, index) => touched[index])
    if (worked.length > 0) sure.add('worked')
    return { sure, perhaps, worked, mayFail: end === 'any' }
  }

  /** A review takes back what is covered. What was covered when it was planned is no news: it is asked when its time comes. */
  async reviewed(): Promise<Outcomes> {
    const outcomes: Outcomes = new Map()
    for (const [plan, situation] of await this.#book.situations()) {
      for (const step of plan.steps.filter((one) => isCovered(plan, one, situation))) {
        const recalled = recalledFrom(step.state)
        if (recalled === null) continue
        const states = step.state === 'waiting' ? ['waiting', recalled] : [recalled]
        outcomes.set(step.id, outcome(states, ['covered']))
      }
    }
    return outcomes
  }
}

/** A lead that is too old for one step is too old for all of them. */
function withOthers({ plan, step }: Found, outcomes: Outcomes): Outcomes {
  const reasons = outcomes.get(step.id)?.reasons
  if (!reasons?.has('too old')) return outcomes
  const others = plan.steps.filter((one) => one !== step && ['waiting', 'due'].includes(one.state))
  const states = (one: StepModel) => (reasons.size === 1 ? ['cancelled'] : ['cancelled', one.state])
  return new Map([...outcomes, ...others.map((one) => [one.id, outcome(states(one), ['too old'])] as const)])
}
