import { describe, expect, it } from 'vitest'
import { leadKey, StepStates } from '../../src/core/index.ts'
import { emailAlias } from '../../src/store/aliases.ts'
import { CrmRename } from '../../src/store/crm-rename.ts'
import { planOf, plansOf, readDueSoon, readFollowUps } from '../../src/store/follow-up-lookup.ts'
import { PersonToForget } from '../../src/store/forget.ts'
import { bring, follow, HourMs, makePlan, NoLimits, NoonMs, stateOf } from '../kit/follow-up-plans.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
  store.clock.ms = NoonMs
})

const phone = '+16175550123'
const byEmail = makeLead({ id: 'by-email', person: { email: 'jane@contoso.com' } })
const byPhone = makeLead({ id: 'by-phone', person: { phone, lastName: 'Doe' }, occurredAt: hours(-1) })
const byBoth = makeLead({ id: 'by-both', person: { email: 'jane@contoso.com', phone, lastName: 'Doe' } })
const john = makeLead({ id: 'john', person: { email: 'john@contoso.com' } })

async function countersOf(crm: string) {
  const all = (await readFollowUps(store.scripts, [crm]))[crm] ?? expect.unreachable()
  expect(StepStates.reduce((sum, state) => sum + all[state], 0)).toBe(all.planned)
  return all
}

describe('the follow-ups of two contacts that are joined', () => {
  it('are the survivor’s, whichever way they are asked for', async () => {
    const [ofPhone] = await follow(store, byPhone)
    const [ofEmail] = await follow(store, byEmail)
    const from = await store.contactOf(byPhone)
    await store.enter(byBoth)
    const into = await store.contactOf(byEmail)
    for (const id of [from, into]) {
      const plans = await plansOf(store.scripts, id)
      expect(plans.map(({ contactId, steps }) => [contactId, steps[0]?.id])).toEqual([
        [into, ofEmail],
        [into, ofPhone],
      ])
    }
    expect(await store.followUps.facts(ofPhone)).toMatchObject({
      plan: { contactId: into },
      others: [{ contactId: into, lead: leadKey(byEmail.id) }],
    })
    expect(await store.redis.exists(...['plans', 'made'].map((kind) => `{leadsync}:${kind}:${from}`))).toBe(0)
  })

  it('count together for gap and maximum', async () => {
    const [ofPhone, later = ''] = await follow(store, byPhone)
    const [ofEmail] = await follow(store, byEmail)
    await store.followUps.handOver(ofPhone, NoLimits)
    store.clock.ms = NoonMs + HourMs
    await bring(store.followUps, ofEmail, 'made')
    await store.enter(byBoth)
    const gap = { minGapMs: 2 * HourMs, most: { count: 9, withinMs: 24 * HourMs } }
    expect(await store.followUps.handOver(later, gap)).toEqual({ kind: 'gap', until: NoonMs + 3 * HourMs })
    const most = { minGapMs: 0, most: { count: 2, withinMs: 24 * HourMs } }
    expect(await store.followUps.handOver(later, most)).toEqual({ kind: 'most' })
    await store.followUps.recall(ofPhone, 'No.')
    expect(await store.followUps.handOver(later, most)).toEqual({ kind: 'due' })
  })

  it.each([
    [[byPhone, byEmail], 'bob'],
    [[byPhone], 'ann'],
  ])('go to who had the survivor, else the other one (%#)', async (leads, owner) => {
    await store.enter(byEmail)
    for (const lead of leads) {
      const [step] = await follow(store, lead)
      await store.followUps.turnOf({ step, key: 'sales', owners: ['ann', 'bob'], able: ['ann', 'bob'] })
    }
    await store.enter(byBoth)
    const [step] = await follow(store, byBoth)
    expect(await store.followUps.turnOf({ step, key: 'sales', owners: ['cid', 'bob', 'ann'], able: ['cid', 'bob', 'ann'] })).toBe(
      owner,
    )
  })

  it('are planned and told under the survivor when the plan names the one that is gone', async () => {
    await store.enter(byPhone)
    const plan = await makePlan(store, byPhone)
    await store.enter(byEmail)
    await store.enter(byBoth)
    await store.followUps.plan(plan, 'Planned.')
    expect(await plansOf(store.scripts, await store.contactOf(byEmail))).toHaveLength(1)
    expect(await store.redis.keys(`{leadsync}:*:${plan.contactId}`)).toEqual([`{leadsync}:contact:${plan.contactId}`])
  })
})

describe('somebody who is forgotten', () => {
  const alias = emailAlias('jane@contoso.com', 'a secret')

  async function forget(until = Number.POSITIVE_INFINITY) {
    const person = new PersonToForget(store.scripts, alias, { secret: 'a secret', retention: Keep, now: () => NoonMs + HourMs })
    const detached = await person.detach((await person.begin()).contacts)
    const leads = await person.leads(detached?.traces ?? expect.unreachable(), until, () => false)
    for (const key of leads) await person.forgetLead(key, null, [Crm])
    const noted = await person.noted()
    await person.end()
    return noted
  }

  it('has the tasks named before anything is done, too', async () => {
    const [first] = await follow(store, byEmail)
    await bring(store.followUps, first, 'made')
    const person = new PersonToForget(store.scripts, alias, { secret: 'a secret', retention: Keep, now: () => NoonMs + HourMs })
    expect((await person.look()).records).toContainEqual({ crm: Crm, record: 'task/77' })
    expect(await stateOf(store.followUps, first)).toBe('made')
  })

  it('leaves nothing of a follow-up but counters that add up, and the tasks are named', async () => {
    await follow(store, byPhone, { steps: StepStates.map(() => ({ slaAt: NoonMs + HourMs })) })
    const ids = (await planOf(store.scripts, leadKey(byPhone.id)))?.steps.map(({ id }) => id) ?? []
    for (const [n, state] of StepStates.entries()) await bring(store.followUps, String(ids[n]), state)
    await store.enter(byEmail)
    await store.enter(byBoth)
    const [johns] = await follow(store, john)
    const before = await store.followUps.facts(johns)
    const noted = await forget()
    expect(noted.records).toContainEqual({ crm: Crm, record: 'task/77' })
    expect(noted.leads).toContain(leadKey(byPhone.id))
    const left = (await store.redis.keys('*')).filter((key) => /plan|made|reviews|review/.test(key))
    const johnsContact = await store.contactOf(john)
    expect(left.filter((key) => !key.includes('review-mark')).sort()).toEqual(
      [`plan:${leadKey(john.id)}`, `plans-by:${emailAlias('john@contoso.com', 'a secret')}`, `plans:${johnsContact}`].map(
        (key) => `{leadsync}:${key}`,
      ),
    )
    expect(await store.redis.zrange('{leadsync}:sla', '0', '-1')).toEqual([johns])
    expect(await countersOf(Crm)).toMatchObject({
      planned: StepStates.length + 2,
      cancelled: 6,
      made: 1,
      worked: 1,
      waiting: 2,
      withdrawing: 0,
      failed: 0,
    })
    expect(await store.followUps.facts(johns)).toEqual(before)
  })

  it('has no step that goes on while the contact is gone and the leads are not yet', async () => {
    const [first, second = ''] = await follow(store, byEmail)
    await bring(store.followUps, second, 'made')
    const person = new PersonToForget(store.scripts, alias, { secret: 'a secret', retention: Keep, now: () => NoonMs })
    await person.detach((await person.begin()).contacts)
    const keys = (await store.redis.keys('*')).sort()
    expect(await store.followUps.handOver(first, NoLimits)).toEqual({ kind: 'done' })
    expect(await store.followUps.move({ id: first, from: ['waiting'], to: 'made', say: 'Made.' })).toMatchObject({ moved: false })
    expect(await store.followUps.recall(second, 'No.')).toBe('nothing')
    expect(await store.followUps.plan(await makePlan(store, byEmail), 'Planned.')).toEqual([])
    expect((await store.redis.keys('*')).sort()).toEqual(keys)
  })

  it('is not followed up for what came before, also when there is the same contact again', async () => {
    await store.enter(byEmail)
    const plan = await makePlan(store, byEmail)
    await forget(NoonMs + HourMs)
    await store.enter(makeLead({ id: 'new', occurredAt: hours(2), receivedAt: hours(2) }))
    expect(await store.contactOf(makeLead({ id: 'new' }))).toBe(plan.contactId)
    expect(await store.followUps.plan(plan, 'Planned.')).toEqual([])
    expect(await planOf(store.scripts, plan.lead)).toBeNull()
  })
})

describe('a CRM that gets another name', () => {
  async function rename() {
    const crms = new CrmRename(store.scripts)
    await crms.moveCrm(Crm, 'first')
    const moved = await crms.moveLeads(Crm, 'first')
    await crms.moveContacts(Crm, 'first')
    return moved
  }

  it('keeps its follow-ups with their counters, and none of another one', async () => {
    const [first] = await follow(store, byEmail)
    const [theirs] = await follow(store, john, { crm: `${Crm}-emea` })
    await bring(store.followUps, first, 'made')
    const before = await countersOf(Crm)
    await rename()
    await rename()
    expect(await countersOf('first')).toEqual(before)
    expect(await countersOf(Crm)).toMatchObject({ planned: 0, made: 0, waiting: 0 })
    expect((await store.followUps.facts(first))?.plan.crm).toBe('first')
    expect((await store.followUps.facts(theirs))?.plan.crm).toBe(`${Crm}-emea`)
    await bring(store.followUps, first, 'worked')
    await store.followUps.recall(first, 'No.')
    expect(await countersOf('first')).toMatchObject({ planned: 2, tasks: 1, waiting: 1 })
    expect((await readDueSoon(store.scripts, { now: NoonMs, withinMs: 24 * HourMs, most: 9 })).map(({ crm }) => crm)).toEqual([
      `${Crm}-emea`,
    ])
  })

  it('is still the one that has the follow-ups of a lead that is not written yet, and tells nothing twice', async () => {
    const route = [{ name: Crm, wants: 'yes' as const }]
    await store.register.admit(arriving(byEmail, { route, followUpCrm: Crm }))
    const key = leadKey(byEmail.id)
    await store.followUps.noPlan(key, await store.contactOf(byEmail), Crm, 'Too old.')
    expect(await rename()).toBe(1)
    expect(await store.ledger.claim('first', key, 'a')).toMatchObject({ claim: { followUp: 'here' } })
    const history = `{leadsync}:timeline:${await store.contactOf(byEmail)}`
    const before = await store.redis.llen(history)
    await store.followUps.noPlan(key, await store.contactOf(byEmail), 'first', 'Too old.')
    expect(await store.redis.llen(history)).toBe(before)
  })
})

describe('what is kept of a follow-up', () => {
  const stored = {
    outcome: 'delivered',
    result: 'created',
    record: null,
    dropped: [],
    rule: 'nobody-matched',
    reason: null,
  } as const

  /** In days; -1: for ever. */
  async function kept(key: string): Promise<number> {
    const seconds = await store.redis.ttl(`{leadsync}:${key}`)
    return seconds < 0 ? seconds : Math.ceil(seconds / 86_400)
  }

  it('stays with its lead, entry and body while a step is still to be made, and ages out from then on', async () => {
    const route = [{ name: Crm, wants: 'yes' as const }]
    // Without an alias the contact would go with its lead.
    const nameless = makeLead({ id: 'nameless', person: { lastName: 'Doe', company: 'Contoso', phoneRaw: '12' } })
    for (const lead of [byEmail, nameless]) {
      const key = leadKey(lead.id)
      await store.register.admit(arriving(lead, { route, followUpCrm: Crm }))
      const plan = await makePlan(store, lead)
      await store.followUps.plan(plan, 'Planned.')
      await store.ledger.settle(Crm, key, stored)
      const [first = '', second = ''] = plan.steps.map(({ id }) => id)
      const ages = () => Promise.all([`plan:${key}`, `lead:${key}`, `body:${key}`, `contact:${plan.contactId}`].map(kept))
      expect(await ages()).toEqual([-1, -1, -1, -1])
      await bring(store.followUps, first, 'made')
      expect(await ages()).toEqual([-1, -1, -1, -1])
      await bring(store.followUps, second, 'cancelled')
      expect(await ages()).toEqual([Keep.ledgerDays, Keep.ledgerDays, Keep.bodyDays, lead === nameless ? Keep.ledgerDays : -1])
      expect(await Promise.all(['plans', 'made'].map((kind) => kept(`${kind}:${plan.contactId}`)))).toEqual([400, 400])
      await store.redis.expire(`{leadsync}:lead:${key}`, 86_400)
      await store.redis.expire(`{leadsync}:body:${key}`, 86_400)
      await store.followUps.recall(first, 'No.')
      expect(await ages()).toEqual([-1, Keep.ledgerDays, 1, -1])
      await store.followUps.move({ id: first, from: ['withdrawing'], to: 'withdrawn' })
      expect((await ages()).slice(0, 3)).toEqual([Keep.ledgerDays, Keep.ledgerDays, 1])
    }
  })

  it('is found by what is said of the contact for as long as the task that was made last', async () => {
    const [first] = await follow(store, byEmail)
    const index = `plans-by:${emailAlias('jane@contoso.com', 'a secret')}`
    await store.redis.expire(`{leadsync}:${index}`, 86_400)
    await bring(store.followUps, first, 'made')
    expect(await kept(index)).toBe(Keep.ledgerDays)
  })

  it('never lets a lead age out whose other delivery waits', async () => {
    const route = [Crm, 'dynamics'].map((name) => ({ name, wants: 'yes' as const }))
    await store.register.admit(arriving(byEmail, { route, followUpCrm: Crm }))
    const plan = await makePlan(store, byEmail, { steps: [{}] })
    await store.followUps.plan(plan, 'Planned.')
    await store.ledger.settle(Crm, plan.lead, stored)
    await store.followUps.recall(String(plan.steps[0]?.id), 'No.')
    expect([await kept(`lead:${plan.lead}`), await kept(`body:${plan.lead}`)]).toEqual([-1, -1])
    await store.ledger.settle('dynamics', plan.lead, stored)
    expect([await kept(`lead:${plan.lead}`), await kept(`body:${plan.lead}`)]).toEqual([Keep.ledgerDays, Keep.bodyDays])
  })

  it('is nothing at all for a lead that nobody follows up', async () => {
    await store.register.admit(arriving(byBoth, { route: [{ name: Crm, wants: 'yes' }] }))
    await store.ledger.settle(Crm, leadKey(byBoth.id), stored)
    expect((await store.redis.keys('*')).filter((key) => /plan|made|sla|rotations|review/.test(key))).toEqual([])
    expect(Object.keys(await store.redis.hgetall('{leadsync}:counters')).filter((name) => name.includes('followUps'))).toEqual([])
    expect(await stateOf(store.followUps, `${leadKey(byBoth.id)}.sales.1`)).toBeNull()
  })
})
