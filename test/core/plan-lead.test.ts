import { describe, expect, it } from 'vitest'
import { type PlanInput, planLead } from '../../src/core/follow-ups/plan-lead.ts'
import { leadKey } from '../../src/core/lead-id.ts'
import { NoQualification } from '../../src/core/qualify.ts'
import { makeFollowUps, makeRule, makeStep } from '../kit/follow-up-rules.ts'
import { hours, makeLead } from '../kit/made-lead.ts'

const HourMs = 3_600_000
const now = Date.parse(hours(1))
const record = { object: 'contact', id: '7' }
const cold = { ...NoQualification, rules: [{ when: {}, score: 0, reason: 'cold', followUp: false }] }

function plan(parts: Partial<PlanInput> = {}) {
  const rules = makeFollowUps()
  const common = {
    crm: 'hubspot',
    contactId: 'a contact',
    record,
    rule: 'nobody-matched',
    rules,
    qualification: NoQualification,
    now,
  } as const
  return planLead({ lead: makeLead(), ...common, ...parts })
}

function stepsOf(planned: ReturnType<typeof plan>) {
  return planned.kind === 'plan' ? planned.plan.steps : []
}

describe('a lead that is followed up', () => {
  it('has a plan that names the lead, its record, offer and action, and nobody', () => {
    const lead = makeLead({ person: { email: 'jane@contoso.com', firstName: 'Jane' }, occurredAt: hours(-2) })
    const planned = plan({ lead })
    expect(planned).toMatchObject({
      kind: 'plan',
      say: 'It is to be followed up by sales (2 tasks).',
      plan: { lead: leadKey(lead.id), crm: 'hubspot', contactId: 'a contact', occurredAt: Date.parse(hours(-2)), plannedAt: now },
    })
    expect(planned).toMatchObject({ plan: { action: 'INS', offer: lead.offer, record, ontoClosed: false } })
    expect(JSON.stringify(planned)).not.toMatch(/jane/i)
  })

  it('has each step at its time from the planning, and the promise, from its own time, on the first of each rule', () => {
    const later = makeRule({ name: 'later', steps: [makeStep('b', { afterMs: HourMs / 2, type: 'email' })] })
    const steps = stepsOf(
      plan({ lead: makeLead({ occurredAt: hours(-5) }), rules: makeFollowUps({ rules: [makeRule(), later] }) }),
    )
    const key = leadKey('lead-1')
    expect(steps.map(({ id, type, fireAt, slaAt }) => [id, type, (fireAt - now) / HourMs, slaAt])).toEqual([
      [`${key}.sales.1`, 'call', 0, Date.parse(hours(19))],
      [`${key}.later.b`, 'email', 0.5, Date.parse(hours(19))],
      [`${key}.sales.2`, 'call', 1, null],
    ])
    for (const step of steps)
      expect(step).toMatchObject({ state: 'waiting', task: null, madeAt: null, owner: null, recall: null })
  })

  it('says which rules it is followed up by', () => {
    const rules = makeFollowUps({ rules: [makeRule(), makeRule({ name: 'trial', steps: [makeStep('1')] })] })
    expect(plan({ rules })).toMatchObject({ say: 'It is to be followed up by sales (2 tasks) and trial (1 task).' })
  })

  it('tells that its record had been closed before', () => {
    expect(plan({ rule: 'onto-closed' })).toMatchObject({ plan: { ontoClosed: true } })
  })

  it('may be exactly as old as the oldest', () => {
    expect(plan({ lead: makeLead({ occurredAt: hours(-71) }) }).kind).toBe('plan')
  })
})

describe('a lead that is not', () => {
  const Dnc = 'A do-not-contact is no reason to contact anybody.'
  const Old = 'The lead is 72 hours old, and one of more than 72 hours is not followed up any more (maxLeadAgeHours).'
  it.each<[string, Partial<PlanInput>, string]>([
    ['is a do-not-contact', { lead: makeLead({ action: 'DNC' }) }, Dnc],
    ['is a do-not-contact, whatever else', { lead: makeLead({ action: 'dnc', tags: ['noFollowUp'] }), record: null }, Dnc],
    ['says so', { lead: makeLead({ tags: ['a', 'NOFOLLOWUP'] }) }, 'The lead says that nobody is to follow it up (noFollowUp).'],
    ['has no record', { record: null }, 'The CRM has no record to follow up.'],
    ['came before sales closed it', { rule: 'before-closed' }, 'Sales closed the record after this lead.'],
    ['is not worth it', { qualification: cold }, 'By its qualification nobody is to follow it up.'],
    ['is a millisecond too old', { lead: makeLead({ occurredAt: hours(-71) }), now: now + 1 }, Old],
    ['is of no rule', { rules: makeFollowUps({ rules: [] }) }, 'No rule of followUps is about this lead.'],
  ])('because it %s says so', (_, parts, reason) => {
    expect(plan(parts)).toEqual({ kind: 'none', reason })
  })
})
