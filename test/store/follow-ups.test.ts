import { afterEach, describe, expect, it } from 'vitest'
import { leadKey, type StepState, StepStates } from '../../src/core/index.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { planOf, plansOf, readDueSoon, readFollowUps } from '../../src/store/follow-up-lookup.ts'
import { bring, follow, HourMs, makePlan, NoLimits, NoonMs, stateOf, Task } from '../kit/follow-up-plans.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, openStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts
let other: StoreParts

onEmptyStore((opened, { url }) => {
  store = opened
  other = openStore(url)
  store.clock.ms = NoonMs
  other.clock.ms = NoonMs
})
afterEach(() => other.close())

const jane = makeLead({ id: 'jane' })
const janeAgain = makeLead({ id: 'jane-again', occurredAt: hours(2), receivedAt: hours(2), action: 'PLT' })
const john = makeLead({ id: 'john', person: { email: 'john@contoso.com' } })

async function counters() {
  return (await readFollowUps(store.scripts, [Crm]))[Crm] ?? expect.unreachable()
}

async function told(lead = jane): Promise<readonly string[]> {
  const contact = await findContact(store.scripts, await store.contactOf(lead))
  return contact?.timeline.filter(({ event }) => event === 'follow-up').map(({ reason }) => String(reason)) ?? []
}

describe('a plan', () => {
  it('is kept with all that is said of it, told once in the history, and counted once', async () => {
    await store.enter(jane)
    const plan = await makePlan(store, jane)
    expect(await store.followUps.plan(plan, 'Planned.')).toEqual(plan.steps)
    expect(await other.followUps.plan(plan, 'Planned.')).toEqual(plan.steps)
    expect(await planOf(store.scripts, plan.lead)).toEqual(plan)
    expect(await plansOf(store.scripts, plan.contactId)).toEqual([plan])
    expect(await told()).toEqual(['Planned.'])
    expect(await counters()).toMatchObject({ planned: 2, waiting: 2, tasks: 0 })
  })

  it('that stands is answered with its own steps, those that wait or are due, whatever is planned later', async () => {
    const [first, second] = await follow(store, jane)
    await bring(store.followUps, first, 'made')
    const later = await makePlan(store, jane, { steps: [{}, { fireAt: 5 }, {}] })
    const steps = await store.followUps.plan(later, 'Planned anew.')
    expect(steps.map(({ id, fireAt }) => [id, fireAt])).toEqual([[second, NoonMs + HourMs]])
    await bring(store.followUps, String(second), 'due')
    expect(await store.followUps.plan(later, 'Planned anew.')).toMatchObject([{ id: second, state: 'due' }])
  })

  it('of another CRM stands, too: there is nothing to be done in this one', async () => {
    await follow(store, jane)
    expect(await store.followUps.plan(await makePlan(store, jane, { crm: 'dynamics' }), 'Planned.')).toEqual([])
    expect((await readFollowUps(store.scripts, ['dynamics'])).dynamics).toMatchObject({ planned: 0, waiting: 0 })
  })

  it('is one when two processes make one at the same time', async () => {
    await store.enter(jane)
    const plans = [await makePlan(store, jane), await makePlan(store, jane, { crm: 'dynamics' })]
    const answers = await Promise.all(
      plans.flatMap((plan) => [store, other].map((process) => process.followUps.plan(plan, 'Planned.'))),
    )
    expect(answers.filter(({ length }) => length > 0)).toHaveLength(2)
    expect(await told()).toHaveLength(1)
  })

  it.each([
    ['nobody knows', async () => undefined],
    ['somebody was forgotten about', () => store.redis.hdel(`{leadsync}:lead:${leadKey(jane.id)}`, 'c')],
    ['the contact is gone of', async () => store.redis.del(`{leadsync}:contact:${await store.contactOf(jane)}`)],
  ])('is not kept, and nothing is noted, for a lead that %s', async (why, undo) => {
    if (why !== 'nobody knows') await store.enter(jane)
    const plan = await makePlan(store, jane, { contactId: 'a contact' })
    await undo()
    expect(await store.followUps.plan(plan, 'Planned.')).toEqual([])
    await store.followUps.noPlan(plan.lead, plan.contactId, Crm, 'Too old.')
    expect(await store.redis.keys('{leadsync}:{plan,plans,sla}*')).toEqual([])
    expect(await planOf(store.scripts, plan.lead)).toBeNull()
    expect(await counters()).toMatchObject({ planned: 0 })
  })

  it('that is not made is told once', async () => {
    const key = await store.enter(jane)
    const contact = await store.contactOf(jane)
    await store.followUps.noPlan(key, contact, Crm, 'No follow-up: too old.')
    await other.followUps.noPlan(key, contact, Crm, 'No follow-up: too old.')
    expect(await told()).toEqual(['No follow-up: too old.'])
  })
})

describe('which CRM has the follow-ups of a lead', () => {
  it.each([
    ['the one that was chosen', Crm, 'here'],
    ['another one', 'dynamics', 'elsewhere'],
    ['none', null, null],
  ])('is told by the claim: %s', async (_, followUpCrm, followUp) => {
    const route = [Crm, 'dynamics'].map((name) => ({ name, wants: 'yes' as const }))
    await store.register.admit(arriving(jane, { route, followUpCrm }))
    expect(await store.ledger.claim(Crm, leadKey(jane.id), 'a')).toMatchObject({ claim: { followUp } })
  })

  it('is decided once, when the lead is first routed', async () => {
    const route = [{ name: Crm, wants: 'yes' as const }]
    await store.register.admit(arriving(jane))
    await store.register.admit(arriving(jane, { route, followUpCrm: Crm }))
    await store.register.admit(arriving(jane, { route, followUpCrm: 'dynamics' }))
    await store.register.admit(arriving(john, { route }))
    await store.register.admit(arriving(john, { route, followUpCrm: Crm }))
    expect(await store.ledger.claim(Crm, leadKey(jane.id), 'a')).toMatchObject({ claim: { followUp: 'here' } })
    expect(await store.ledger.claim(Crm, leadKey(john.id), 'a')).toMatchObject({ claim: { followUp: null } })
  })
})

describe('what a step is decided on', () => {
  it('is its plan, its lead, and the plans, leads and refusals of its contact in every CRM', async () => {
    const [first] = await follow(store, jane)
    const [again] = await follow(store, janeAgain)
    const contactId = await store.contactOf(jane)
    const optOuts = { said: { phone: hours(1) }, byUs: [] }
    for (const [crm, link] of Object.entries({ [Crm]: null, dynamics: optOuts })) {
      await store.redis.hset(
        `{leadsync}:contact:${contactId}`,
        `link:${crm}`,
        JSON.stringify({ record: null, known: null, optOuts: link }),
      )
    }
    await store.register.admit(arriving(makeLead({ id: 'no', action: 'DNC', occurredAt: hours(1), receivedAt: hours(3) })))
    const facts = await store.followUps.facts(first)
    expect(facts?.plan).toEqual({ ...(await makePlan(store, jane)), plannedAt: NoonMs })
    expect(facts?.step.id).toBe(first)
    expect(facts?.lead).toEqual(jane)
    expect(facts?.others.map(({ steps }) => steps[0]?.id)).toEqual([again])
    expect(facts?.suppression).toMatchObject([
      { source: 'marketplace', since: hours(1) },
      { source: 'crm', crm: 'dynamics', channel: 'phone' },
    ])
    expect(facts?.touches).toEqual([
      { lead: leadKey('no'), at: hours(3), action: 'DNC', offer: 'contoso.analytics' },
      { lead: leadKey(janeAgain.id), at: hours(2), action: 'PLT', offer: 'contoso.analytics' },
    ])
  })

  it('is at most the fifty newest other plans and the twenty newest other leads', async () => {
    const [first] = await follow(store, jane)
    const leads = Array.from({ length: 55 }, (_, n) =>
      makeLead({ id: `more ${n}`, occurredAt: hours(n + 1), receivedAt: hours(n + 1) }),
    )
    for (const lead of leads) await follow(store, lead)
    const facts = await store.followUps.facts(first)
    expect(facts?.others.map(({ lead }) => lead)).toEqual(
      leads
        .toReversed()
        .slice(0, 50)
        .map(({ id }) => leadKey(id)),
    )
    expect(facts?.touches.map(({ lead }) => lead)).toEqual(
      leads
        .toReversed()
        .slice(0, 20)
        .map(({ id }) => leadKey(id)),
    )
    expect((await store.followUps.ofContact(await store.contactOf(jane))).plans).toHaveLength(56)
  })

  it('has no lead any more when its body aged out', async () => {
    const [first] = await follow(store, jane)
    await store.redis.del(`{leadsync}:body:${leadKey(jane.id)}`)
    expect(await store.followUps.facts(first)).toMatchObject({ lead: null, step: { id: first } })
  })

  it.each(['NOLEAD.sales.1', `${leadKey(jane.id)}.sales.9`, ''])('is nothing for a step that nobody knows: %j', async (id) => {
    await follow(store, jane)
    expect(await store.followUps.facts(id)).toBeNull()
    expect(await store.followUps.handOver(id, NoLimits)).toEqual({ kind: 'done' })
    expect(await store.followUps.move({ id, from: ['waiting'], to: 'due' })).toEqual({ moved: false, step: null })
    expect(await store.followUps.recall(id, 'No.')).toBe('nothing')
    expect(await store.followUps.judge(id, 'missed')).toBe(false)
    expect(await store.followUps.turnOf({ step: id, key: 'k', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('ann')
  })
})

const Gap = { minGapMs: HourMs, most: { count: 10, withinMs: 24 * HourMs } }
/** So soon one asks again that is held by another which may not be made. */
const SoonMs = 5 * 60_000
const Choice = { on: { object: 'contact', id: '1' }, owner: 'ann', dueAt: NoonMs + HourMs }

describe('handing a step over', () => {
  it.each(StepStates)('of one that is %s makes due what waits, and nothing else', async (state) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, state)
    const isDue = state === 'waiting' || state === 'due'
    expect(await store.followUps.handOver(first, NoLimits)).toEqual({ kind: isDue ? 'due' : 'done' })
    expect(await store.followUps.handOver(first, Gap)).toEqual({ kind: isDue ? 'due' : 'done' })
    expect(await stateOf(store.followUps, first)).toBe(isDue ? 'due' : state)
  })

  it('holds none up for one of another lead that is only handed over, and those of its own for a moment at a time', async () => {
    const [first, second = ''] = await follow(store, jane)
    const [again] = await follow(store, janeAgain, { crm: 'dynamics' })
    await store.followUps.handOver(first, Gap)
    expect(await other.followUps.handOver(again, Gap)).toEqual({ kind: 'due' })
    expect(await other.followUps.handOver(second, Gap)).toEqual({ kind: 'gap', until: NoonMs + SoonMs })
    await store.followUps.recall(first, 'No.')
    expect(await other.followUps.handOver(second, Gap)).toEqual({ kind: 'due' })
  })

  it.each([
    ['is being made', 'making', NoonMs + SoonMs],
    ['was made', 'made', NoonMs + HourMs],
    ['was made, and is withdrawn', 'withdrawn', NoonMs + HourMs],
    ['was made, and is worked on', 'worked', NoonMs + HourMs],
  ] as const)('holds up the next one behind one that %s, which says until when', async (_, state, until) => {
    const [first] = await follow(store, jane)
    const [again] = await follow(store, janeAgain, { crm: 'dynamics' })
    await bring(store.followUps, first, state)
    expect(await other.followUps.handOver(again, Gap)).toEqual({ kind: 'gap', until })
    expect((await planOf(store.scripts, leadKey(janeAgain.id)))?.steps[0]).toMatchObject({ state: 'waiting', heldUntil: until })
    store.clock.ms = NoonMs + HourMs
    other.clock.ms = NoonMs + HourMs
    expect(await other.followUps.handOver(again, Gap)).toEqual({ kind: 'due' })
    expect((await planOf(store.scripts, leadKey(janeAgain.id)))?.steps[0]).not.toHaveProperty('heldUntil')
  })

  it('holds it up behind one that failed or was given up while nobody knows whether its task is there', async () => {
    const [first] = await follow(store, jane)
    const [again] = await follow(store, janeAgain)
    await store.followUps.handOver(first, Gap)
    await store.followUps.begin(first, Choice, HourMs)
    await store.followUps.move({ id: first, from: ['making'], to: 'failed' })
    expect(await store.followUps.handOver(again, Gap)).toEqual({ kind: 'gap', until: NoonMs + SoonMs })
    store.clock.ms = NoonMs + HourMs - 1
    expect(await store.followUps.handOver(again, Gap)).toEqual({ kind: 'gap', until: NoonMs + HourMs })
    await store.followUps.move({ id: first, from: ['failed'], to: 'cancelled', change: { reason: 'A person gave it up.' } })
    expect(await store.followUps.handOver(again, Gap)).toEqual({ kind: 'gap', until: NoonMs + HourMs })
    store.clock.ms = NoonMs + HourMs
    expect(await store.followUps.handOver(again, Gap)).toEqual({ kind: 'due' })
  })

  it('lets the next one through when the gap is over, counted from when the last one was made', async () => {
    const [first, second = ''] = await follow(store, jane)
    await store.followUps.handOver(first, Gap)
    store.clock.ms = NoonMs + HourMs / 2
    await store.followUps.move({ id: first, from: ['due'], to: 'making' })
    await store.followUps.move({ id: first, from: ['making'], to: 'made', change: { madeAt: NoonMs + HourMs / 2 } })
    store.clock.ms = NoonMs + HourMs
    expect(await store.followUps.handOver(second, Gap)).toEqual({ kind: 'gap', until: NoonMs + 1.5 * HourMs })
    store.clock.ms = NoonMs + 1.5 * HourMs
    expect(await store.followUps.handOver(second, Gap)).toEqual({ kind: 'due' })
  })

  it('lets no more through than a contact may have within the time, and again when that is over', async () => {
    const limits = { minGapMs: 0, most: { count: 2, withinMs: 24 * HourMs } }
    const [first, second = '', third = ''] = await follow(store, jane, { steps: [{}, {}, {}] })
    await store.followUps.handOver(first, limits)
    store.clock.ms = NoonMs + HourMs
    await store.followUps.handOver(second, limits)
    expect(await store.followUps.handOver(third, limits)).toEqual({ kind: 'most' })
    expect(await stateOf(store.followUps, third)).toBe('waiting')
    store.clock.ms = NoonMs + 24 * HourMs
    expect(await store.followUps.handOver(third, limits)).toEqual({ kind: 'due' })
  })

  it('is not held up by one that was cancelled before it was made', async () => {
    const limits = { minGapMs: HourMs, most: { count: 1, withinMs: 24 * HourMs } }
    const [first, second = ''] = await follow(store, jane)
    await store.followUps.handOver(first, limits)
    await store.followUps.recall(first, 'No.')
    expect(await store.followUps.handOver(second, limits)).toEqual({ kind: 'due' })
  })
})

describe('beginning to make a step', () => {
  it('lets no two about one contact through within the gap, whichever CRM, lead and process they are of', async () => {
    const steps = [
      ...(await follow(store, jane)),
      ...(await follow(store, janeAgain, { crm: 'dynamics', steps: [{}, {}, {}] })),
      ...(await follow(store, john)),
    ]
    for (const step of steps) await bring(store.followUps, step, 'due')
    const begin = (step: string, n: number) => (n % 2 === 0 ? store : other).followUps.begin(step, Choice, HourMs)
    const answers = await Promise.all(steps.map(begin))
    const janes = answers.slice(0, 5)
    expect(janes.filter(({ kind }) => kind === 'making')).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'gap')).toEqual(Array(5).fill({ kind: 'gap', until: NoonMs + SoonMs }))
    const making = steps[janes.findIndex(({ kind }) => kind === 'making')] ?? ''
    expect((await store.followUps.facts(making))?.step).toMatchObject({ state: 'making', ...Choice })
    expect(await begin(making, 0)).toEqual({ kind: 'making' })
    expect((await counters()).making).toBe(2)
  })

  it.each(StepStates)('of one that is %s makes what is due, failed or being made, and changes nothing else', async (state) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, state)
    const before = (await store.followUps.facts(first))?.step
    const begun = await store.followUps.begin(first, Choice, HourMs)
    if (state === 'due' || state === 'failed' || state === 'making') expect(begun).toEqual({ kind: 'making' })
    else expect(begun).toEqual({ kind: 'other', step: before })
    // What an earlier try has chosen stays.
    const made = state === 'making' ? before : { ...before, state: 'making', ...Choice }
    expect((await store.followUps.facts(first))?.step).toEqual(begun.kind === 'making' ? made : before)
  })

  it('counts a try again as made then', async () => {
    const [first] = await follow(store, jane)
    const [again] = await follow(store, janeAgain)
    await bring(store.followUps, first, 'due')
    await store.followUps.begin(first, Choice, HourMs)
    await bring(store.followUps, again, 'due')
    store.clock.ms = NoonMs + HourMs - 1
    await store.followUps.begin(first, Choice, HourMs)
    store.clock.ms = NoonMs + HourMs
    expect(await store.followUps.begin(again, Choice, HourMs)).toMatchObject({ kind: 'gap' })
  })

  it('of one of which nobody knows is other', async () => {
    expect(await store.followUps.begin('nobody.sales.1', Choice, HourMs)).toEqual({ kind: 'other', step: null })
  })
})

describe('moving a step', () => {
  it('changes state and fields, and tells it, if it is where it should be', async () => {
    const [first] = await follow(store, jane)
    const change = { task: Task, madeAt: NoonMs + 5, owner: 'ann' }
    const move = { id: first, from: ['due' as const, 'waiting' as const], to: 'made' as const, change, say: 'A task was made.' }
    const answer = await store.followUps.move(move)
    expect(answer).toMatchObject({ moved: true, step: { id: first, state: 'made', ...change } })
    expect(await store.followUps.move(move)).toEqual({ moved: false, step: answer.step })
    expect(await store.followUps.move({ ...move, from: ['making', 'failed'] })).toEqual({ moved: false, step: answer.step })
    expect(await told()).toEqual(['Two calls are planned.', 'A task was made.'])
    expect((await store.followUps.facts(first))?.step).toEqual(answer.step)
    expect(await counters()).toMatchObject({ planned: 2, waiting: 1, made: 1, tasks: 1 })
  })

  it('changes fields of one that stays where it is, once', async () => {
    const [first] = await follow(store, jane)
    const move = { id: first, from: ['waiting' as const], to: 'waiting' as const, change: { fireAt: 5 }, say: 'Later.' }
    expect(await store.followUps.move(move)).toMatchObject({ moved: true, step: { state: 'waiting', fireAt: 5 } })
    expect(await store.followUps.move(move)).toMatchObject({ moved: false, step: { state: 'waiting', fireAt: 5 } })
    expect(await told()).toHaveLength(2)
  })

  it.each([
    { due: 'after the promised time', dueAt: NoonMs + 60 * HourMs, slaAt: NoonMs + 60 * HourMs },
    { due: 'before it', dueAt: NoonMs + HourMs, slaAt: NoonMs + 24 * HourMs },
  ])('that is due $due is late no sooner than it is due', async ({ dueAt, slaAt }) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'making')
    const change = { task: Task, dueAt }
    const { step } = await store.followUps.move({ id: first, from: ['making'], to: 'made', change })
    expect([step?.slaAt, await store.redis.zscore('{leadsync}:sla', first)]).toEqual([slaAt, String(slaAt)])
    expect(await counters()).toMatchObject({ madeInTime: 1, madeLate: 0 })
  })

  it('counts each task once, in time or late', async () => {
    const steps = await follow(store, jane, { steps: [{ slaAt: NoonMs }, { slaAt: NoonMs - 1 }, {}] })
    for (const step of steps) {
      await bring(store.followUps, step, 'withdrawn')
      await store.followUps.move({ id: step, from: ['withdrawn'], to: 'made' })
    }
    expect(await counters()).toMatchObject({ tasks: 3, madeInTime: 1, madeLate: 1, made: 3, withdrawn: 0 })
  })

  it.each(StepStates)('counts one that is %s there and nowhere else', async (state) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, state)
    expect(await stateOf(store.followUps, first)).toBe(state)
    const all = await counters()
    expect(all[state]).toBe(state === 'waiting' ? 2 : 1)
    expect(StepStates.reduce((sum, one) => sum + all[one], 0)).toBe(all.planned)
  })
})

describe('recalling a step', () => {
  const Table: Readonly<Record<StepState, readonly [string, StepState]>> = {
    waiting: ['nothing', 'cancelled'],
    due: ['nothing', 'cancelled'],
    failed: ['nothing', 'cancelled'],
    making: ['making', 'making'],
    made: ['withdraw', 'withdrawing'],
    withdrawing: ['withdraw', 'withdrawing'],
    worked: ['nothing', 'worked'],
    withdrawn: ['nothing', 'withdrawn'],
    kept: ['nothing', 'kept'],
    cancelled: ['nothing', 'cancelled'],
  }

  it.each(StepStates)('that is %s does what is right, however often it is asked, and tells it once', async (state) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, state)
    const before = (await told()).length
    const [answer, now] = Table[state]
    for (const followUps of [store.followUps, other.followUps]) {
      expect(await followUps.recall(first, 'They said no.')).toBe(answer === 'nothing' ? 'nothing' : answer)
    }
    const step = (await store.followUps.facts(first))?.step
    expect(step?.state).toBe(now)
    expect((await told()).length - before).toBe(state === now && state !== 'making' ? 0 : 1)
    if (state !== now) expect([step?.reason, step?.recall]).toEqual(['They said no.', null])
    if (state === 'making') expect([step?.reason, step?.recall]).toEqual([null, 'They said no.'])
  })

  it('that is being made is carried out when it is there, without being told again', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'making')
    await store.followUps.recall(first, 'They said no.')
    const { step } = await store.followUps.move({ id: first, from: ['making'], to: 'made', change: { task: Task } })
    expect(step).toMatchObject({ state: 'made', recall: 'They said no.' })
    const before = (await told()).length
    expect(await store.followUps.recall(first, 'They said no.')).toBe('withdraw')
    expect((await told()).length).toBe(before)
    expect((await store.followUps.facts(first))?.step).toMatchObject({ reason: 'They said no.', recall: null })
  })

  it('that failed to be withdrawn has its task withdrawn', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'withdrawing')
    await store.followUps.move({ id: first, from: ['withdrawing'], to: 'failed' })
    expect(await store.followUps.recall(first, 'They said no.')).toBe('withdraw')
  })
})

describe('whose turn it is', () => {
  const people = (lead: number) => makeLead({ id: `lead ${lead}`, person: { email: `person-${lead}@contoso.com` } })

  it('goes round by one lead each, fair across processes', async () => {
    const steps = []
    for (let n = 0; n < 30; n += 1) steps.push((await follow(store, people(n)))[0])
    const owners = ['ann', 'bob', 'cid']
    const answers = await Promise.all(
      steps.map((step, n) => (n % 2 === 0 ? store : other).followUps.turnOf({ step, key: 'sales', owners, able: owners })),
    )
    for (const owner of owners) expect(answers.filter((one) => one === owner)).toHaveLength(10)
    expect(await Promise.all(steps.map((step) => other.followUps.turnOf({ step, key: 'sales', owners, able: owners })))).toEqual(
      answers,
    )
  })

  it('goes on after the last one by name, from the start where that one is gone, and by each key', async () => {
    const turn = async (n: number, owners: readonly string[], key = 'sales') =>
      await store.followUps.turnOf({ step: (await follow(store, people(n)))[0], key, owners, able: owners })
    expect(await turn(1, ['ann', 'bob', 'cid'])).toBe('ann')
    expect(await turn(2, ['bob', 'cid', 'ann'])).toBe('bob')
    expect(await turn(3, ['bob', 'cid', 'ann'])).toBe('cid')
    expect(await turn(4, ['ann', 'bob'])).toBe('ann')
    expect(await turn(5, ['ann', 'bob'], 'presales')).toBe('ann')
    expect(await turn(6, ['ann', 'bob'])).toBe('bob')
  })

  it('is the same for the lead as long as that owner is among them', async () => {
    const [first, second = ''] = await follow(store, jane)
    const [johns] = await follow(store, john)
    expect(await store.followUps.turnOf({ step: first, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('ann')
    expect(await store.followUps.turnOf({ step: johns, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('bob')
    expect(await store.followUps.turnOf({ step: second, key: 'other', owners: ['bob', 'ann'], able: ['bob', 'ann'] })).toBe('ann')
    expect(await store.followUps.turnOf({ step: second, key: 'sales', owners: ['bob', 'cid'], able: ['bob', 'cid'] })).toBe('cid')
    expect(await store.followUps.turnOf({ step: second, key: 'sales', owners: ['ann', 'cid'], able: ['ann', 'cid'] })).toBe('cid')
  })

  it('is the same for the lead also when another lead of its contact has somebody else meanwhile', async () => {
    const [first] = await follow(store, jane)
    const [again] = await follow(store, janeAgain)
    expect(await store.followUps.turnOf({ step: first, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('ann')
    expect(await store.followUps.turnOf({ step: again, key: 'sales', owners: ['bob'], able: ['bob'] })).toBe('bob')
    expect(await store.followUps.turnOf({ step: first, key: 'sales', owners: ['bob', 'ann'], able: ['bob', 'ann'] })).toBe('ann')
  })

  it('is nobody’s where the lead or the contact has somebody already', async () => {
    const [first, second = ''] = await follow(store, jane)
    await store.followUps.move({ id: first, from: ['waiting'], to: 'making', change: { owner: 'bob' } })
    expect(await store.followUps.turnOf({ step: second, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('bob')
    await store.followUps.move({ id: first, from: ['making'], to: 'made', change: { task: Task } })
    const [again] = await follow(store, janeAgain)
    expect(await store.followUps.turnOf({ step: again, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('bob')
    const [johns] = await follow(store, john)
    expect(await store.followUps.turnOf({ step: johns, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })).toBe('ann')
  })
})

describe('the promise that somebody begins in time', () => {
  const slaAt = NoonMs + 24 * HourMs
  const due = (now: number, most = 10, withinMs = 0) => readDueSoon(store.scripts, { now, withinMs, most })

  it('is listed while it is open, the soonest first, and no more than asked for', async () => {
    const [first] = await follow(store, jane)
    const [johns] = await follow(store, john, { steps: [{ slaAt: slaAt - HourMs }] })
    expect(await due(slaAt - HourMs - 1)).toEqual([])
    expect(await due(slaAt)).toEqual([
      { step: johns, crm: Crm, slaAt: slaAt - HourMs, state: 'waiting', missed: false },
      { step: first, crm: Crm, slaAt, state: 'waiting', missed: false },
    ])
    expect(await due(slaAt - 2 * HourMs, 1, 2 * HourMs)).toMatchObject([{ step: johns }])
    expect(await due(slaAt - HourMs, 10, HourMs - 1)).toMatchObject([{ step: johns }])
  })

  it('that can still be kept is listed however many are over', async () => {
    const [first] = await follow(store, jane)
    await follow(store, john, { steps: [{ slaAt: slaAt - 2 * HourMs }, { slaAt: slaAt - HourMs }] })
    const listed = await due(slaAt - 1, 1, HourMs)
    expect(listed.map(({ step, slaAt: at }) => [step === first, at])).toEqual([
      [false, slaAt - HourMs],
      [true, slaAt],
    ])
  })

  it.each([
    ['worked', 'worked before its time', 0, { workedInTime: 1, workedLate: 0, missed: 0, notMade: 0 }],
    ['worked', 'worked at the look that comes with its time', 24 * HourMs + 2_000, { workedInTime: 1, workedLate: 0 }],
    ['worked', 'worked and first seen long after', 30 * HourMs, { workedInTime: 0, workedLate: 1 }],
    ['missed', 'missed', 24 * HourMs, { missed: 1, notMade: 0, workedInTime: 0, workedLate: 0 }],
    ['late', 'not even made', 24 * HourMs, { missed: 1, notMade: 1 }],
  ] as const)('is judged once, as %s: %s', async (verdict, _, after, counted) => {
    const [first, second = ''] = await follow(store, jane)
    await bring(store.followUps, first, 'made')
    store.clock.ms = NoonMs + after
    expect(await store.followUps.judge(first, verdict)).toBe(true)
    expect(await other.followUps.judge(first, verdict)).toBe(false)
    expect(await store.followUps.judge(second, verdict)).toBe(false)
    expect(await counters()).toMatchObject(counted)
    expect((await due(slaAt)).map(({ missed }) => missed)).toEqual(verdict === 'worked' ? [] : [true])
  })

  it('that was missed is kept late when somebody works on it after all', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'made')
    store.clock.ms = slaAt
    await store.followUps.judge(first, 'missed')
    store.clock.ms = slaAt + 1_000
    expect(await store.followUps.judge(first, 'worked')).toBe(true)
    expect(await store.followUps.judge(first, 'missed')).toBe(false)
    expect(await counters()).toMatchObject({ missed: 1, workedLate: 1, workedInTime: 0 })
    expect(await due(slaAt)).toEqual([])
  })

  it.each(['worked', 'withdrawing', 'withdrawn', 'kept', 'cancelled'] as const)('is over when its step is %s', async (state) => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, state)
    expect(await due(slaAt)).toEqual([])
    expect(await store.followUps.judge(first, 'missed')).toBe(false)
    expect(await counters()).toMatchObject({ missed: 0 })
  })

  it('that was missed is shown for a week', async () => {
    const [first] = await follow(store, jane)
    store.clock.ms = slaAt
    await store.followUps.judge(first, 'late')
    const week = 7 * 24 * HourMs
    expect(await due(slaAt + week)).toMatchObject([{ step: first, missed: true }])
    expect(await due(slaAt + week + 1)).toEqual([])
    store.clock.ms = slaAt + week + 1
    await follow(store, john)
    expect(await store.redis.zscore('{leadsync}:sla', first)).toBeNull()
  })
})
