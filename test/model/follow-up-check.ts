import { expect } from 'vitest'
import { readFollowUps } from '../../src/store/follow-up-lookup.ts'
import type { CrmWorld } from './crm-world.ts'
import type { FollowUpBook } from './follow-up-book.ts'
import { hasEnded, isCovered } from './follow-up-model.ts'
import { markerOf, type ShownTask } from './sales.ts'

/** What must hold whatever happened before. */
export class FollowUpCheck {
  readonly #book: FollowUpBook

  constructor(book: FollowUpBook) {
    this.#book = book
  }

  expectNoneLost(): void {
    for (const { steps } of this.#book.plans) {
      for (const step of steps) {
        const isLost = !hasEnded(step) && step.state !== 'failed'
        expect(isLost, `${step.id} is ${step.state} for ever`).toBe(false)
      }
    }
  }

  /** Nothing that may bring somebody to contact the customer stands against what is known; what waits is asked again before it is made. */
  async expectReviewed(): Promise<void> {
    for (const [plan, situation] of await this.#book.situations()) {
      for (const step of plan.steps.filter(({ state }) => ['due', 'making', 'made', 'failed'].includes(state))) {
        expect(isCovered(plan, step, situation), `${step.id} is ${step.state}, and covered`).toBe(false)
      }
    }
  }

  async expectTasks(): Promise<void> {
    for (const crm of this.#book.parts.crms) await this.expectTasksOf(crm)
  }

  /** Each task is there once, in the one CRM that has the lead's follow-up, and stands as its step says. */
  async expectTasksOf(crm: CrmWorld): Promise<void> {
    const tasks = new Map<string, ShownTask>()
    for (const task of await crm.tasks()) {
      expect(tasks.has(task.marker), `${crm.name} has one task twice`).toBe(false)
      tasks.set(task.marker, task)
    }
    for (const [plan, situation] of await this.#book.situations()) {
      for (const step of plan.steps) {
        const task = tasks.get(markerOf(step.id))
        tasks.delete(markerOf(step.id))
        if (task) expect(crm.name, `the CRM that has ${step.id}`).toBe(plan.crm)
        if (crm.name !== plan.crm) continue
        const says = `the task of ${step.id}, which is ${step.state},`
        const isOpen = task?.status === 'open' && !this.#book.touched.has(task.id)
        const isEnded = crm.endOf(this.#book.parts.people.contactOf(plan.known)) !== null
        if (step.state === 'made')
          expect(task !== undefined || isEnded || this.#book.removed.has(markerOf(step.id)), `${says} is there`).toBe(true)
        if (!step.made && !step.state.startsWith('making')) expect(task, says).toBeUndefined()
        if (['withdrawn', 'kept', 'worked'].includes(step.state)) expect(isOpen, `${says} is open`).toBe(false)
        if (isOpen && step.state === 'made') expect(isCovered(plan, step, situation), `${says} is covered`).toBe(false)
      }
    }
    expect([...tasks.values()], `tasks in ${crm.name} that are nobody's`).toEqual([])
  }

  async expectCounters(): Promise<void> {
    const { hand, crms } = this.#book.parts
    const counted = await readFollowUps(
      hand.scripts,
      crms.map(({ name }) => name),
    )
    for (const { name } of crms) {
      const steps = this.#book.plans.filter(({ crm }) => crm === name).flatMap(({ steps }) => steps)
      const of = (state: string) => steps.filter((step) => step.state === state).length
      const { planned, tasks, madeInTime, madeLate, workedInTime, workedLate, missed, notMade, ...states } = counted[name] ?? {}
      expect({ planned, tasks }).toEqual({ planned: steps.length, tasks: steps.filter(({ made }) => made).length })
      expect(states).toEqual(Object.fromEntries(Object.keys(states).map((state) => [state, of(state)])))
    }
  }
}
