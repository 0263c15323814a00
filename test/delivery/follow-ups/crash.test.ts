// A process that ends, a no that comes, or another process that does the same: just before each exchange with Redis, the queues and the CRM.
import { describe, expect, it } from 'vitest'
import { leadKey } from '../../../src/core/index.ts'
import { readFollowUps } from '../../../src/store/follow-up-lookup.ts'
import { HourMs, NoonMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageProcess, type StageRules } from '../../kit/follow-up-stage.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { Crm } from '../../kit/store-parts.ts'

const Jane = 'jane@contoso.com'
const jane = makeLead({ id: 'jane' })
const Made = 'made, made'

let last: FollowUpStage

const renew = onEmptyStage((empty) => {
  last = empty
})

async function emptyStage(): Promise<FollowUpStage> {
  await renew()
  await last.enter(jane)
  return last
}

/** From the lead to the second task. */
async function makeBoth(stage: FollowUpStage, process: StageProcess): Promise<void> {
  await process.settle()
  if (process.isDead) return
  stage.at(NoonMs + HourMs)
  await process.settle()
}

/** To the first task, and a no. */
async function makeAndWithdraw(stage: FollowUpStage, process: StageProcess): Promise<void> {
  await process.settle()
  if (process.isDead) return
  await stage.sayNo(Jane)
  await process.settle()
}

type Story = typeof makeBoth

async function lengthOf(story: Story, rules: StageRules = {}): Promise<number> {
  const stage = await emptyStage()
  const process = await stage.start(rules)
  await story(stage, process)
  return process.exchanges
}

async function eachExchange(story: Story, run: (n: number) => Promise<void>): Promise<number> {
  const all = await lengthOf(story)
  for (let n = 1; n <= all; n += 1) await run(n)
  return all
}

async function counters() {
  return (await readFollowUps(last.hand.scripts, [Crm]))[Crm] ?? expect.unreachable()
}

async function expectBothMade(stage: FollowUpStage, at: string): Promise<void> {
  expect(await stage.states(jane), at).toBe(Made)
  expect(
    stage.tasks().map(({ id, status, touched }) => ({ id, status, touched })),
    at,
  ).toEqual(['1', '2'].map((step) => ({ id: `${leadKey(jane.id)}.sales.${step}`, status: 'open', touched: false })))
  expect(await counters(), at).toMatchObject({
    planned: 2,
    made: 2,
    tasks: 2,
    madeInTime: 1,
    madeLate: 0,
    waiting: 0,
    due: 0,
    making: 0,
  })
  expect((await stage.told(jane)).length, at).toBe(3)
  expect(stage.board.failed, at).toEqual([])
  expect((await last.hand.counters()).crms[Crm], at).toMatchObject({ delivered: 1, waiting: 0 })
}

/** Nothing that is covered is open and untouched, or on its way. */
async function expectNothingOpen(stage: FollowUpStage, at: string): Promise<void> {
  expect(
    stage.tasks().filter(({ status, touched }) => status === 'open' && !touched),
    at,
  ).toEqual([])
  for (const { state } of await stage.steps(jane)) expect(['cancelled', 'withdrawn'], at).toContain(state)
  const { planned, cancelled, withdrawn } = await counters()
  expect(cancelled + withdrawn, at).toBe(planned)
  expect(await last.hand.redis.hlen('{leadsync}:reviews'), at).toBe(0)
}

describe('a process that dies before or after each exchange', () => {
  it.each(['before', 'after'] as const)('(%s) has the next one make each task exactly once', async (when) => {
    let deaths = 0
    const all = await eachExchange(makeBoth, async (exchange) => {
      const stage = await emptyStage()
      const doomed = await stage.start()
      doomed.doom({ exchange, when })
      await makeBoth(stage, doomed)
      if (doomed.isDead) deaths += 1
      await makeBoth(stage, await stage.start())
      await expectBothMade(stage, `${when} ${exchange}`)
    })
    // What goes on beside the way (the org is bound in passing) may come in some exchange less.
    expect(deaths).toBeGreaterThan(Math.max(30, all - 6))
  })

  it.each(['before', 'after'] as const)('(%s) has the next one withdraw what was said no to', async (when) => {
    await eachExchange(makeAndWithdraw, async (exchange) => {
      const stage = await emptyStage()
      const doomed = await stage.start()
      doomed.doom({ exchange, when })
      await makeAndWithdraw(stage, doomed)
      await makeAndWithdraw(stage, await stage.start())
      stage.later(HourMs)
      await (await stage.start()).settle()
      await expectNothingOpen(stage, `${when} ${exchange}`)
    })
  })

  it('leaves nothing open to the next one where the no came while nobody was there', async () => {
    await eachExchange(makeBoth, async (exchange) => {
      const stage = await emptyStage()
      const doomed = await stage.start()
      doomed.doom({ exchange, when: 'after' })
      await makeBoth(stage, doomed)
      await stage.sayNo(Jane)
      await makeBoth(stage, await stage.start())
      await expectNothingOpen(stage, `after ${exchange}`)
    })
  })

  it('leaves nothing open where the next one dies, too, while it takes back', async () => {
    const stage = await emptyStage()
    const first = await stage.start()
    await first.settle()
    await stage.sayNo(Jane)
    const survivors: number[] = []
    for (let exchange = 1; stage.tasks().some(({ status }) => status === 'open'); exchange += 1) {
      const doomed = await stage.start()
      doomed.doom({ exchange, when: 'before' })
      await doomed.settle()
      survivors.push(exchange)
    }
    stage.later(HourMs)
    await (await stage.start()).settle()
    await expectNothingOpen(stage, `${survivors.length} deaths`)
  })
})

describe('what comes in between', () => {
  it('a no just before any exchange leaves nothing open', async () => {
    await eachExchange(makeBoth, async (exchange) => {
      const stage = await emptyStage()
      const process = await stage.start()
      process.intrude(exchange, () => stage.sayNo(Jane))
      await makeBoth(stage, process)
      await process.settle()
      await expectNothingOpen(stage, `before ${exchange}`)
    })
  })

  it('another process that does the same job meanwhile makes nothing twice', async () => {
    await eachExchange(makeBoth, async (exchange) => {
      const stage = await emptyStage()
      const twin = await stage.start()
      const process = await stage.start()
      process.intrude(exchange, async () => {
        if (stage.board.inHand) await twin.work(stage.board.inHand)
        else await twin.review.run()
      })
      await makeBoth(stage, process)
      await expectBothMade(stage, `before ${exchange}`)
    })
  })

  it('another process that does the same job after a no leaves nothing open', async () => {
    await eachExchange(makeBoth, async (exchange) => {
      const stage = await emptyStage()
      const twin = await stage.start()
      const process = await stage.start()
      process.intrude(exchange, async () => {
        await stage.sayNo(Jane)
        await twin.review.run()
        if (stage.board.inHand) await twin.work(stage.board.inHand)
      })
      await makeBoth(stage, process)
      await process.settle()
      await expectNothingOpen(stage, `before ${exchange}`)
    })
  })

  it('a no that another process looks into leaves nothing open, wherever this one dies after it', async () => {
    const one = { followUps: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] }) }
    const open: string[] = []
    const all = await lengthOf((_, process) => process.settle(), one)
    for (let before = 1; before <= all; before += 1) {
      for (let exchange = before; exchange <= Math.min(all + 4, before + 4); exchange += 1) {
        const stage = await emptyStage()
        const reviewer = await stage.start(one)
        const doomed = await stage.start(one)
        doomed.intrude(before, async () => {
          await stage.sayNo(Jane)
          await reviewer.review.run()
        })
        doomed.doom({ exchange, when: 'after' })
        await doomed.settle()
        await (await stage.start(one)).settle()
        if (stage.tasks().some(({ status }) => status === 'open'))
          open.push(`${before}, ${exchange}: ${await stage.states(jane)}`)
        else await expectNothingOpen(stage, `a no before ${before}, death after ${exchange}`)
      }
    }
    expect(open).toEqual([])
  })
})
