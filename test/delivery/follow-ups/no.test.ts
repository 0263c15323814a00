import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../src/core/index.ts'
import { HourMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageProcess } from '../../kit/follow-up-stage.ts'
import { hours, makeLead } from '../../kit/made-lead.ts'

const Jane = 'jane@contoso.com'
const Phone = '+16175551234'
const Types = ['call', 'email', 'todo'] as const

const before = makeLead({ id: 'before', occurredAt: hours(-1), receivedAt: hours(-1) })
const jane = makeLead({ id: 'jane' })

let stage: FollowUpStage

onEmptyStage((empty) => {
  stage = empty
})

/** One task of each type. */
function rulesOf(afterMs = 0) {
  const steps = Types.map((type) => makeStep(type, { type, afterMs }))
  return { followUps: makeFollowUps({ rules: [makeRule({ steps })] }) }
}

/** The contact is known, and its record is there. */
async function begin(afterMs = 0): Promise<StageProcess> {
  await stage.enter(before, null)
  const process = await stage.start(rulesOf(afterMs))
  await process.settle()
  await stage.enter(jane)
  return process
}

function record() {
  return [...stage.crm().records.values()][0] ?? expect.unreachable()
}

function dnc(offerId: string): Promise<string> {
  return stage.enter(
    makeLead({ id: 'dnc', action: 'DNC', offer: { offerId }, occurredAt: hours(0.1), receivedAt: hours(0.1) }),
    null,
  )
}

/** The CRM is asked about the contact by its next lead. */
async function optOut(...channels: readonly ('email' | 'phone')[]): Promise<void> {
  record().optOuts = channels
  await stage.enter(makeLead({ id: 'next', offer: { offerId: 'other' }, occurredAt: hours(0.2), receivedAt: hours(0.2) }), null)
}

async function join(): Promise<void> {
  await stage.sayNo(Phone)
  const person = { phone: Phone, lastName: 'Doe' }
  await stage.enter(makeLead({ id: 'by phone', occurredAt: hours(-2), person }), null)
  await stage.enter(makeLead({ id: 'both', offer: { offerId: 'other' }, person: { ...person, email: Jane } }), null)
}

/** Who says no, and by which ways the lead may still be followed up. */
const Noes: Readonly<Record<string, readonly [() => Promise<unknown>, readonly string[]]>> = {
  'the marketplace about this offer': [() => dnc('analytics'), []],
  'the marketplace about another offer': [() => dnc('other'), ['call', 'email', 'todo']],
  'an admin': [() => stage.sayNo(Jane), []],
  'an admin to e-mail': [() => stage.sayNo(Jane, 'email'), ['call', 'todo']],
  'an admin to calls': [() => stage.sayNo(Jane, 'phone'), ['email', 'todo']],
  'an opt-out of e-mail in the CRM': [() => optOut('email'), ['call', 'todo']],
  'an opt-out of calls in the CRM': [() => optOut('phone'), ['email', 'todo']],
  'an opt-out of everything in the CRM': [() => optOut('email', 'phone'), []],
  'an admin to a number that joins in': [join, []],
}

/** Where the follow-up stands when it is said. */
const Points: Readonly<Record<string, (no: () => Promise<unknown>) => Promise<StageProcess>>> = {
  'before it is planned': async (no) => {
    const process = await begin()
    await no()
    return process
  },
  'while it waits': async (no) => {
    const process = await begin(HourMs)
    await process.settle()
    await no()
    return process
  },
  'while it is due': async (no) => {
    const process = await begin()
    await process.settle(({ name }) => name !== 'task')
    expect(await stage.states(jane)).toBe('due, due, due')
    await no()
    return process
  },
  'while it is being made': async (no) => {
    const process = await begin()
    const reviewer = await stage.start(rulesOf())
    const door = stage.crm().block('createTasks')
    const settling = process.settle()
    await door.reached
    await no()
    await reviewer.review.run()
    door.release()
    await settling
    return process
  },
  'when it is made': async (no) => {
    const process = await begin()
    await process.settle()
    expect(await stage.states(jane)).toBe('made, made, made')
    await no()
    return process
  },
}

it('to calls leaves the e-mail that is planned for later than a lead may be old', async () => {
  const steps = [makeStep('1'), makeStep('2', { type: 'email', afterMs: 144 * HourMs })]
  await stage.enter(jane)
  await stage.sayNo(Jane, 'phone')
  const process = await stage.start({ followUps: makeFollowUps({ rules: [makeRule({ steps })] }) })
  await process.settle()
  stage.later(144 * HourMs)
  await process.settle()
  expect(await stage.states(jane)).toBe('cancelled, made')
})

it('that the CRM tells at a match takes tasks back also when the lead of that match is parked', async () => {
  const process = await begin()
  await process.settle()
  await optOut('email', 'phone')
  stage.crm().fail({ on: 'write', error: new DeliveryError('invalid', 'No.', { fields: ['company'] }) })
  await process.settle()
  expect(openTypes()).toEqual([])
})

it('of the record that a join leaves behind stands for the one that stays', async () => {
  const phone = makeLead({ id: 'by phone', occurredAt: hours(-2), person: { phone: Phone, lastName: 'Doe', email: null } })
  await stage.enter(phone, null)
  const process = await begin()
  await process.settle()
  const [first] = stage.crm().records.values()
  if (first) first.optOuts = ['email', 'phone']
  const again = makeLead({ ...phone, id: 'again', occurredAt: hours(0.2), receivedAt: hours(0.2), offer: { offerId: 'other' } })
  await stage.enter(again, null)
  await process.settle()
  expect(openTypes()).toEqual(['call', 'email', 'todo'])
  const person = { phone: Phone, lastName: 'Doe', email: Jane }
  await stage.enter(
    makeLead({ id: 'both', offer: { offerId: 'third' }, person, occurredAt: hours(0.3), receivedAt: hours(0.3) }),
    null,
  )
  await process.settle()
  expect(openTypes()).toEqual([])
})

function openTypes(): readonly string[] {
  return stage
    .tasks()
    .filter(({ status }) => status === 'open')
    .map(({ type }) => type)
}

describe.each(Object.entries(Points))('a no that comes %s', (point, reach) => {
  it.each(Object.entries(Noes))('by %s', async (_, [no, open]) => {
    const process = await reach(no)
    await process.settle()
    stage.later(2 * HourMs)
    await process.settle()
    expect(openTypes().toSorted()).toEqual(open)
    for (const { type, state, reason } of await stage.steps(jane)) {
      const isOpen = open.includes(type)
      expect(isOpen ? ['made'] : ['cancelled', 'withdrawn'], `${point}: ${type}`).toContain(state)
      if (!isOpen) expect(reason).toMatch(/^The customer is not to be .*since \d{4}-\d{2}-\d{2}\.$/)
    }
    expect(await stage.hand.redis.hlen('{leadsync}:reviews')).toBe(0)
    expect((await stage.told(jane)).join('\n')).not.toMatch(/@|6175551234/)
  })
})

it.each(['the marketplace about this offer', 'an admin'])(
  'what waits is cancelled at once, not when its time comes: %s',
  async (who) => {
    const process = await begin(24 * HourMs)
    await process.settle()
    await Noes[who]?.[0]()
    await process.settle()
    expect(await stage.states(jane)).toBe('cancelled, cancelled, cancelled')
  },
)

it('what is planned after the no is cancelled at once, too, and stays so when it is lifted before its time', async () => {
  const process = await begin(24 * HourMs)
  await stage.sayNo(Jane)
  await process.settle()
  expect(await stage.states(jane)).toBe('cancelled, cancelled, cancelled')
  await stage.liftNo(Jane)
  stage.later(25 * HourMs)
  await process.settle()
  expect(stage.tasks()).toEqual([])
})

describe('a task that somebody has taken up', () => {
  it.each([
    ['touched', { touched: true }, 'open'],
    ['completed', { status: 'completed' as const }, 'completed'],
  ])('(%s) is left to them, and said to be', async (_, change, status) => {
    const process = await begin()
    await process.settle()
    for (const task of stage.tasks()) Object.assign(task, change)
    await stage.sayNo(Jane)
    await process.settle()
    expect(stage.tasks().map((task) => task.status)).toEqual([status, status, status])
    expect(await stage.states(jane)).toBe('kept, kept, kept')
  })

  it('is not even asked about once that is known', async () => {
    const process = await begin()
    await process.settle()
    for (const task of stage.tasks()) task.status = 'completed'
    stage.later(24 * HourMs)
    await process.settle()
    expect(await stage.states(jane)).toBe('worked, made, made')
    await stage.sayNo(Jane)
    await process.settle()
    expect(await stage.states(jane)).toBe('worked, kept, kept')
  })

  it('and is gone needs no withdrawing', async () => {
    const process = await begin()
    await process.settle()
    stage.crm().tasks.clear()
    await stage.sayNo(Jane)
    await process.settle()
    expect(await stage.states(jane)).toBe('withdrawn, withdrawn, withdrawn')
  })
})

it('a withdrawal that the CRM refuses for now is done when it does not any more', async () => {
  const process = await begin()
  await process.settle()
  stage.crm().fail({ on: 'withdrawTasks', error: new DeliveryError('unavailable', 'The CRM is away.'), times: 4 })
  await stage.sayNo(Jane)
  await process.settle()
  expect(openTypes()).toEqual([])
})

it('a lift brings nothing back that was withdrawn, and the next lead is followed up', async () => {
  const process = await begin()
  await process.settle()
  await stage.sayNo(Jane)
  await process.settle()
  stage.later(HourMs)
  await stage.liftNo(Jane)
  const next = makeLead({ id: 'next', occurredAt: hours(1), receivedAt: hours(1) })
  await stage.enter(next)
  await process.settle()
  expect(await stage.states(jane)).toBe('withdrawn, withdrawn, withdrawn')
  expect(await stage.states(next)).toBe('made, made, made')
})

it('an opt-out that only a further step sees takes back what was made before', async () => {
  await stage.enter(jane)
  const process = await stage.start()
  await process.settle()
  record().optOuts = ['phone']
  stage.later(HourMs)
  await process.settle()
  expect(await stage.states(jane)).toBe('withdrawn, cancelled')
  expect(openTypes()).toEqual([])
})
