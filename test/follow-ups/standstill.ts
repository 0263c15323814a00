import { expect } from 'vitest'
import { markerOf } from '../../connectors/kit/marks.ts'
import type { PlannedStep } from '../../src/core/index.ts'
import { holdOf } from '../../src/queue/worker-options.ts'
import { RedisCircuits } from '../../src/store/circuits.ts'
import { until } from '../kit/until.ts'
import type { Person } from './person.ts'
import { askAllAgain, enterPeople, fireNext } from './run.ts'
import type { FollowUpStand } from './stand.ts'

/** Why a CRM's queue stands still. */
export interface Standstill {
  readonly name: string
  /** Resolves when it stands; `fire` has the time of a step come, whose task finds out what is wrong. */
  begin(stand: FollowUpStand, fire: () => Promise<void>): Promise<void>
  end(stand: FollowUpStand): Promise<void>
}

/** Of those that the stand-ins are told to ask for. */
const LongestHoldMs = 60_000

export const Standstills: readonly Standstill[] = [
  {
    name: 'paused by a person',
    async begin({ queues, crm }, fire) {
      await queues.delivery(crm.name).pause()
      await fire()
    },
    end: ({ queues, crm }) => queues.delivery(crm.name).resume(),
  },
  {
    name: 'rate-limited',
    async begin(stand, fire) {
      const { rule, retryAfterMs } = stand.crm.harness.faults.signals['a rate limit with a delay']
      await stand.arm({ ...rule, times: 1 })
      await fire()
      const left = await held(stand)
      expect(left).toBeLessThanOrEqual(Number(retryAfterMs))
      // As long as the CRM has said, and not as long as we wait where it says nothing.
      expect(left).toBeGreaterThan(Number(retryAfterMs) - 2_000)
      // It stands for a while, and not only until the worker looks the next time.
      await until('a moment of the hold is over', async () => (await heldMs(stand)) < left - 300)
    },
    end: release,
  },
  {
    name: 'away',
    async begin(stand, fire) {
      await stand.arm({ ...stand.crm.harness.faults.signals['an unavailable CRM with a delay'].rule, times: 1_000 })
      await fire()
      await held(stand)
      await stand.arm()
    },
    end: release,
  },
  {
    name: 'blocked by its credential',
    async begin(stand, fire) {
      await stand.arm({ ...stand.crm.harness.faults.signals['a refused token'].rule, times: 1_000 })
      await fire()
      await until('the CRM is blocked', async () => (await stand.store.states.blocked(stand.crm.name)) !== null)
      await until('its queue stands', async () => await stand.queues.delivery(stand.crm.name).isPaused())
    },
    async end(stand) {
      await stand.probe.probe()
      expect(await stand.queues.delivery(stand.crm.name).isPaused()).toBe(true)
      await stand.arm()
      // The stand-in's clock has run on with every request, and a token is asked for by the connector's.
      stand.clock.ms = Math.max(stand.clock.ms, (await stand.requests()).lastAt)
      await stand.probe.probe()
    },
  },
]

interface Looked {
  /** Of the first step of one person and the later step of another. */
  readonly steps: readonly string[]
  /** That the task jobs of both have spent; null where there is none any more. */
  readonly attempts: readonly (number | null)[]
  /** How many of each the CRM has, those of both steps of the other included. */
  readonly tasks: readonly number[]
}

export interface Stood {
  readonly during: Looked & { readonly asked: number }
  readonly after: Looked
  /** After everything was asked for once more. */
  readonly again: Looked
}

/** Two people: the time of the one's first step, and of the other's later one, comes while the queue stands still. */
export async function standStill(stand: FollowUpStand, { name, begin, end }: Standstill): Promise<Stood> {
  const people = await enterPeople(
    stand,
    ['one', 'other'].map((who) => ({ name: `${who}-${name.replaceAll(' ', '-')}` })),
  )
  await fireNext(stand, people.slice(1))
  const steps = [await stepOf(stand, people[0], 0), await stepOf(stand, people[1], 1)] as const

  async function look(): Promise<Looked> {
    const now = [await stepOf(stand, people[0], 0), await stepOf(stand, people[1], 1)]
    const jobs = await Promise.all(steps.map(({ id }) => stand.queues.delivery(stand.crm.name).getJob(`task.${id}`)))
    const texts = (await stand.records()).map(({ fields }) => JSON.stringify(fields))
    const ids = people.flatMap((person) => person.steps)
    return {
      steps: now.map(({ state }) => state),
      attempts: jobs.map((job) => job?.attemptsMade ?? null),
      tasks: ids.map((id) => texts.filter((text) => text.includes(markerOf('tasks', id))).length),
    }
  }

  await begin(stand, () => stand.fire(steps[0]))
  const { count } = await stand.requests()
  await stand.fire(steps[1])
  await until('both tasks wait', async () => (await look()).steps.join() === 'due,due')
  const during = { ...(await look()), asked: (await stand.requests()).count - count }
  await end(stand)
  await stand.settle()
  const after = await look()
  await askAllAgain(stand, people)
  return { during, after, again: await look() }
}

async function stepOf({ plan }: FollowUpStand, person: Person | undefined, index: number): Promise<PlannedStep> {
  const step = person && (await plan(person.lead))?.steps[index]
  if (!step) throw new Error('There is no such step.')
  return step
}

function heldMs({ queues, crm }: FollowUpStand): Promise<number> {
  return holdOf(queues.delivery(crm.name))
}

async function held(stand: FollowUpStand): Promise<number> {
  let ms = 0
  await until('the queue is held', async () => {
    ms = await heldMs(stand)
    return ms > 0
  })
  return ms
}

/** As when its time is over; a connector keeps to it as well, by its own clock. */
async function release({ queues, crm, clock, store }: FollowUpStand): Promise<void> {
  clock.ms += LongestHoldMs + 1
  // The hold is in real time, and so is the wait for the next probe.
  await new RedisCircuits(store.scripts).close(crm.name)
  await queues.delivery(crm.name).removeRateLimitKey()
}
