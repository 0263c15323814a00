import { describe, expect, it } from 'vitest'
import { DeliveryError, type FollowUpRules, leadKey, NoQualification } from '../../../src/core/index.ts'
import { HourMs, NoonMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep, template } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageRules } from '../../kit/follow-up-stage.ts'
import { hours, makeLead } from '../../kit/made-lead.ts'
import type { MemoryRecord } from '../../kit/memory-crm.ts'
import { Crm } from '../../kit/store-parts.ts'

const jane = makeLead({ id: 'jane' })

let stage: FollowUpStage

const renew = onEmptyStage((empty) => {
  stage = empty
})

function record(): MemoryRecord {
  return [...stage.crm().records.values()][0] ?? expect.unreachable()
}

async function settle(rules?: StageRules): Promise<void> {
  await (await stage.start(rules)).settle()
}

/** The first task is made, and the time of the second comes when `meanwhile` is done. */
async function meanwhile(change: () => unknown, rules?: StageRules): Promise<readonly (string | null)[]> {
  await stage.enter(jane)
  await settle(rules)
  await change()
  stage.later(HourMs)
  await settle(rules)
  return (await stage.steps(jane)).map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`))
}

/** What changed before the first task is made. */
async function atOnce(change: () => unknown, rules?: StageRules): Promise<readonly (string | null)[]> {
  await stage.enter(jane)
  await (await stage.start(rules)).settle(({ name }) => name !== 'task')
  await change()
  await settle(rules)
  return (await stage.steps(jane)).map(({ state, reason }) => (reason === null ? state : `${state}: ${reason}`))
}

const Deleted = 'cancelled: The record was deleted in the CRM.'
const Closed = 'cancelled: Sales closed the record in the CRM.'
const Worked = 'cancelled: Somebody has worked on the task of step 1.'

describe('when the time of a further task comes', () => {
  const task = () => stage.tasks()[0] ?? expect.unreachable()
  it.each<[string, () => unknown, readonly string[]]>([
    ['nothing has happened: it is made', () => undefined, ['made', 'made']],
    ['the record was deleted', () => stage.crm().records.clear(), ['made', Deleted]],
    ['sales closed the record', () => Object.assign(record(), { closed: true }), ['made', Closed]],
    [
      'sales made something else of the record',
      () => Object.assign(record(), { object: 'customer' }),
      ['made', 'cancelled: Sales made a customer of the contact since.'],
    ],
    ['the first one was completed', () => Object.assign(task(), { status: 'completed' }), ['worked', Worked]],
    ['the first one was touched', () => Object.assign(task(), { touched: true }), ['worked', Worked]],
    ['the first one was deleted', () => stage.crm().tasks.clear(), ['worked', Worked]],
  ])('and %s', async (_, change, states) => {
    expect(await meanwhile(change)).toEqual(states)
  })

  it('it is made although somebody worked on the first one, if it says so', async () => {
    const steps = [makeStep('1'), makeStep('2', { afterMs: HourMs, evenIfWorked: true })]
    const rules = { followUps: makeFollowUps({ rules: [makeRule({ steps })] }) }
    expect(await meanwhile(() => Object.assign(task(), { status: 'completed' }), rules)).toEqual(['made', 'made'])
  })

  it('a task of another rule that somebody worked on does not end it', async () => {
    const other = makeRule({ name: 'other', allowParallel: true, steps: [makeStep('1')] })
    const own = makeRule({ allowParallel: true, steps: [makeStep('1', { afterMs: HourMs })] })
    const rules = { followUps: makeFollowUps({ rules: [other, own] }) }
    expect(await meanwhile(() => Object.assign(task(), { status: 'completed' }), rules)).toEqual(['made', 'made'])
  })
})

describe('when the first task is about to be made', () => {
  it.each<[string, () => unknown, readonly string[]]>([
    ['a record that was deleted gets none', () => stage.crm().records.clear(), [Deleted, 'waiting']],
    ['a record that sales closed gets none', () => Object.assign(record(), { closed: true }), [Closed, 'waiting']],
    [
      'one that was converted gets it where it is now',
      () => Object.assign(record(), { object: 'customer' }),
      ['made', 'waiting'],
    ],
  ])('%s', async (_, change, states) => {
    expect(await atOnce(change)).toEqual(states)
    for (const { record: about } of stage.tasks()) expect(about).toEqual({ object: 'customer', id: record().id })
  })

  it('a record that was closed before the lead came gets it where onClosed is task', async () => {
    await stage.enter(makeLead({ id: 'before', occurredAt: hours(-1), receivedAt: hours(-1) }), null)
    await settle()
    record().closed = true
    const policies = { onMany: 'park', onDeleted: 'recreate', onClosed: 'task', optOutFields: {} } as const
    expect(await atOnce(() => undefined, { rules: { policies } })).toEqual(['made', 'waiting'])
    expect(stage.tasks()).toMatchObject([{ record: { id: record().id } }])
  })

  it('several records wait for a person, and it is made when that is put right and replayed', async () => {
    const [first = ''] = await atOnce(() => Object.assign(stage.crm(), { ambiguous: true }))
    expect(first).toMatch(/^failed: hubspot: 2 records match this contact.*Merge them there and replay it\.$/)
    expect(stage.alerts).toMatchObject([{ event: 'parked', crm: Crm, lead: leadKey(jane.id), code: 'multiple_matches' }])
    stage.crm().ambiguous = false
    stage.board.replay()
    await settle()
    expect(await stage.states(jane)).toBe('made, waiting')
  })

  it('a no that comes while it waits for a person ends it, and a replay makes nothing', async () => {
    await atOnce(() => Object.assign(stage.crm(), { ambiguous: true }))
    await stage.sayNo('jane@contoso.com')
    await settle()
    expect(await stage.states(jane)).toBe('cancelled, cancelled')
    stage.crm().ambiguous = false
    stage.board.replay()
    await settle()
    expect(stage.tasks()).toEqual([])
  })

  it('a template that fails for the lead waits for a person, tells nothing of the lead, and is made when it was corrected', async () => {
    const broken = makeStep('1', { subject: template('{{ person.email }}{% for i in (1..1000000000000) %}{{ i }}{% endfor %}') })
    await stage.enter(jane)
    await settle({ followUps: makeFollowUps({ rules: [makeRule({ steps: [broken] })] }) })
    const [{ state, reason } = expect.unreachable()] = await stage.steps(jane)
    expect(state).toBe('failed')
    expect(reason).toBe(
      "hubspot: subject or body of followUps rule sales, step 1, can't be rendered for this lead. Correct the template, then replay.",
    )
    expect(stage.tasks()).toEqual([])
    stage.board.replay()
    await settle({ followUps: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] }) })
    expect(await stage.states(jane)).toBe('made')
    expect(stage.tasks()).toMatchObject([{ subject: 'Call 1' }])
  })

  it('a CRM that is away for a moment has it once', async () => {
    const error = new DeliveryError('unavailable', 'The CRM is away.')
    for (const on of ['match', 'createTasks', 'assignees'] as const) stage.crm().fail({ on, error })
    await stage.enter(jane)
    await settle()
    expect(await stage.states(jane)).toBe('made, waiting')
    expect(stage.tasks()).toHaveLength(1)
  })

  it('one that the CRM refuses waits for a person, and was never made twice when that is replayed', async () => {
    stage.crm().fail({ on: 'createTasks', error: new DeliveryError('invalid', 'hubspot: the subject is too long.') })
    await stage.enter(jane)
    await settle()
    expect(await stage.states(jane)).toBe('failed, waiting')
    stage.board.replay()
    await settle()
    expect(await stage.states(jane)).toBe('made, waiting')
    expect(stage.board.failed).toEqual([])
  })
})

describe('a task that the CRM made with an answer that nobody understands', () => {
  /** It waits for a person, and it is there. */
  async function makeUnheard(): Promise<void> {
    const crm = stage.crm()
    const { createTasks } = crm
    crm.createTasks = async (tasks, signal) => {
      crm.createTasks = createTasks
      await createTasks(tasks, signal)
      return tasks.map(() => new DeliveryError('protocol', 'hubspot: an answer that nobody understands.'))
    }
    await stage.enter(jane)
    await settle()
    expect(await stage.states(jane)).toBe('failed, waiting')
    expect(stage.tasks()).toMatchObject([{ status: 'open' }])
  }

  it('is found when that is replayed', async () => {
    await makeUnheard()
    stage.board.replay()
    await settle()
    expect(await stage.states(jane)).toBe('made, waiting')
    expect(stage.tasks()).toHaveLength(1)
  })

  it('is withdrawn where a no came before that was replayed', async () => {
    await makeUnheard()
    await stage.sayNo('jane@contoso.com')
    await settle()
    stage.board.replay()
    await settle()
    expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
    expect(await stage.states(jane)).toBe('withdrawn, cancelled')
  })

  it('is withdrawn where the no was lifted before that was replayed: nothing is made that was said no to', async () => {
    await makeUnheard()
    await stage.sayNo('jane@contoso.com')
    await settle()
    stage.later(1)
    await stage.liftNo('jane@contoso.com')
    stage.board.replay()
    await settle()
    expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
    expect(stage.crm().calls.createTasks).toBe(1)
  })

  it('is withdrawn by the replay where the no is known to nobody yet', async () => {
    await makeUnheard()
    record().optOuts = ['email', 'phone']
    stage.board.replay()
    await settle()
    expect(stage.tasks()).toMatchObject([{ status: 'withdrawn' }])
  })
})

describe('a lead that gets no follow-up', () => {
  const rest = makeFollowUps({ rules: [makeRule({ when: { actions: ['PLT'] } })] })
  const cold = { ...NoQualification, rules: [{ when: { actions: ['INS'] }, score: 0, reason: 'cold', followUp: false }] }
  it.each<[string, Parameters<typeof makeLead>[0], string, StageRules]>([
    ['says so', { tags: ['NoFollowUp'] }, 'The lead says that nobody is to follow it up (noFollowUp).', {}],
    ['is a do-not-contact', { action: 'DNC' }, 'A do-not-contact is no reason to contact anybody.', {}],
    [
      'is too old',
      { occurredAt: hours(-73) },
      'The lead is 73 hours old, and one of more than 72 hours is not followed up any more (maxLeadAgeHours).',
      {},
    ],
    ['is not worth it', {}, 'By its qualification nobody is to follow it up.', { rules: { qualification: cold } }],
    ['no rule is about', {}, 'No rule of followUps is about this lead.', { followUps: rest }],
  ])('because it %s has that in its history, once', async (_, parts, reason, rules) => {
    const before = makeLead({ id: 'before', occurredAt: hours(-80), receivedAt: hours(-80) })
    await stage.enter(before, null)
    await settle(rules)
    const lead = makeLead({ id: 'jane', ...parts })
    await stage.enter(lead)
    await settle(rules)
    expect(await stage.plan(lead)).toBeNull()
    expect(stage.tasks()).toEqual([])
    expect(stage.board.waiting).toEqual([])
    expect(await stage.told(lead)).toEqual([`No follow-up: ${reason}`])
  })

  it('of the CRM that does not have it says nothing at all', async () => {
    await stage.enter(jane, null)
    await settle()
    expect(await stage.told(jane)).toEqual([])
  })
})

describe('a long pause', () => {
  it('that made the lead too old before its first task ends it', async () => {
    await stage.enter(jane)
    await (await stage.start()).settle(({ name }) => name === 'deliver')
    stage.at(NoonMs + 73 * HourMs)
    await settle()
    expect(await stage.states(jane)).toBe('cancelled, cancelled')
    expect((await stage.steps(jane))[0]?.reason).toContain('The lead is 73 hours old')
  })

  it('of the CRM alone does, too', async () => {
    await stage.enter(jane)
    await (await stage.start()).settle(({ name }) => name !== 'task')
    stage.at(NoonMs + 73 * HourMs)
    await settle()
    expect(await stage.states(jane)).toBe('cancelled, cancelled')
    expect(stage.tasks()).toEqual([])
  })

  it('after the first task does not end what has begun', async () => {
    await stage.enter(jane)
    await settle()
    stage.at(NoonMs + 73 * HourMs)
    await settle()
    expect(await stage.states(jane)).toBe('made, made')
  })

  it('between the plan and its jobs has its steps cancelled with the reason, not wait for ever', async () => {
    await stage.enter(jane)
    const counted = await stage.start()
    await counted.settle(({ name }) => name === 'deliver')
    const states: string[] = []
    for (let exchange = 1; exchange <= counted.exchanges; exchange += 1) {
      await renew()
      await stage.enter(jane)
      const doomed = await stage.start()
      doomed.doom({ exchange, when: 'after' })
      await doomed.settle(({ name }) => name === 'deliver')
      stage.at(NoonMs + 73 * HourMs)
      await (await stage.start()).settle()
      states.push(await stage.states(jane))
    }
    expect(new Set(states)).toEqual(new Set(['', 'cancelled, cancelled']))
  })
})

describe('the configuration in force when the time comes', () => {
  const later: Readonly<Record<string, readonly [Partial<FollowUpRules>, string]>> = {
    'the rule is gone': [{ rules: [makeRule({ name: 'other' })] }, 'The configuration has no rule sales for this lead any more.'],
    'the rule is about others': [
      { rules: [makeRule({ when: { actions: ['PLT'] } })] },
      'The configuration has no rule sales for this lead any more.',
    ],
    'the step is gone': [{ rules: [makeRule({ steps: [makeStep('1')] })] }, 'The rule sales has no step 2 any more.'],
    'there are none': [{ rules: [] }, 'The configuration has no rule sales for this lead any more.'],
  }
  it.each(Object.entries(later))('counts: %s', async (_, [rules, reason]) => {
    await stage.enter(jane)
    await settle()
    stage.later(HourMs)
    await settle({ followUps: makeFollowUps(rules) })
    expect(await stage.steps(jane)).toMatchObject([{ state: 'made' }, { state: 'cancelled', reason }])
  })
})
