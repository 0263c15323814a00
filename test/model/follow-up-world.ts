import { expect } from 'vitest'
import { reviewsLeft } from '../../src/store/follow-up-lookup.ts'
import { type BoardJob, JobBoard } from '../kit/job-board.ts'
import type { CrmWorld } from './crm-world.ts'
import { FollowUpBook, type FollowUpParts } from './follow-up-book.ts'
import { FollowUpCheck } from './follow-up-check.ts'
import { FollowUpForecast } from './follow-up-forecast.ts'
import { afterRecall, both, halfway } from './follow-up-outcomes.ts'
import type { Death } from './mortal.ts'
import type { ModelProcess, Worked } from './process.ts'
import type { TaskDeed } from './sales.ts'

const MostRounds = 2_000

/** Follow-ups and what the model says of them: each job, each review and each thing that is said moves what it must, and nothing else. */
export class FollowUpWorld {
  readonly board = new JobBoard()
  readonly #book: FollowUpBook
  readonly #forecast: FollowUpForecast
  readonly #check: FollowUpCheck

  constructor(parts: FollowUpParts) {
    this.#book = new FollowUpBook(parts)
    this.#forecast = new FollowUpForecast(this.#book)
    this.#check = new FollowUpCheck(this.#book)
  }

  /** Nothing of the follow-ups was to change but that deliveries which are at their end are planned. */
  async look(): Promise<void> {
    await this.#book.look()
  }

  /** Does one of the jobs whose time has come. */
  async work(process: ModelProcess, pick: number): Promise<void> {
    const job = this.#pick(pick)
    if (!job) return
    const outcomes = await this.#forecast.expected(job)
    const isAsked = job.name === 'task' && ['due', 'making', 'failed'].includes(this.#book.stateOf(job.about))
    const gap = this.#forecast.gap(job)
    const worked = await process.work(job)
    this.#after(job, worked)
    if (worked === 'locked') return this.#book.look()
    if (job.name === 'fire' && typeof worked === 'number') {
      expect(worked, `when ${job.id} comes again`).toBeGreaterThanOrEqual(gap?.from ?? Number.POSITIVE_INFINITY)
      expect(worked, `when ${job.id} comes again`).toBeLessThanOrEqual(gap?.to ?? 0)
    }
    await this.#book.look(outcomes)
    if (isAsked && this.#book.stateOf(job.about) !== 'waiting') await this.#book.expectRead(job.about)
  }

  async review(process: ModelProcess): Promise<void> {
    const outcomes = await this.#forecast.reviewed()
    await process.review()
    await this.#book.look(outcomes)
    await this.#check.expectReviewed()
  }

  /** A process dies in the middle of a job, the making of a task where there is one to be made, or of a review; the job stays. Returns whose it was. */
  async crash(process: ModelProcess, pick: number, death: Death, restart: () => Promise<void>): Promise<number | null> {
    const job = await this.#pickMaking(process, pick)
    const outcomes = job ? await this.#forecast.expected(job) : await this.#forecast.reviewed()
    const found = job && this.#book.find(job.about)
    let worked: Worked | null = null
    const died = await process.dieAt(death, async () => {
      if (job) worked = await process.work(job)
      else await process.review()
    })
    if (job && !died && worked !== null) this.#after(job, worked)
    if (died) await restart()
    if (died && job?.name === 'task' && found) this.#book.crm(found.plan.crm).diedWithLock()
    if (died && job) this.#book.triedAgain(job.about)
    await this.#book.look(died || worked === 'locked' ? halfway(outcomes, this.#book.stateOf) : outcomes)
    return found?.plan.known.person ?? null
  }

  /** While one process does a job, somebody says something and another process reviews, just before the n-th exchange of the first. */
  async intrude(
    one: ModelProcess,
    other: ModelProcess,
    pick: number,
    { exchange, say }: { readonly exchange: number; readonly say: (person: number) => Promise<void> },
  ): Promise<void> {
    const job = await this.#pickMaking(one, pick)
    const person = job && this.#book.find(job.about)?.plan.known.person
    if (!job || person === undefined || person === null) return
    const before = await this.#forecast.expected(job)
    let said = false
    const run = async () => {
      said = true
      await say(person)
      await other.review()
    }
    one.intrude(exchange, run)
    const worked = await one.work(job)
    one.intrude(0, run)
    if (!said) await run()
    // The job may have read an opt-out in the CRM after that review, and marked the contact.
    if ((await reviewsLeft(this.#book.parts.hand.scripts)) > 0) await other.review()
    this.#after(job, worked)
    const recalled = await this.#forecast.reviewed()
    await this.#book.look(both(halfway(before, this.#book.stateOf), recalled, afterRecall(before)))
    await this.#check.expectReviewed()
    await this.#expectNotMadeAgainst(job)
  }

  async sales(crm: CrmWorld, pick: number, deed: TaskDeed): Promise<void> {
    const open = (await crm.tasks()).filter(({ status, id }) => status === 'open' && !this.#book.touched.has(id))
    const task = open[pick % Math.max(1, open.length)]
    if (!task) return
    await crm.work(task.id, deed)
    this.#book.touched.add(task.id)
    if (deed === 'remove') this.#book.removed.add(task.marker)
    await this.#book.look()
  }

  /** Does all whose time has come. */
  async catchUp(process: ModelProcess): Promise<void> {
    for (let round = 0; ; round += 1) {
      expect(round, 'rounds in which something of the follow-ups was to be done at once').toBeLessThan(MostRounds)
      if ((await reviewsLeft(this.#book.parts.hand.scripts)) > 0) await this.review(process)
      else if (this.#due().length > 0) await this.work(process, round)
      else return
    }
  }

  /** All that is to be done is done, whatever time it takes, and nothing is left that must not be there. */
  async drain(process: ModelProcess): Promise<void> {
    do await this.catchUp(process)
    while (this.#wait())
    this.#check.expectNoneLost()
    await this.#check.expectTasks()
    await this.#check.expectCounters()
    await this.#check.expectReviewed()
  }

  /** Until something is to be done; false where nothing waits. */
  #wait(): boolean {
    const times = this.board.waiting.filter(({ name }) => name !== 'look').map(({ at }) => at)
    if (times.length === 0) return false
    this.#book.parts.later(Math.min(...times))
    return true
  }

  #due(): readonly BoardJob[] {
    return this.board.waiting.filter(({ at }) => at <= this.#book.parts.clock.ms)
  }

  #pick(pick: number): BoardJob | null {
    const due = this.#due()
    return due[pick % Math.max(1, due.length)] ?? null
  }

  /** Of a step whose time has come it is the making of its task that has the most to go wrong. */
  async #pickMaking(process: ModelProcess, pick: number): Promise<BoardJob | null> {
    if (this.#due().length === 0) this.#wait()
    const job = this.#pick(pick)
    if (job?.name !== 'fire') return job
    await this.work(process, pick)
    return this.#due().find(({ name, about }) => name === 'task' && about === job.about) ?? this.#pick(pick)
  }

  #after(job: BoardJob, worked: Worked): void {
    if (worked === 'done') this.board.done(job)
    else if (worked === 'failed') this.board.fail(job)
    else if (worked !== 'locked') job.at = worked
    const { crm } = job
    if (worked === 'locked') expect(this.#book.crm(crm).isLocked, `${job.id} found its contact locked`).toBe(true)
  }

  /** What was refused while it was made is not left for anybody to do. */
  async #expectNotMadeAgainst({ about }: BoardJob): Promise<void> {
    const found = this.#book.find(about)
    if (found) await this.#check.expectTasksOf(this.#book.crm(found.plan.crm))
  }
}
