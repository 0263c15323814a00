// Who waits for whom: the gap is kept behind tasks that were made or may have been, and behind nothing else.
import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../src/core/index.ts'
import { HourMs, NoonMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage } from '../../kit/follow-up-stage.ts'
import type { BoardJob } from '../../kit/job-board.ts'
import { hours, makeLead } from '../../kit/made-lead.ts'
import { Crm } from '../../kit/store-parts.ts'

const Other = 'dynamics'
const GapMs = 4 * HourMs
const single = { followUps: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })], minGapMs: GapMs }) }
const jane = makeLead({ id: 'jane' })
const again = makeLead({ id: 'again', occurredAt: hours(0.5), receivedAt: hours(0.5) })
const aside = makeLead({ id: 'aside', occurredAt: hours(0.5), receivedAt: hours(0.5), offer: { offerId: 'aside' } })
const besideTasks = ({ name }: BoardJob) => name !== 'task'

let stage: FollowUpStage

const renew = onEmptyStage(
  (empty) => {
    stage = empty
  },
  [Crm, Other],
)

interface Scene {
  readonly stage: FollowUpStage
  /** When each task came to be in its CRM, in hours from noon. */
  readonly madeAt: number[]
}

async function emptyScene(): Promise<Scene> {
  await renew()
  const { crms, clock } = stage
  const madeAt: number[] = []
  for (const crm of crms.values()) {
    const { createTasks } = crm
    crm.createTasks = async (tasks, signal) => {
      const before = crm.tasks.size
      const answers = await createTasks(tasks, signal)
      if (crm.tasks.size > before) madeAt.push((clock.ms - NoonMs) / HourMs)
      return answers
    }
  }
  return { stage, madeAt }
}

/** Its task is handed over at noon, and the CRM does not get to it; half an hour later another lead of the contact comes. */
async function handOverAnd(lead: typeof jane, crm = Crm): Promise<Scene> {
  const scene = await emptyScene()
  await scene.stage.enter(jane)
  const process = await scene.stage.start(single)
  await process.settle(besideTasks)
  expect(await scene.stage.states(jane)).toBe('due')
  scene.stage.later(HourMs / 2)
  await scene.stage.enter(lead, crm)
  await process.settle(besideTasks)
  return scene
}

describe('behind a task that was only handed over', () => {
  it('nobody waits once it is cancelled: who wrote again is followed up at once', async () => {
    const { stage, madeAt } = await handOverAnd(again)
    await (await stage.start(single)).settle()
    expect(await stage.states(jane)).toBe('cancelled')
    expect(await stage.states(again)).toBe('made')
    expect(madeAt).toEqual([0.5])
  })

  it('nobody waits in another CRM while its own stands still, and then it waits itself', async () => {
    const { stage, madeAt } = await handOverAnd(aside, Other)
    await (await stage.start(single)).settle(({ crm, name }) => crm === Other || name !== 'task')
    expect(await stage.states(aside)).toBe('made')
    stage.later(HourMs)
    const process = await stage.start(single)
    await process.settle()
    const [step] = await stage.steps(jane)
    expect(step).toMatchObject({ state: 'waiting', fireAt: NoonMs + 4.5 * HourMs, heldUntil: NoonMs + 4.5 * HourMs })
    stage.later(3 * HourMs)
    await process.settle()
    expect(madeAt).toEqual([0.5, 4.5])
  })

  it('nobody waits when the CRM refused it', async () => {
    const { stage, madeAt } = await handOverAnd(aside)
    stage.crm().fail({ on: 'createTasks', error: new DeliveryError('invalid', 'hubspot: no such owner.') })
    await (await stage.start(single)).settle()
    expect([await stage.states(jane), await stage.states(aside)]).toEqual(['failed', 'made'])
    expect(madeAt).toEqual([0.5])
    // A person replays it, and nobody is asked for twice within the gap for that.
    stage.board.replay()
    const process = await stage.start(single)
    await process.settle()
    expect(await stage.states(jane)).toBe('waiting')
    stage.later(GapMs)
    await process.settle()
    expect(madeAt).toEqual([0.5, 4.5])
  })
})

it('of two that two CRMs get to at the same time one waits, wherever they meet', async () => {
  for (let exchange = 1; ; exchange += 1) {
    const { stage, madeAt } = await handOverAnd(aside, Other)
    const [one, other] = [await stage.start(single), await stage.start(single)]
    let met = false
    one.intrude(exchange, async () => {
      met = true
      await other.settle(({ crm, name }) => crm === Other && name === 'task')
    })
    await one.settle(({ crm }) => crm === Crm)
    if (!met) break
    expect(madeAt, `before ${exchange}`).toEqual([0.5])
    for (let hour = 1; hour <= 6; hour += 1) {
      stage.at(NoonMs + hour * HourMs)
      await one.settle()
    }
    expect([await stage.states(jane), await stage.states(aside)], `before ${exchange}`).toEqual(['made', 'made'])
    expect(Number(madeAt[1]) - Number(madeAt[0]), `before ${exchange}`).toBeGreaterThanOrEqual(4)
  }
})

describe('behind a task of which nobody knows whether it was made', () => {
  /** The CRM has it, or not, and its answer is lost with the process; then another lead comes to the other CRM. */
  async function loseAnswer(isMade: boolean): Promise<Scene> {
    const scene = await emptyScene()
    const crm = scene.stage.crm()
    const { createTasks } = crm
    const process = await scene.stage.start(single)
    const reached = Promise.withResolvers<void>()
    crm.createTasks = async (tasks, signal) => {
      crm.createTasks = createTasks
      if (isMade) await createTasks(tasks, signal)
      process.doom({ exchange: 1, when: 'before' })
      reached.resolve()
      throw new DeliveryError('unavailable', 'hubspot: no answer came.')
    }
    await scene.stage.enter(jane)
    const ended = process.settle()
    await reached.promise
    await ended
    expect(await scene.stage.states(jane)).toBe('making')
    await scene.stage.endLocks()
    scene.stage.later(HourMs / 2)
    await scene.stage.enter(aside, Other)
    return scene
  }
  const notOfJane = ({ crm, about }: BoardJob) => !(crm === Crm && about.endsWith('.1'))

  it.each([true, false])('one waits until that is known, and for as long as the gap (made: %s)', async (isMade) => {
    const { stage, madeAt } = await loseAnswer(isMade)
    const process = await stage.start(single)
    await process.settle(notOfJane)
    expect((await stage.steps(aside))[0]).toMatchObject({ state: 'waiting', heldUntil: NoonMs + HourMs / 2 + 5 * 60_000 })
    await process.settle()
    for (let at = NoonMs + HourMs; at <= NoonMs + 5 * HourMs; at += 5 * 60_000) {
      stage.at(at)
      await process.settle()
    }
    expect([await stage.states(jane), await stage.states(aside)]).toEqual(['made', 'made'])
    expect(madeAt).toEqual(isMade ? [0, 4.5] : [0.5, 4.5])
  })

  it.each([true, false])(
    'one waits no longer than the gap, and then that one waits if it is not there (made: %s)',
    async (isMade) => {
      const { stage, madeAt } = await loseAnswer(isMade)
      const process = await stage.start(single)
      stage.at(NoonMs + 4 * HourMs)
      await process.settle(notOfJane)
      expect(await stage.states(aside)).toBe('made')
      stage.at(NoonMs + 5 * HourMs)
      await process.settle()
      expect(await stage.states(jane)).toBe(isMade ? 'made' : 'waiting')
      stage.at(NoonMs + 8 * HourMs)
      await process.settle()
      expect(await stage.states(jane)).toBe('made')
      expect(madeAt).toEqual(isMade ? [0, 4] : [4, 8])
    },
  )
})
