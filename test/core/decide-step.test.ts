import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideStep, noOf, type StepInput, whyNotContact, workedReason } from '../../src/core/follow-ups/decide-step.ts'
import type { FollowUpPlan, StepState } from '../../src/core/follow-ups/plan.ts'
import { StepStates } from '../../src/core/follow-ups/plan.ts'
import { leadKey } from '../../src/core/lead-id.ts'
import { NoQualification } from '../../src/core/qualify.ts'
import { makeFollowUps, makeRule, makeStep, plannedStep, planOfLead } from '../kit/follow-up-rules.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { no } from './deciding.ts'
import { suppression } from './deciding-arbitraries.ts'

const lead = makeLead()
const now = Date.parse(hours(1))
const cold = { ...NoQualification, rules: [{ when: {}, score: 0, reason: 'cold', followUp: false }] }

/** About the second of two calls. */
function decide(parts: Partial<StepInput> & { readonly steps?: FollowUpPlan['steps'] } = {}) {
  const { steps = [plannedStep('1', { state: 'made', madeAt: now }), plannedStep('2')], ...rest } = parts
  const plan = planOfLead(lead, { steps })
  const step = steps[1] ?? expect.unreachable()
  const common = { others: [], suppression: [], rules: makeFollowUps(), qualification: NoQualification, now }
  return decideStep({ plan, step, lead, ...common, ...rest })
}

function reasonOf(decision: ReturnType<typeof decide>): string {
  return decision.kind === 'cancel' ? decision.reason : decision.kind
}

function other(id: string, at: number, state: StepState, offer: Parameters<typeof makeLead>[0] = {}): FollowUpPlan {
  const made = makeLead({ id, occurredAt: hours(at), receivedAt: hours(at), ...offer })
  return planOfLead(made, { steps: [plannedStep('1', { state }), plannedStep('2', { state: 'cancelled' })] })
}

const Superseded = 'A newer lead of this contact about the same offer is followed up instead.'

it('a step against which nothing stands is made as the configuration in force says', () => {
  const rules = makeFollowUps({ rules: [makeRule({ steps: [makeStep('1'), makeStep('2', { type: 'todo' })] })] })
  expect(decide({ rules })).toEqual({ kind: 'make', rule: rules.rules[0], step: rules.rules[0]?.steps[1], lead })
})

describe('a step is cancelled', () => {
  it.each<[string, Parameters<typeof decide>[0], string]>([
    ['its lead aged out', { lead: null }, 'The lead itself is not kept any more.'],
    [
      'its rule is gone',
      { rules: makeFollowUps({ rules: [makeRule({ name: 'other' })] }) },
      'The configuration has no rule sales for this lead any more.',
    ],
    [
      'its rule is about others now',
      { rules: makeFollowUps({ rules: [makeRule({ when: { actions: ['PLT'] } })] }) },
      'The configuration has no rule sales for this lead any more.',
    ],
    [
      'another rule is about the lead, so that otherwise is not',
      { rules: makeFollowUps({ rules: [makeRule({ when: 'otherwise' }), makeRule({ name: 'other' })] }) },
      'The configuration has no rule sales for this lead any more.',
    ],
    [
      'it is gone itself',
      { rules: makeFollowUps({ rules: [makeRule({ steps: [makeStep('1')] })] }) },
      'The rule sales has no step 2 any more.',
    ],
    ['the lead is not worth it', { qualification: cold }, 'By its qualification nobody is to follow it up.'],
    [
      'nothing was begun in time',
      { steps: [plannedStep('1', { state: 'cancelled' }), plannedStep('2')], now: Date.parse(hours(73)) },
      'The lead is 73 hours old, and one of more than 72 hours is not followed up any more (maxLeadAgeHours).',
    ],
    [
      'somebody said no',
      { suppression: [no({ offer: null })] },
      'The customer is not to be contacted: so says the marketplace since 2026-11-20.',
    ],
    [
      'somebody worked on the one before',
      { steps: [plannedStep('1', { state: 'worked', madeAt: now }), plannedStep('2')] },
      'Somebody has worked on the task of step 1.',
    ],
    ['a newer lead took over', { others: [other('newer', 1, 'waiting')] }, Superseded],
  ])('because %s', (_, parts, reason) => {
    expect(decide(parts)).toMatchObject({ kind: 'cancel', reason })
  })
})

describe('a step goes on', () => {
  it.each<[string, Parameters<typeof decide>[0]]>([
    ['however old the lead is, once a task was made', { now: Date.parse(hours(1_000)) }],
    [
      'where somebody worked on a task of another rule',
      { steps: [plannedStep('1', { rule: 'trial', state: 'worked', madeAt: now }), plannedStep('2')] },
    ],
    [
      'where it is made even if somebody worked',
      {
        steps: [plannedStep('1', { state: 'worked', madeAt: now }), plannedStep('2')],
        rules: makeFollowUps({ rules: [makeRule({ steps: [makeStep('2', { evenIfWorked: true })] })] }),
      },
    ],
    [
      'beside a newer lead, where that is allowed',
      { others: [other('newer', 1, 'waiting')], rules: makeFollowUps({ rules: [makeRule({ allowParallel: true })] }) },
    ],
    ['beside an older lead', { others: [other('older', -1, 'made')] }],
    ['beside a newer lead about another offer', { others: [other('newer', 1, 'made', { offer: { offerId: 'other' } })] }],
    ['after a no that was lifted', { suppression: [no({ since: hours(-3), liftedAt: hours(-2) })] }],
    ['after a no about another offer', { suppression: [no({ offer: 'contoso.other' })] }],
  ])('%s', (_, parts) => {
    expect(decide(parts).kind).toBe('make')
  })
})

describe('a newer lead takes over', () => {
  it.each(StepStates)('or not, when its task is %s', (state) => {
    const isOver = ['cancelled', 'withdrawing', 'withdrawn', 'failed'].includes(state)
    expect(reasonOf(decide({ others: [other('newer', 1, state)] }))).toBe(isOver ? 'make' : Superseded)
  })

  it('of two of one time exactly one', () => {
    const twin = other('twin', 0, 'waiting')
    const taken = reasonOf(decide({ others: [twin] })) === Superseded
    expect(taken).toBe(twin.lead > leadKey(lead.id))
  })

  it.each([
    ['no offer', { offer: { publisherId: null, offerId: null } }, Superseded],
    [
      'a title alone, which may be the same',
      { offer: { publisherId: null, offerId: null, title: 'Contoso Analytics' } },
      Superseded,
    ],
    ['another publisher’s offer', { offer: { publisherId: 'fabrikam' } }, 'make'],
  ])('that names %s', (_, offer, expected) => {
    expect(reasonOf(decide({ others: [other('newer', 1, 'made', offer)] }))).toBe(expected)
  })
})

describe('what stands against a way to contact somebody', () => {
  const closed = (channel: 'email' | 'phone') => no({ source: 'crm', crm: 'hubspot', channel, offer: null })
  it.each([
    ['call', [closed('phone')], 'The customer is not to be called: so says an opt-out in hubspot since 2026-11-20.'],
    ['call', [closed('email')], null],
    ['email', [closed('email')], 'The customer is not to be written to: so says an opt-out in hubspot since 2026-11-20.'],
    ['email', [closed('phone')], null],
    ['todo', [closed('phone')], null],
    ['todo', [closed('email')], null],
    [
      'todo',
      [closed('email'), closed('phone')],
      'The customer is not to be written to: so says an opt-out in hubspot since 2026-11-20. The customer is not to be called: so says an opt-out in hubspot since 2026-11-20.',
    ],
    ['todo', [no({ offer: null })], 'The customer is not to be contacted: so says the marketplace since 2026-11-20.'],
  ] as const)('for a task of type %s', (type, entries, reason) => {
    expect(whyNotContact(planOfLead(lead), { type }, entries)).toBe(reason)
  })

  it('is that it is a do-not-contact', () => {
    expect(whyNotContact(planOfLead(makeLead({ action: 'DNC' })), { type: 'call' }, [])).toBe(
      'The lead is not to be followed up.',
    )
  })

  it.each([
    [no({ source: 'admin', offer: null }), 'The customer is not to be contacted: so says an admin since 2026-11-20.'],
    [
      no({ source: 'import', channel: 'phone' }),
      'The customer is not to be called about contoso.analytics: so says an opt-out list since 2026-11-20.',
    ],
    [no(), 'The customer is not to be contacted about contoso.analytics: so says the marketplace since 2026-11-20.'],
  ])('is said without the words of whoever said it', (entry, sentence) => {
    expect(noOf({ ...entry, reason: 'jane@contoso.com wrote', liftReason: 'jane@contoso.com' })).toBe(sentence)
  })

  it('is never less when one more says no, and a call is stopped by nothing that is about e-mail', () => {
    const types = fc.constantFrom('call', 'email', 'todo')
    fc.assert(
      fc.property(suppression, suppression, types, (entries, more, type) => {
        const plan = planOfLead(lead)
        if (whyNotContact(plan, { type }, entries) !== null) {
          expect(whyNotContact(plan, { type }, [...entries, ...more])).not.toBeNull()
        }
        const mails = [...entries, ...more].filter(({ channel }) => channel === 'email')
        expect(whyNotContact(plan, { type: 'call' }, mails)).toBeNull()
        expect(String(whyNotContact(plan, { type }, entries))).not.toContain('@')
      }),
    )
  })
})

it('that somebody worked on it names the step alone', () => {
  expect(workedReason({ step: 'warm word' })).toBe('Somebody has worked on the task of step warm word.')
})
