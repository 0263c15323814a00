import { describe, expect, it } from 'vitest'
import { FollowUpNames } from '../../src/core/follow-ups/names.ts'
import { type TaskTextInput, taskText } from '../../src/core/follow-ups/task-text.ts'
import { Unqualified } from '../../src/core/qualify.ts'
import { makeStep, plannedStep, planOfLead, template } from '../kit/follow-up-rules.ts'
import { hours, makeLead, Noon } from '../kit/made-lead.ts'
import { no } from './deciding.ts'

const lead = makeLead({
  action: 'PLT',
  offer: { title: 'Contoso Analytics' },
  notes: 'Call me',
  campaign: { mktcmpid: 'spring' },
})

function textOf(body: string, parts: Partial<TaskTextInput> = {}, subject = 'S') {
  return taskText({
    lead,
    plan: planOfLead(lead),
    step: plannedStep('2'),
    set: makeStep('2', { subject: template(subject), body: template(body) }),
    qualification: Unqualified,
    touches: [],
    suppression: [],
    dueAt: Date.parse(Noon),
    timeZone: 'America/Los_Angeles',
    owner: null,
    ...parts,
  })
}

function bodyOf(body: string, parts: Partial<TaskTextInput> = {}): string {
  return textOf(body, parts).body
}

const touch = (n: number) => ({ at: hours(-24 * n), action: 'INS', offer: n === 1 ? null : 'contoso.other' })

describe('what a task says', () => {
  const values: Readonly<Record<(typeof FollowUpNames)[number], string>> = {
    did: 'asked to be contacted',
    offerName: 'Contoso Analytics',
    campaignName: 'spring',
    earlier: '2026-11-22: got the product\n2026-11-21: got the product (contoso.other)',
    earlierCount: '2',
    optOuts: 'The customer is not to be written to: so says an opt-out in hubspot since 2026-11-20.',
    attempt: '2',
    attempts: '2',
    dueText: 'Mon 23 Nov 2026, 04:00 (America/Los_Angeles)',
    ownerName: 'ann',
  }
  it.each(FollowUpNames)('names %s', (name) => {
    const suppression = [no({ source: 'crm', crm: 'hubspot', channel: 'email', offer: null })]
    expect(bodyOf(`{{ ${name} }}`, { touches: [touch(1), touch(2)], suppression, owner: 'ann' })).toBe(values[name])
  })

  it.each(FollowUpNames)('is blank, or a number, where there is nothing to say of %s', (name) => {
    const bare = makeLead({ action: null, offer: { publisherId: null, offerId: null } })
    const said = bodyOf(`{{ ${name} }}`, { lead: bare, plan: planOfLead(bare) })
    const expected: Partial<Record<string, string>> = { did: 'showed interest', earlierCount: '0', attempt: '2', attempts: '2' }
    expect(said).toBe(name === 'dueText' ? values.dueText : (expected[name] ?? ''))
  })

  it.each([
    ['INS', 'got the product'],
    ['PLT', 'asked to be contacted'],
    ['create', 'deployed the product'],
    ['StartTestDrive', 'started a test drive'],
    ['DNC', 'was not to be contacted'],
    ['XYZ', 'showed interest (XYZ)'],
  ])('names what the customer did: %s', (action, did) => {
    const other = makeLead({ action })
    expect(bodyOf('{{ did }}', { lead: other })).toBe(did)
  })

  it('names an offer without a title by its id, and a campaign by what there is', () => {
    const bare = makeLead({ campaign: { utm_campaign: 'autumn', campaigns: 'old' } })
    expect(bodyOf('{{ offerName }} {{ campaignName }}', { lead: bare })).toBe('analytics autumn')
    expect(bodyOf('{{ campaignName }}', { lead: makeLead({ campaign: { campaigns: 'old' } }) })).toBe('old')
  })

  it('lists the ten newest earlier touches and counts all', () => {
    const touches = Array.from({ length: 15 }, (_, n) => touch(n + 1))
    expect(bodyOf('{{ earlier }}', { touches }).split('\n')).toHaveLength(10)
    expect(bodyOf('{{ earlierCount }}', { touches })).toBe('15')
  })

  it('counts the attempts of its own rule', () => {
    const steps = [plannedStep('1'), plannedStep('x', { id: 'KEY.other.x', rule: 'other' }), plannedStep('2'), plannedStep('3')]
    expect(bodyOf('{{ attempt }} of {{ attempts }}', { plan: planOfLead(lead, { steps }) })).toBe('2 of 3')
  })

  it('says when it is due on the clock of its owner, either side of a change of clocks', () => {
    const dueAt = Date.parse('2026-11-01T07:30:00Z')
    expect(bodyOf('{{ dueText }}', { dueAt })).toBe('Sun 1 Nov 2026, 00:30 (America/Los_Angeles)')
    expect(bodyOf('{{ dueText }}', { dueAt: dueAt + 3_600_000 * 3 })).toBe('Sun 1 Nov 2026, 02:30 (America/Los_Angeles)')
    expect(bodyOf('{{ dueText }}', { dueAt, timeZone: 'Pacific/Auckland' })).toBe('Sun 1 Nov 2026, 20:30 (Pacific/Auckland)')
  })

  it('says a no about another offer by its name, so that nobody takes it for this one', () => {
    expect(bodyOf('{{ optOuts }}', { suppression: [no({ offer: 'contoso.crm' })] })).toBe(
      'The customer is not to be contacted about contoso.crm: so says the marketplace since 2026-11-20.',
    )
  })

  it('may name the lead’s own parts and its qualification', () => {
    const qualification = { ...Unqualified, score: 7, reasons: ['a', 'b'] }
    expect(bodyOf('{{ person.email }} {{ notes }} {{ contactId }} {{ score }} {{ scoreReasons }}', { qualification })).toBe(
      'jane@contoso.com Call me a contact 7 a; b',
    )
  })

  it('has a subject where its template leaves none', () => {
    expect(textOf('', {}, '  {{ person.phone }} ').subject).toBe('Follow up')
    expect(textOf('', {}, ' {{ offerName }} ').subject).toBe('Contoso Analytics')
  })

  it('takes nothing that a customer wrote for a template, and keeps it to itself', () => {
    const notes = '{{ person.email }} {% raw %} \u0000\u001b[31m </p>\r\n\u202e end'
    expect(bodyOf('{{ notes }}', { lead: makeLead({ notes }) })).toBe(notes.trim())
  })

  it('does not remember what one template wrote for the other', () => {
    const counting = '{% increment attempt %}{% assign did = "x" %}{{ attempt }}{{ did }}'
    expect(textOf('{{ attempt }} {{ did }}', {}, counting).body).toBe('2 asked to be contacted')
  })

  it('is an error where a template fails for this lead', () => {
    expect(() => textOf('{% for i in (1..raw.n) %}x{% endfor %}', { lead: makeLead({ raw: { n: 1e12 } }) })).toThrow()
  })
})
