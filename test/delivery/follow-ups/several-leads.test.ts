// One contact with several leads, CRMs and salespeople.
import { beforeEach, describe, expect, it } from 'vitest'
import { type Assignment, DeliveryError, type FollowUpRules, leadKey, NoQualification } from '../../../src/core/index.ts'
import { HourMs, NoonMs } from '../../kit/follow-up-plans.ts'
import { makeFollowUps, makeRule, makeStep } from '../../kit/follow-up-rules.ts'
import { type FollowUpStage, onEmptyStage, type StageRules } from '../../kit/follow-up-stage.ts'
import { hours, makeLead } from '../../kit/made-lead.ts'
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

async function settle(rules?: StageRules): Promise<void> {
  await (await stage.start(rules)).settle()
}

/** All steps of a lead, and when and where its tasks were made. */
function withRules(parts: Partial<FollowUpRules>): StageRules {
  return { followUps: makeFollowUps(parts) }
}

describe('two CRMs that get one lead', () => {
  it.each([Crm, Other])('have its tasks in the one that the ledger names: %s', async (name) => {
    await stage.enter(jane, name)
    await settle()
    expect(stage.tasks(name)).toHaveLength(1)
    expect(stage.tasks(name === Crm ? Other : Crm)).toEqual([])
    expect(await stage.plan(jane)).toMatchObject({ crm: name })
  })

  it('have them in one though another is configured before, between and after the deliveries', async () => {
    await stage.enter(jane, Other)
    const [before, after] = [{ crms: [{ crm: Other, when: null }] }, { crms: [{ crm: Crm, when: null }] }]
    await (await stage.start(withRules(before))).settle(({ crm }) => crm === Crm)
    await stage.enter(jane, Crm)
    await settle(withRules(after))
    expect([stage.tasks(Crm).length, stage.tasks(Other).length]).toEqual([0, 1])
  })

  it('have none where nobody was named, whatever is configured', async () => {
    await stage.enter(jane, null)
    await settle()
    expect(await stage.plan(jane)).toBeNull()
  })
})

describe('a newer lead of the contact', () => {
  const newer = (parts: Parameters<typeof makeLead>[0] = {}) =>
    makeLead({ id: 'newer', occurredAt: hours(0.5), receivedAt: hours(0.5), ...parts })
  const parallel = withRules({ rules: [makeRule({ allowParallel: true })] })
  const Superseded = 'A newer lead of this contact about the same offer is followed up instead.'

  it.each<[string, ReturnType<typeof newer>, string, StageRules, string, string]>([
    ['about the same offer', newer(), Crm, {}, 'made, cancelled', 'made, made'],
    ['about the same offer in the other CRM', newer(), Other, {}, 'made, cancelled', 'made, made'],
    ['about another offer', newer({ offer: { offerId: 'other' } }), Crm, {}, 'made, made', 'made, made'],
    ['that names no offer', newer({ offer: { publisherId: null, offerId: null } }), Crm, {}, 'made, cancelled', 'made, made'],
    ['that is followed up at the same time', newer(), Crm, parallel, 'made, made', 'made, made'],
    ['that is older', newer({ occurredAt: hours(-1) }), Crm, {}, 'made, made', 'made, cancelled'],
    ['that nobody follows up', newer({ tags: ['noFollowUp'] }), Crm, {}, 'made, made', ''],
    ['of somebody else', newer({ person: { email: 'john@contoso.com' } }), Crm, {}, 'made, made', 'made, made'],
  ])('%s', async (_, lead, crm, rules, old, fresh) => {
    await stage.enter(jane)
    await settle(rules)
    stage.later(HourMs / 2)
    await stage.enter(lead, crm)
    await settle(rules)
    stage.later(2 * HourMs)
    await settle(rules)
    // The older of the two has nothing made once the newer is planned.
    if (lead.occurredAt < jane.occurredAt) expect(await stage.states(lead)).toBe('cancelled, cancelled')
    else expect(await stage.states(lead)).toBe(fresh)
    expect(await stage.states(jane)).toBe(old)
    if (old.endsWith('cancelled')) expect((await stage.steps(jane))[1]?.reason).toBe(Superseded)
  })

  it('whose own follow-up was withdrawn gives way to the older one', async () => {
    await stage.enter(jane)
    await settle()
    const other = newer({ offer: { offerId: 'analytics', title: 'Contoso Analytics' } })
    await stage.enter(other)
    await settle()
    for (const { id } of await stage.steps(other)) await stage.hand.followUps.recall(id, 'They asked so.')
    stage.later(2 * HourMs)
    await settle()
    expect(await stage.states(jane)).toBe('made, made')
  })
})

describe('tasks about one contact', () => {
  const offers = ['one', 'two', 'three'].map((offerId, n) =>
    makeLead({ id: offerId, offer: { offerId }, occurredAt: hours(n / 100), receivedAt: hours(n / 100) }),
  )
  const single = [makeRule({ steps: [makeStep('1')] })]

  it('keep their distance, whichever CRM and lead they are of, and are all made in the end', async () => {
    const rules = withRules({ rules: single, minGapMs: 4 * HourMs })
    for (const [n, lead] of offers.entries()) await stage.enter(lead, n === 1 ? Other : Crm)
    const process = await stage.start(rules)
    for (let hour = 0; hour <= 8; hour += 1) {
      stage.at(NoonMs + hour * HourMs)
      await process.settle()
    }
    const made = (await Promise.all(offers.map((lead) => stage.steps(lead)))).flat().map(({ madeAt }) => Number(madeAt) - NoonMs)
    expect(made.toSorted((a, b) => a - b)).toEqual([0, 4 * HourMs, 8 * HourMs])
  })

  it('keep it when they became due days apart while the CRM stood still', async () => {
    const steps = [0, 24, 48].map((after) => makeStep(`at-${after}`, { afterMs: after * HourMs, evenIfWorked: true }))
    const rules = withRules({ rules: [makeRule({ steps })], minGapMs: 4 * HourMs })
    await stage.enter(jane)
    const process = await stage.start(rules)
    for (let hour = 0; hour <= 60; hour += 12) {
      stage.at(NoonMs + hour * HourMs)
      await process.settle(({ name }) => name !== 'task')
    }
    expect(await stage.states(jane)).toBe('due, due, due')
    for (let hour = 60; hour <= 72; hour += 1) {
      stage.at(NoonMs + hour * HourMs)
      await process.settle()
    }
    const made = (await stage.steps(jane)).map(({ madeAt }) => (Number(madeAt) - NoonMs) / HourMs)
    expect(made.toSorted((a, b) => a - b)).toEqual([60, 64, 68])
  })

  it('are no more than the most, and what is left out says why', async () => {
    const rules = withRules({ rules: single, most: { count: 2, withinMs: 30 * 24 * HourMs } })
    for (const [n, lead] of offers.entries()) await stage.enter(lead, n === 1 ? Other : Crm)
    await settle(rules)
    const states = (await Promise.all(offers.map((lead) => stage.steps(lead)))).flat()
    expect(states.map(({ state }) => state).toSorted()).toEqual(['cancelled', 'made', 'made'])
    expect(states.find(({ state }) => state === 'cancelled')?.reason).toBe(
      'This contact has had 2 tasks within 30 days (followUps.mostPerContact).',
    )
  })
})

describe('who has the task', () => {
  const rotation: Assignment = { kind: 'rotation', key: 'team', owners: ['ann', 'bob', 'cid'] }
  const qualified = { ...NoQualification, rules: [{ when: {}, score: 0, reason: 'any', owner: 'qualified' }] }

  async function ownerOf(assign: Assignment, rules: StageRules['rules'] = {}, lead = jane): Promise<string | null | undefined> {
    await stage.enter(lead)
    await settle({ followUps: makeFollowUps({ assign }), rules })
    return stage.tasks().find(({ id }) => id.startsWith(leadKey(lead.id)))?.owner
  }

  it.each<[string, Assignment, readonly string[], string | null]>([
    ['whoever has the record', { kind: 'fixed', owner: 'eve' }, [], 'keeper'],
    ['whom the qualification names', { kind: 'fixed', owner: 'eve' }, ['keeper'], 'qualified'],
    ['whom the rule names', { kind: 'fixed', owner: 'eve' }, ['keeper', 'qualified'], 'eve'],
    ['whose turn it is', rotation, ['keeper', 'qualified'], 'ann'],
    ['whose turn it is among those who can', rotation, ['keeper', 'qualified', 'ann'], 'bob'],
    ['nobody, where nobody can', rotation, ['keeper', 'qualified', 'ann', 'bob', 'cid'], null],
    ['nobody, where the CRM is to say and does not', { kind: 'crm' }, ['keeper', 'qualified'], null],
  ])('%s', async (_, assign, inactive, owner) => {
    await stage.enter(makeLead({ id: 'before', occurredAt: hours(-1), receivedAt: hours(-1) }), null)
    await settle()
    for (const record of stage.crm().records.values()) record.owner = 'keeper'
    stage.crm().inactive = new Set(inactive)
    expect(await ownerOf(assign, { qualification: qualified })).toBe(owner)
  })

  it('goes round in each CRM among those whom it knows', async () => {
    const sellers: Assignment = { kind: 'rotation', key: 'team', owners: ['ann', 'bob', 'dyn-ann', 'dyn-bob'] }
    stage.crm(Crm).inactive = new Set(['dyn-ann', 'dyn-bob'])
    stage.crm(Other).inactive = new Set(['ann', 'bob'])
    for (const [n, name] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      await stage.enter(makeLead({ id: name, person: { email: `${name}@contoso.com` } }), n % 2 === 0 ? Crm : Other)
      await settle({ followUps: makeFollowUps({ assign: sellers }) })
    }
    expect(stage.tasks(Crm).map(({ owner }) => owner)).toEqual(['ann', 'bob', 'ann'])
    expect(stage.tasks(Other).map(({ owner }) => owner)).toEqual(['dyn-ann', 'dyn-bob', 'dyn-ann'])
  })

  it('goes round by lead and not by task, and does not change with the steps', async () => {
    const owners = []
    for (const name of ['a', 'b', 'c', 'd']) {
      owners.push(await ownerOf(rotation, {}, makeLead({ id: name, person: { email: `${name}@contoso.com` } })))
    }
    stage.later(HourMs)
    await settle({ followUps: makeFollowUps({ assign: rotation }) })
    expect(owners).toEqual(['ann', 'bob', 'cid', 'ann'])
    expect(stage.tasks().map(({ owner }) => owner)).toEqual([...owners, ...owners])
  })

  describe('works their own hours: the task is due then', () => {
    const auckland = { timeZone: 'Pacific/Auckland', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', holidays: [] }
    // Tuesday, 17:00 there; in UTC it would be noon.
    const there = { timeZone: 'Pacific/Auckland', dueAt: '2026-11-24T04:00:00.000Z' }
    const here = { timeZone: 'UTC', dueAt: '2026-11-24T12:00:00.000Z' }

    function peopleAre(...owners: readonly string[]): FollowUpRules['people'] {
      return owners.map((owner) => ({
        owner,
        hours: owner === 'bob@contoso.com' ? { ...auckland, timeZone: 'Asia/Tokyo' } : auckland,
      }))
    }

    beforeEach(() => {
      for (const [name, id] of Object.entries({ eve: '4711', bob: '4712', gone: '4713' }))
        stage.crm().aliases.set(`${name}@contoso.com`, id)
      stage.crm().inactive.add('4713')
    })

    it.each<[string, string, readonly string[], object]>([
      ['named as in the configuration, in other letters', 'eve', ['EVE'], there],
      ['by e-mail in the configuration, by id in the assignment', '4711', ['bob@contoso.com', 'eve@contoso.com'], there],
      ['by id in the configuration, by e-mail in the assignment', 'eve@contoso.com', ['4712', '4711'], there],
      ['unless it is somebody else', '4710', ['eve@contoso.com', 'gone@contoso.com', '4711'], here],
    ])('%s', async (_, owner, people, due) => {
      await stage.enter(jane)
      await settle(withRules({ assign: { kind: 'fixed', owner }, people: peopleAre(...people) }))
      expect(stage.tasks()).toMatchObject([{ ...due, owner }])
    })

    it('where the CRM says by its id who has the record, and the configuration knows an e-mail', async () => {
      await stage.enter(makeLead({ id: 'before', occurredAt: hours(-1), receivedAt: hours(-1) }), null)
      await settle()
      for (const record of stage.crm().records.values()) record.owner = '4711'
      await stage.enter(jane)
      await settle(withRules({ people: peopleAre('bob@contoso.com', 'eve@contoso.com') }))
      expect(stage.tasks()).toMatchObject([{ ...there, owner: '4711' }])
    })

    it('not those of anybody where the task is nobody’s', async () => {
      await stage.enter(jane)
      await settle(withRules({ people: peopleAre('gone@contoso.com') }))
      expect(stage.tasks()).toMatchObject([{ ...here, owner: null }])
      expect(stage.crm().asked).toEqual([])
    })

    it('not those of somebody else who left, where the owner left before the task was made', async () => {
      const rules = withRules({ assign: { kind: 'fixed', owner: 'ann' }, people: peopleAre('gone@contoso.com') })
      stage.crm().fail({ on: 'createTasks', error: new DeliveryError('unavailable', 'The CRM is away.'), times: 5 })
      await stage.enter(jane)
      await settle(rules)
      expect(stage.tasks()).toEqual([])
      stage.crm().inactive.add('ann')
      stage.board.replay()
      await settle(rules)
      expect(stage.tasks()).toMatchObject([{ ...here, owner: 'ann' }])
    })

    it('and nobody is asked for where all work the same hours', async () => {
      await stage.enter(jane)
      await settle(withRules({ assign: { kind: 'fixed', owner: '4711' } }))
      expect(stage.crm().asked).toEqual([['4711']])
    })
  })
})
