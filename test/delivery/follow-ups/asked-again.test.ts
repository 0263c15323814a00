import { expect, it } from 'vitest'
import { readFollowUps } from '../../../src/store/follow-up-lookup.ts'
import { HourMs } from '../../kit/follow-up-plans.ts'
import { type FollowUpStage, onEmptyStage } from '../../kit/follow-up-stage.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { Crm, type StoreParts } from '../../kit/store-parts.ts'

const jane = makeLead({ id: 'jane' })

let stage: FollowUpStage

onEmptyStage((empty) => {
  stage = empty
})

/** A connection that ends between what Redis does and its answer has the client send the command again. */
function sendTwice({ scripts }: StoreParts): void {
  const run = scripts.run.bind(scripts)
  scripts.run = async (...asked) => {
    if (asked[0].startsWith('follow-up')) await run(...asked)
    return await run(...asked)
  }
}

it('a command whose answer was lost, and that is sent again, leaves no step undone and counts nothing twice', async () => {
  await stage.enter(jane)
  const process = await stage.start()
  sendTwice(process.store)
  await process.settle()
  stage.later(HourMs)
  await process.settle()
  expect(await stage.states(jane)).toBe('made, made')
  await stage.sayNo('jane@contoso.com')
  await process.settle()
  expect(await stage.states(jane)).toBe('withdrawn, withdrawn')
  expect(stage.tasks().map(({ status }) => status)).toEqual(['withdrawn', 'withdrawn'])
  const { [Crm]: counters } = await readFollowUps(stage.hand.scripts, [Crm])
  expect(counters).toMatchObject({ planned: 2, tasks: 2, withdrawn: 2, madeInTime: 1 })
  expect((await stage.told(jane)).length).toBe(7)
})
