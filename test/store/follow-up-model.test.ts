import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type StepState, StepStates } from '../../src/core/index.ts'
import type { Limits } from '../../src/delivery/follow-ups/ports.ts'
import { readFollowUps } from '../../src/store/follow-up-lookup.ts'
import { follow, HourMs, NoonMs, Task } from '../kit/follow-up-plans.ts'
import { makeLead } from '../kit/made-lead.ts'
import { Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const limits: Limits = { minGapMs: HourMs, most: { count: 2, withinMs: 5 * HourMs } }
const leads = ['jane 1', 'jane 2', 'john'].map((id) => makeLead({ id, person: { email: `${id.split(' ')[0]}@contoso.com` } }))

/** One step as a few lines can tell it: of whom, where it is, when it was handed over, tried or made. */
interface Told {
  readonly contact: string
  readonly lead: string
  readonly slaAt: number | null
  state: StepState
  slot: number | null
  made: boolean
  task: boolean
  /** The CRM was asked for it, and did not say that it made none. */
  tried: boolean
  judged: 'worked' | 'missed' | null
}

class Model {
  readonly steps = new Map<string, Told>()
  readonly totals = { tasks: 0, madeInTime: 0, madeLate: 0, workedInTime: 0, workedLate: 0, missed: 0 }
  now = NoonMs

  handOver(step: Told): string {
    if (step.state !== 'waiting') return step.state === 'due' ? 'due' : 'done'
    const theirs = [...this.steps.values()].filter(({ contact }) => contact === step.contact)
    const slots = theirs.flatMap(({ slot }) => (slot === null ? [] : [slot]))
    if (this.#isHeld(step, ({ lead }) => lead === step.lead)) return 'gap'
    if (slots.filter((slot) => slot > this.now - limits.most.withinMs).length >= limits.most.count) return 'most'
    step.slot = this.now
    step.state = 'due'
    return 'due'
  }

  begin(step: Told): string {
    if (!['due', 'making', 'failed'].includes(step.state)) return 'other'
    if (this.#isHeld(step, () => false)) return 'gap'
    if (step.state !== 'making') {
      step.state = 'making'
      step.tried = true
    }
    step.slot = this.now
    return 'making'
  }

  /** By one that was made or may have been made: of those that are only handed over `byDue` says. */
  #isHeld(step: Told, byDue: (other: Told) => boolean): boolean {
    const others = [...this.steps.values()].filter((other) => other !== step && other.contact === step.contact)
    return others.some((other) => {
      if (other.slot === null || this.now - other.slot >= limits.minGapMs) return false
      return other.made || other.state !== 'due' || byDue(other)
    })
  }

  move(step: Told, from: readonly StepState[], to: StepState): boolean {
    if (!from.includes(step.state) || step.state === to) return false
    this.#enter(step, to)
    return true
  }

  recall(step: Told): string {
    if (step.state === 'making' || (step.state === 'failed' && step.tried && !step.task)) return 'making'
    if (step.state === 'withdrawing') return 'withdraw'
    if (!['waiting', 'due', 'failed', 'made'].includes(step.state)) return 'nothing'
    const there = step.state === 'made' || step.task
    this.#enter(step, there ? 'withdrawing' : 'cancelled')
    return there ? 'withdraw' : 'nothing'
  }

  judge(step: Told, verdict: 'worked' | 'missed'): boolean {
    if (step.slaAt === null) return false
    if (verdict === 'worked') {
      if (step.judged === 'worked') return false
      this.totals[step.judged !== null || this.now > step.slaAt + 300_000 ? 'workedLate' : 'workedInTime'] += 1
    } else {
      const over = ['worked', 'withdrawing', 'withdrawn', 'kept', 'cancelled'].includes(step.state)
      if (step.judged !== null || over) return false
      this.totals.missed += 1
    }
    step.judged = verdict
    return true
  }

  #enter(step: Told, to: StepState): void {
    const isUnsure = step.tried && (to === 'failed' || step.state === 'failed')
    step.state = to
    if (to === 'made') step.task = true
    if (to === 'made' && !step.made) {
      step.made = true
      step.slot = this.now
      this.totals.tasks += 1
      if (step.slaAt !== null) this.totals[this.now <= step.slaAt ? 'madeInTime' : 'madeLate'] += 1
    }
    if (!step.made && !isUnsure && ['cancelled', 'waiting', 'failed'].includes(to)) step.slot = null
  }
}

const state = fc.constantFrom(...StepStates)
const at = fc.nat({ max: 5 })
const command = fc.oneof(
  fc.record({ do: fc.constant('handOver' as const), at }),
  fc.record({ do: fc.constant('begin' as const), at }),
  fc.record({ do: fc.constant('move' as const), at, from: fc.uniqueArray(state, { minLength: 1, maxLength: 5 }), to: state }),
  fc.record({ do: fc.constant('recall' as const), at }),
  fc.record({ do: fc.constant('judge' as const), at, verdict: fc.constantFrom('worked' as const, 'missed' as const) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3 * HourMs }) }),
)

it('steps go on, are counted and are held up as a few lines in memory say, whatever is asked in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      await store.redis.flushall()
      const model = new Model()
      store.clock.ms = model.now
      for (const lead of leads) {
        const ids = await follow(store, lead, { steps: [{ slaAt: NoonMs + 2 * HourMs }, {}] })
        const fresh = {
          contact: lead.person.email ?? '',
          lead: lead.id,
          state: 'waiting',
          slot: null,
          made: false,
          task: false,
          tried: false,
          judged: null,
        } as const
        for (const [n, id] of ids.entries()) model.steps.set(id, { ...fresh, slaAt: n === 0 ? NoonMs + 2 * HourMs : null })
      }
      const ids = [...model.steps.keys()]
      for (const one of commands) {
        if (one.do === 'wait') {
          model.now += one.ms
          store.clock.ms = model.now
          continue
        }
        const id = ids[one.at] ?? expect.unreachable()
        const step = model.steps.get(id) ?? expect.unreachable()
        switch (one.do) {
          case 'handOver':
            expect((await store.followUps.handOver(id, limits)).kind).toBe(model.handOver(step))
            break
          case 'begin':
            expect((await store.followUps.begin(id, { on: null, owner: null, dueAt: model.now }, limits.minGapMs)).kind).toBe(
              model.begin(step),
            )
            break
          case 'move': {
            const change = one.to === 'made' ? { task: Task } : {}
            // A change to a task that is there already is none; one of its state is.
            const { moved } = await store.followUps.move({ id, from: one.from, to: one.to, change })
            expect(moved).toBe(model.move(step, one.from, one.to))
            break
          }
          case 'recall':
            expect(await store.followUps.recall(id, 'No.')).toBe(model.recall(step))
            break
          default:
            expect(await store.followUps.judge(id, one.verdict)).toBe(model.judge(step, one.verdict))
        }
      }
      const counters = (await readFollowUps(store.scripts, [Crm]))[Crm]
      const states = Object.fromEntries(
        StepStates.map((name) => [name, [...model.steps.values()].filter((step) => step.state === name).length]),
      )
      expect(counters).toMatchObject({ planned: 6, ...states, ...model.totals })
      for (const [id, { state }] of model.steps) expect((await store.followUps.facts(id))?.step.state).toBe(state)
    }),
    { numRuns: 60 },
  )
})
