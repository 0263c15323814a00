// What a Redis that lost its data has forgotten of follow-ups, and the CRMs have not.
import { beforeEach, expect, it } from 'vitest'
import { type FollowUpStage, onEmptyStage } from '../../kit/follow-up-stage.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { Crm } from '../../kit/store-parts.ts'

const Other = 'dynamics'
const jane = makeLead({ id: 'jane' })

let stage: FollowUpStage

onEmptyStage(
  (empty) => {
    stage = empty
  },
  [Crm, Other],
)

beforeEach(async () => {
  await stage.enter(jane)
  await settle()
  expect(stage.tasks()).toMatchObject([{ status: 'open' }])
})

async function settle(): Promise<void> {
  await (await stage.start()).settle()
}

/** As `rebuild` leaves it, when the journal has brought the lead back; this CRM has its follow-ups now. */
async function rebuilt(followUpCrm: string | null): Promise<void> {
  await stage.hand.redis.flushall()
  stage.board.clear()
  await stage.hand.redis.set('{leadsync}:rebuilt', String(stage.clock.ms))
  await stage.enter(jane, followUpCrm)
  await settle()
}

it('finds the task that is there, and makes none', async () => {
  await rebuilt(Crm)
  expect(stage.tasks()).toMatchObject([{ status: 'open' }])
  expect(stage.tasks(Other)).toEqual([])
  expect(await stage.states(jane)).toBe('made, waiting')
})

it('puts aside the task in a CRM that has the follow-ups no longer, as the other one gets its own', async () => {
  await rebuilt(Other)
  expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
  expect(stage.tasks(Other)).toMatchObject([{ status: 'open' }])
})

it('leaves that one to sales where they have begun with it', async () => {
  for (const task of stage.crm().tasks.values()) task.touched = true
  await rebuilt(Other)
  expect(stage.tasks()).toMatchObject([{ status: 'open', touched: true }])
})

it('touches nothing where no CRM has follow-ups any more', async () => {
  await rebuilt(null)
  expect(stage.tasks()).toMatchObject([{ status: 'open' }])
})
