// A no after a try that ended without an answer: what may be there is looked for, and nothing is made for that.
import { describe, expect, it } from 'vitest'
import { DeliveryError, type DeliveryErrorCode, leadKey } from '../../../src/core/index.ts'
import { readFollowUps } from '../../../src/store/follow-up-lookup.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageProcess } from '../../kit/follow-up-stage.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { Crm } from '../../kit/store-parts.ts'

const Jane = 'jane@contoso.com'
const jane = makeLead({ id: 'jane' })
const Step = `${leadKey(jane.id)}.sales.1`
const No = 'The customer is not to be contacted: so says an admin since 2026-11-23.'
const one = { followUps: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] }) }

let stage: FollowUpStage

const renew = onEmptyStage((empty) => {
  stage = empty
})

function away(): DeliveryError {
  return new DeliveryError('unavailable', 'hubspot: no answer came.')
}

/** The process ends just as the CRM fails, after it has made the task or before. */
async function dieAtCreating(isMade: boolean): Promise<void> {
  const crm = stage.crm()
  const { createTasks } = crm
  let doomed: StageProcess | null = null
  const reached = Promise.withResolvers<void>()
  crm.createTasks = async (tasks, signal) => {
    crm.createTasks = createTasks
    if (isMade) await createTasks(tasks, signal)
    doomed?.doom({ exchange: 1, when: 'before' })
    reached.resolve()
    throw away()
  }
  await stage.enter(jane)
  doomed = await stage.start(one)
  const ended = doomed.settle()
  await reached.promise
  await ended
  expect(await stage.states(jane)).toBe('making')
}

async function settle(): Promise<StageProcess> {
  const process = await stage.start(one)
  await process.settle()
  return process
}

/** The CRM answers so, and after that as ever; it waits for a person. */
async function refuse(code: DeliveryErrorCode): Promise<void> {
  stage.crm().fail({ on: 'createTasks', error: new DeliveryError(code, 'hubspot: no.') })
  await stage.enter(jane)
  await settle()
  expect(await stage.states(jane)).toBe('failed')
}

async function counters() {
  return (await readFollowUps(stage.hand.scripts, [Crm]))[Crm] ?? expect.unreachable()
}

async function expectNothingMade(): Promise<void> {
  expect(stage.crm().tasks.size).toBe(0)
  expect(await stage.states(jane)).toBe('cancelled')
  expect(await counters()).toMatchObject({ planned: 1, cancelled: 1, making: 0, tasks: 0, madeInTime: 0, madeLate: 0 })
  expect(await stage.hand.redis.keys('{leadsync}:made:*')).toEqual([])
  expect(await stage.hand.redis.zcard('{leadsync}:sla')).toBe(0)
  expect(stage.board.failed).toEqual([])
}

describe('a no after a try that ended before anything was made', () => {
  it('leaves no task to be seen at any time', async () => {
    await dieAtCreating(false)
    const asked = stage.crm().calls.createTasks
    await stage.sayNo(Jane)
    await settle()
    expect(stage.crm().calls).toMatchObject({ createTasks: asked, withdrawTasks: 0 })
    await expectNothingMade()
    expect((await stage.told(jane)).slice(-2)).toEqual([
      `Its task is to be withdrawn: ${No}`,
      `Cancelled: ${No} No task had been made.`,
    ])
  })

  it('that only the CRM knows, too', async () => {
    await dieAtCreating(false)
    for (const record of stage.crm().records.values()) record.optOuts = ['email', 'phone']
    await settle()
    await expectNothingMade()
    expect((await stage.told(jane)).filter((say) => say.includes('withdrawn'))).toEqual([])
  })

  it('holds while the CRM can not be asked, and comes to the same end', async () => {
    await dieAtCreating(false)
    await stage.sayNo(Jane)
    stage.crm().fail({ on: 'findTasks', error: away(), times: 2 })
    await settle()
    await expectNothingMade()
  })
})

describe('a no after a try whose answer was lost', () => {
  it('has the task withdrawn that was made', async () => {
    await dieAtCreating(true)
    const asked = stage.crm().calls.createTasks
    await stage.sayNo(Jane)
    await settle()
    expect(stage.tasks()).toMatchObject([{ id: Step, subject: 'Call 1', status: 'withdrawn' }])
    expect(stage.crm().calls.createTasks).toBe(asked)
    expect(await stage.states(jane)).toBe('withdrawn')
    expect(await counters()).toMatchObject({ tasks: 1, withdrawn: 1, cancelled: 0 })
  })

  it('has it withdrawn wherever each next process dies', async () => {
    await dieAtCreating(true)
    await stage.sayNo(Jane)
    for (let exchange = 1; stage.tasks().some(({ status }) => status === 'open'); exchange += 1) {
      const doomed = await stage.start(one)
      doomed.doom({ exchange, when: exchange % 2 === 0 ? 'before' : 'after' })
      await doomed.settle()
    }
    await settle()
    expect(await stage.states(jane)).toBe('withdrawn')
    expect(await counters()).toMatchObject({ tasks: 1, withdrawn: 1 })
  })

  it('has it withdrawn where another process looked for it before it was there', async () => {
    await stage.enter(jane)
    const process = await stage.start(one)
    const twin = await stage.start(one)
    const door = stage.crm().block('createTasks')
    const settling = process.settle()
    await door.reached
    await stage.sayNo(Jane)
    await twin.review.run()
    // The first one is slower than its lock lives.
    await stage.endLocks()
    if (stage.board.inHand) await twin.work(stage.board.inHand)
    expect(await stage.states(jane)).toBe('cancelled')
    door.release()
    await settling
    expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
    expect(await stage.states(jane)).toBe('withdrawn')
    expect(await counters()).toMatchObject({ tasks: 1, withdrawn: 1, cancelled: 0 })
  })
})

describe('a no after the CRM has refused the task', () => {
  it('for good cancels it, and no dead letter is left', async () => {
    await refuse('invalid')
    expect(stage.board.failed).toHaveLength(1)
    expect(await stage.steps(jane)).toMatchObject([{ dueAt: null, on: null }])
    await stage.sayNo(Jane)
    await settle()
    await expectNothingMade()
    expect((await stage.told(jane)).filter((say) => say.includes('withdrawn'))).toEqual([])
  })

  it('for good leaves no dead letter wherever the process dies that takes it back', async () => {
    for (let exchange = 1; exchange <= 8; exchange += 1) {
      for (const when of ['before', 'after'] as const) {
        await renew()
        await refuse('invalid')
        await stage.sayNo(Jane)
        const doomed = await stage.start(one)
        doomed.doom({ exchange, when })
        await doomed.settle()
        await settle()
        await expectNothingMade()
      }
    }
  })

  it('while it refused it cancels it at once', async () => {
    const door = stage.crm().block('createTasks')
    stage.crm().fail({ on: 'createTasks', error: new DeliveryError('invalid', 'hubspot: no.') })
    await stage.enter(jane)
    const process = await stage.start(one)
    const settling = process.settle()
    await door.reached
    await stage.sayNo(Jane)
    await (await stage.start(one)).review.run()
    door.release()
    await settling
    await expectNothingMade()
    expect(stage.alerts).toEqual([])
  })

  it('with an answer that nobody understands waits for the replay, which looks for it and makes nothing', async () => {
    await refuse('protocol')
    const asked = stage.crm().calls.createTasks
    await stage.sayNo(Jane)
    await settle()
    expect(await stage.states(jane)).toBe('failed')
    stage.board.replay()
    await settle()
    expect(stage.crm().calls.createTasks).toBe(asked)
    await expectNothingMade()
  })

  it('after a try whose answer was lost finds what that one has made', async () => {
    await dieAtCreating(true)
    stage.crm().fail({ on: 'createTasks', error: new DeliveryError('invalid', 'hubspot: no.') })
    await settle()
    expect(await stage.states(jane)).toBe('made')
    await stage.sayNo(Jane)
    await settle()
    expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
  })
})
