import { beforeEach, describe, expect, it } from 'vitest'
import { DeliveryError, leadKey } from '../../../src/core/index.ts'
import { readDueSoon, readFollowUps } from '../../../src/store/follow-up-lookup.ts'
import { HourMs, NoonMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageProcess } from '../../kit/follow-up-stage.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { Crm } from '../../kit/store-parts.ts'

const jane = makeLead({ id: 'jane' })
const PromisedAt = NoonMs + 24 * HourMs
const Day = 24 * HourMs

let stage: FollowUpStage
let process: StageProcess

onEmptyStage((empty) => {
  stage = empty
})
beforeEach(async () => {
  process = await stage.start({ followUps: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] }) })
  await stage.enter(jane)
})

/** Does what is to be done at every hour until then. */
async function until(ms: number): Promise<void> {
  while (stage.clock.ms < ms) {
    stage.later(HourMs)
    await process.settle()
  }
}

async function counters() {
  return (await readFollowUps(stage.hand.scripts, [Crm]))[Crm] ?? expect.unreachable()
}

function task() {
  return stage.tasks()[0] ?? expect.unreachable()
}

const Missed = { event: 'sla-missed', crm: Crm, lead: leadKey(jane.id) }

describe('the promise of a lead', () => {
  it('that somebody began with in time is kept, and nobody is told', async () => {
    await process.settle()
    await until(PromisedAt - 5 * HourMs)
    task().touched = true
    await until(PromisedAt + 2 * Day)
    expect(await counters()).toMatchObject({ madeInTime: 1, workedInTime: 1, workedLate: 0, missed: 0, notMade: 0 })
    expect(await stage.states(jane)).toBe('worked')
    expect(process.alerts).toEqual([])
    expect(stage.board.waiting).toEqual([])
  })

  it('that somebody kept at the last moment counts as kept', async () => {
    await process.settle()
    await until(PromisedAt - HourMs)
    task().status = 'completed'
    await until(PromisedAt + HourMs)
    expect(await counters()).toMatchObject({ workedInTime: 1, missed: 0 })
  })

  it('that nobody kept is told once, then looked at once a day for a week, and then no more', async () => {
    await process.settle()
    await until(PromisedAt - HourMs)
    expect(process.alerts).toEqual([])
    expect(
      (await readDueSoon(stage.hand.scripts, { now: stage.clock.ms, withinMs: HourMs, most: 10 })).map(({ missed }) => missed),
    ).toEqual([false])
    await until(PromisedAt)
    expect(process.alerts).toEqual([{ ...Missed, reason: 'Nobody has worked on its task in time.' }])
    const reads = stage.crm().calls.readTasks
    await until(PromisedAt + 9 * Day)
    expect(process.alerts).toHaveLength(1)
    expect(stage.crm().calls.readTasks - reads).toBeLessThanOrEqual(7)
    expect(stage.crm().calls.readTasks - reads).toBeGreaterThanOrEqual(6)
    expect(stage.board.waiting).toEqual([])
    expect(await counters()).toMatchObject({ missed: 1, notMade: 0, madeInTime: 1 })
  })

  it('that is kept late after all counts as late', async () => {
    await process.settle()
    await until(PromisedAt + HourMs)
    task().status = 'completed'
    await until(PromisedAt + 2 * Day)
    expect(await counters()).toMatchObject({ missed: 1, workedLate: 1, workedInTime: 0 })
    expect(await stage.states(jane)).toBe('worked')
  })

  it('whose task could not be made in time is told once as such, and made and watched when the CRM is back', async () => {
    stage.crm().ambiguous = true
    await process.settle()
    await until(PromisedAt + HourMs)
    expect(process.alerts).toEqual([{ ...Missed, reason: 'Its task could not be made in time.' }])
    stage.crm().ambiguous = false
    stage.board.replay()
    await process.settle()
    await until(PromisedAt + 3 * Day)
    expect(process.alerts).toHaveLength(1)
    expect(await counters()).toMatchObject({ missed: 1, notMade: 1, madeLate: 1, madeInTime: 0 })
  })

  it.each(['cancelled', 'withdrawn'])('whose task was %s is nobody’s to keep', async (state) => {
    if (state === 'withdrawn') await process.settle()
    await stage.sayNo('jane@contoso.com')
    await process.settle()
    expect(await stage.states(jane)).toBe(state)
    await until(PromisedAt + 2 * Day)
    expect(process.alerts).toEqual([])
    expect(await counters()).toMatchObject({ missed: 0, workedInTime: 0 })
    expect(stage.board.waiting).toEqual([])
  })

  it('is told although the CRM could not be asked shortly before', async () => {
    await process.settle()
    stage.crm().fail({ on: 'readTasks', error: new DeliveryError('protocol', 'hubspot: an answer that nobody understands.') })
    await until(PromisedAt + HourMs)
    expect(process.alerts).toEqual([{ ...Missed, reason: 'Nobody has worked on its task in time.' }])
    expect(await counters()).toMatchObject({ missed: 1 })
    // There is nothing in it for a person to replay.
    expect([stage.alerts, stage.board.failed]).toEqual([[], []])
  })

  it('is told once, whichever of two processes looks', async () => {
    await process.settle()
    const twin = await stage.start({ followUps: makeFollowUps() })
    const job = stage.board.waiting.find(({ name }) => name === 'look') ?? expect.unreachable()
    stage.at(PromisedAt)
    await twin.work(job)
    const ask = stage.board.waiting.find(({ name }) => name === 'ask') ?? expect.unreachable()
    await Promise.all([process.work(ask), twin.work(ask)])
    expect([...process.alerts, ...twin.alerts]).toHaveLength(1)
    expect(await counters()).toMatchObject({ missed: 1 })
  })
})
