import { describe, expect, it } from 'vitest'
import { describeConfig } from '../../src/config/describe.ts'
import type { FollowUpRules } from '../../src/core/index.ts'
import { makeLead } from '../kit/made-lead.ts'
import { Crm, loaded, problemsOf } from './fixture.ts'

const Step = '{ subject: Call, body: Now }'
const MsPerHour = 3_600_000

function followUps(text: string, files: Readonly<Record<string, string>> = {}, env: Record<string, string> = {}): FollowUpRules {
  return loaded({ 'leadsync.yaml': text, ...files }, env).leadsync.followUps
}

function problems(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  return problemsOf({ 'leadsync.yaml': text, ...files })
}

/** A section of one line for each key. */
function section(...lines: readonly string[]): string {
  return ['followUps:', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function rules(...lines: readonly string[]): string {
  return section('rules:', ...lines.map((line) => `  - ${line}`))
}

describe('without followUps', () => {
  it('nothing is followed up, by anybody, in all CRMs', () => {
    const read = followUps('log: { level: info }\n', { 'crm/b.yaml': Crm, 'crm/a.yaml': Crm })
    expect(read).toEqual({
      crms: [
        { crm: 'a', when: null },
        { crm: 'b', when: null },
      ],
      rules: [],
      maxLeadAgeMs: 72 * MsPerHour,
      slaMs: 24 * MsPerHour,
      warnMs: 4 * MsPerHour,
      minGapMs: 4 * MsPerHour,
      most: { count: 8, withinMs: 30 * 24 * MsPerHour },
      hours: { timeZone: 'UTC', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', holidays: [] },
      people: [],
      assign: { kind: 'crm' },
    })
  })

  it('is what a section that is commented out means', () => {
    expect(followUps('followUps:\n  # rules: []\n').rules).toEqual([])
    expect(followUps('followUps:\n  rules:\n  owner:\n').rules).toEqual([])
  })
})

describe('the CRM that has the tasks', () => {
  const files = { 'crm/a.yaml': Crm, 'crm/b.yaml': Crm, 'crm/off.yaml': 'enabled: false\n' }

  it.each<[string, string, readonly object[]]>([
    ['one name alone', 'owner: b', [{ crm: 'b', when: null }]],
    [
      'a list in its own order',
      'owner: [b, a]',
      [
        { crm: 'b', when: null },
        { crm: 'a', when: null },
      ],
    ],
    [
      'an empty list',
      'owner: []',
      [
        { crm: 'a', when: null },
        { crm: 'b', when: null },
      ],
    ],
    ['one that is not enabled', 'owner: [off, a]', [{ crm: 'a', when: null }]],
    [
      'one for some leads',
      'owner: [{ crm: a, when: { countries: [US] } }, b, { crm: a }]',
      [
        { crm: 'a', when: { countries: ['US'] } },
        { crm: 'b', when: null },
        { crm: 'a', when: null },
      ],
    ],
  ])('is read from %s', (_, yaml, crms) => {
    expect(followUps(section(yaml), files).crms).toEqual(crms)
  })

  it.each<[string, string, string]>([
    [
      'one that counts before already',
      'owner: [a, b, { crm: a, when: { actions: [PLT] } }]',
      '2:19 followUps.owner[2].crm: stands above without when, so this entry never counts; remove one of them',
    ],
    [
      'one for leads of a stage that there is not',
      'owner: [{ crm: a, when: { stages: [won] } }]',
      '2:38 followUps.owner[0].when.stages[0]: is no stage: neither stages nor stageOrder has it; correct it, or add it to stageOrder',
    ],
  ])('is not %s', (_, yaml, problem) => {
    const [first, ...more] = problems(section(yaml), files)
    expect(first?.replace(/^leadsync.yaml:/, '')).toBe(problem)
    expect(more).toEqual([])
  })

  it('may be named before or after it is there, which check notes', () => {
    const told = describeConfig(loaded({ 'leadsync.yaml': section('owner: [of, a, salesforce]'), ...files }))
    expect(told.filter((line) => line.includes('followUps.owner'))).toEqual([
      'note: followUps.owner names "of", but there is no crm/of.yaml; did you mean off?',
      'note: followUps.owner names "salesforce", but there is no crm/salesforce.yaml',
    ])
    expect(followUps(section('owner: [of, a]'), files).crms).toEqual([{ crm: 'a', when: null }])
  })
})

describe('times', () => {
  it('are read as hours and days, fractions too', () => {
    const read = followUps(
      section(
        'maxLeadAgeHours: 0.5',
        'slaHours: 2',
        'warnHours: 0.25',
        'minGapHours: 0',
        'mostPerContact: { count: 2, days: 0.5 }',
      ),
    )
    expect(read).toMatchObject({ maxLeadAgeMs: 1_800_000, slaMs: 7_200_000, warnMs: 900_000, minGapMs: 0 })
    expect(read.most).toEqual({ count: 2, withinMs: 43_200_000 })
  })

  it('may come from the environment', () => {
    const yaml = section(`slaHours: \${SLA}`, `timeZone: \${ZONE:-UTC}`)
    expect(followUps(yaml, {}, { SLA: '8.5', ZONE: 'Pacific/Auckland' })).toMatchObject({
      slaMs: 8.5 * MsPerHour,
      hours: { timeZone: 'Pacific/Auckland' },
    })
  })

  it('of a person are those of the others where they say nothing', () => {
    const { hours, people } = followUps(
      section(
        'timeZone: America/Los_Angeles',
        'businessHours: { days: [sun, mon, mon], from: "08:00", to: "24:00" }',
        'holidays: [2026-12-25]',
        'people:',
        '  erika@contoso.com: { timeZone: Europe/Berlin, holidays: [] }',
        '  "0055": { businessHours: { days: [sat], to: "12:00" } }',
      ),
    )
    expect(hours).toEqual({
      timeZone: 'America/Los_Angeles',
      days: [1, 7],
      from: '08:00',
      to: '24:00',
      holidays: ['2026-12-25'],
    })
    expect(people).toEqual([
      { owner: 'erika@contoso.com', hours: { ...hours, timeZone: 'Europe/Berlin', holidays: [] } },
      { owner: '0055', hours: { ...hours, days: [6], to: '12:00' } },
    ])
  })

  it('may be dates to the reader of YAML', () => {
    expect(followUps(`%YAML 1.1\n---\n${section('holidays: [2026-12-25, "2026-12-26"]')}`).hours.holidays).toEqual([
      '2026-12-25',
      '2026-12-26',
    ])
  })

  it.each<[string, string, string]>([
    [
      'a warning that always is due',
      'slaHours: 4',
      '1:1 followUps.warnHours: must be less than slaHours, or every lead would be about to be late at once',
    ],
    ['hours that are none', 'slaHours: 0', '2:3 followUps.slaHours: must be more than 0'],
    [
      'an unknown time zone',
      'timeZone: Europe/Berlni',
      '2:3 followUps.timeZone: is no time zone that this machine knows; name it as in Europe/Berlin or America/Los_Angeles',
    ],
    [
      "a person's unknown time zone",
      'people: { e@c.com: { timeZone: MEZ5 } }',
      '2:24 followUps.people.e@c.com.timeZone: is no time zone that this machine knows; name it as in Europe/Berlin or America/Los_Angeles',
    ],
    [
      'a day that does not end',
      'businessHours: { from: "17:00", to: "17:00" }',
      '2:35 followUps.businessHours.to: must be later than from; hours that pass midnight are not possible',
    ],
    [
      "a person's day that ends before that of the others begins",
      'people: { e@c.com: { businessHours: { to: "08:00" } } }',
      '2:41 followUps.people.e@c.com.businessHours.to: must be later than from; hours that pass midnight are not possible',
    ],
    [
      'a time that is none',
      'businessHours: { from: "9:00" }',
      '2:20 followUps.businessHours.from: must be a time of day in quotes, from "00:00" to "23:59"',
    ],
    [
      'a day that is none',
      'businessHours: { days: [monday] }',
      '2:27 followUps.businessHours.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun',
    ],
    [
      'a holiday that no year has',
      'holidays: [2026-12-25, 2026-02-30]',
      '2:26 followUps.holidays[1]: must be a date that there is, written like 2026-12-25',
    ],
    [
      'somebody twice',
      'people: { Erika@contoso.com: {}, erika@contoso.com: {} }',
      '2:36 followUps.people.erika@contoso.com: stands above in other letters, which make no difference; keep one of them',
    ],
    ['a mistyped key', 'slaHour: 72', '2:3 followUps.slaHour: unknown key; did you mean "slaHours"?'],
  ])('are refused: %s', (_, yaml, problem) => {
    expect(problems(section(yaml))).toEqual([`leadsync.yaml:${problem}`])
  })
})

describe('an assignment', () => {
  it.each<[string, string, object]>([
    ['the CRM', 'crm', { kind: 'crm' }],
    ['one owner', 'erika@contoso.com', { kind: 'fixed', owner: 'erika@contoso.com' }],
    ['a rotation', '{ rotation: [a, b] }', { kind: 'rotation', key: 'default', owners: ['a', 'b'] }],
    [
      'a table',
      '{ offers: { contoso.one: a }, countries: { DE: b }, otherwise: { rotation: [c] } }',
      {
        kind: 'table',
        offers: { 'contoso.one': 'a' },
        countries: { DE: 'b' },
        otherwise: { kind: 'rotation', key: 'default', owners: ['c'] },
      },
    ],
    ['half a table', '{ countries: { DE: b } }', { kind: 'table', offers: {}, countries: { DE: 'b' }, otherwise: null }],
    [
      'a table that leaves the rest to the CRM',
      '{ offers: { x: b }, otherwise: crm }',
      { kind: 'table', offers: { x: 'b' }, countries: {}, otherwise: { kind: 'crm' } },
    ],
  ])('may be %s', (_, yaml, assign) => {
    expect(followUps(section(`assign: ${yaml}`)).assign).toEqual(assign)
  })

  it('of a rule has turns of its own', () => {
    const yaml = rules(
      `{ name: trial, when: { actions: [INS] }, assign: { rotation: [a] }, steps: [${Step}] }`,
      `{ name: rest, when: otherwise, assign: { offers: { x: a }, otherwise: { rotation: [b] } }, steps: [${Step}] }`,
    )
    expect(followUps(yaml).rules.map(({ assign }) => assign)).toEqual([
      { kind: 'rotation', key: 'trial', owners: ['a'] },
      { kind: 'table', offers: { x: 'a' }, countries: {}, otherwise: { kind: 'rotation', key: 'rest', owners: ['b'] } },
    ])
  })

  it.each<[string, string, string]>([
    ['an empty rotation', '{ rotation: [] }', 'assign.rotation: is empty; name who takes turns'],
    ['a person twice', '{ rotation: [a, b, A] }', 'assign.rotation[2]: stands in the rotation already; each has one turn'],
    [
      'a person twice among the rest',
      '{ offers: { x: a }, otherwise: { rotation: [b, b] } }',
      'assign.otherwise.rotation[1]: stands in the rotation already; each has one turn',
    ],
    ['the CRM itself', '{ rotation: [a, CRM] }', 'assign.rotation[1]: must be a person here, as the CRM knows them'],
    ['the CRM by country', '{ countries: { DE: crm } }', 'assign.countries.DE: must be a person here, as the CRM knows them'],
    ['nothing', '{}', 'assign: must have either rotation (a list of owners) or a table: offers, countries or both'],
    [
      'two at once',
      '{ rotation: [a], countries: { DE: b } }',
      'assign: must have either rotation (a list of owners) or a table: offers, countries or both',
    ],
    [
      'what is left of a rotation',
      '{ rotation: [a], otherwise: b }',
      'assign.otherwise: goes with offers and countries only; remove it',
    ],
    ['a mistyped key', '{ rotatoin: [a] }', 'assign.rotatoin: unknown key; did you mean "rotation"?'],
    [
      'a country that is none',
      '{ countries: { UK: a } }',
      'assign.countries.UK: must be an ISO 3166-1 code of two letters, e.g. US, DE, GB',
    ],
  ])('is not %s', (_, yaml, problem) => {
    const told = problems(section(`assign: ${yaml}`))
    expect(told.map((each) => each.replace(/^\S+ followUps\./, ''))).toContain(problem)
  })
})

describe('a rule', () => {
  it('is read with every default', () => {
    const [one, two] = followUps(
      rules(
        `{ name: one, when: { actions: [PLT], score: { from: 0 } }, steps: [${Step}, { afterHours: 1.5, name: write, type: email, priority: low, dueWithinHours: 2, subject: S, body: B, evenIfWorked: true }] }`,
        `{ name: two, allowParallel: true, steps: [${Step}] }`,
      ),
    ).rules
    const text = { render: expect.any(Function) }
    const usual = { priority: null, evenIfWorked: false, subject: text, body: text }
    expect(one).toEqual({
      name: 'one',
      when: { actions: ['PLT'], score: { from: 0 } },
      allowParallel: false,
      assign: null,
      steps: [
        { ...usual, name: '1', afterMs: 0, dueWithinMs: 24 * MsPerHour, type: 'call' },
        {
          ...usual,
          name: 'write',
          afterMs: 1.5 * MsPerHour,
          dueWithinMs: 2 * MsPerHour,
          type: 'email',
          priority: 'low',
          evenIfWorked: true,
        },
      ],
    })
    expect(two).toMatchObject({ name: 'two', when: null, allowParallel: true })
  })

  it('is due within the SLA where it says nothing else', () => {
    const yaml = `${rules(`{ name: one, steps: [${Step}] }`)}  slaHours: 6\n`
    expect(followUps(yaml).rules[0]?.steps[0]?.dueWithinMs).toBe(6 * MsPerHour)
  })

  it('writes with the lead and what follow-ups know', () => {
    const template =
      '{{ person.email }} {{ did }}, {{ attempt }}/{{ attempts }}{% if earlier != blank %}: {{ earlier }}{% endif %}'
    const [rule] = followUps(rules(`{ name: one, steps: [{ subject: '${template}', body: B }] }`)).rules
    const scope = {
      did: 'asked',
      attempt: 1,
      attempts: 2,
      earlier: '',
      contactId: 'c',
      score: 0,
      scoreReasons: '',
      priority: 'normal' as const,
    }
    expect(rule?.steps[0]?.subject.render({ ...makeLead(), ...scope })).toBe('jane@contoso.com asked, 1/2')
  })

  it.each<[string, string, string]>([
    ['no steps', '{ name: one, steps: [] }', 'steps: is empty; a rule needs at least one step'],
    [
      'a name that can not stand in an id',
      `{ name: Trial.1, steps: [${Step}] }`,
      'name: must be at most 31 small letters, digits and -, beginning with a letter',
    ],
    [
      'the name of the shared turns',
      `{ name: default, steps: [${Step}] }`,
      'name: is taken by the turns of followUps.assign; choose another one',
    ],
    [
      'an empty condition',
      `{ name: one, when: {}, steps: [${Step}] }`,
      'when: is empty, so every lead would fit; name what the rule is about, e.g. { has: [phone] }',
    ],
    ['a word for a condition', `{ name: one, when: always, steps: [${Step}] }`, 'when: must be otherwise'],
    [
      'a mistyped condition',
      `{ name: one, when: { action: [PLT] }, steps: [${Step}] }`,
      'when.action: unknown key; did you mean "actions"?',
    ],
    [
      'a stage that nothing gives',
      `{ name: one, when: { stages: [won] }, steps: [${Step}] }`,
      'when.stages[0]: is no stage: neither stages nor stageOrder has it; correct it, or add it to stageOrder',
    ],
    [
      'a condition that no lead fits',
      `{ name: one, when: { has: [phone], lacks: [phone] }, steps: [${Step}] }`,
      'when.lacks[0]: stands under has, too, so no lead fits; remove one of them',
    ],
    [
      'a country of leads without one',
      `{ name: one, when: { countries: [DE], lacks: [country] }, steps: [${Step}] }`,
      'when: fits no lead, since its keys contradict each other; remove one of them',
    ],
    [
      'a do-not-contact',
      `{ name: one, when: { actions: [PLT, dnc] }, steps: [${Step}] }`,
      'when.actions[1]: is never followed up, whatever the rules say; remove it',
    ],
    [
      'scores that are none',
      `{ name: one, when: { score: { from: 0, below: 0 } }, steps: [${Step}] }`,
      'when.score.below: must be more than from, or no lead fits',
    ],
    [
      'a score that asks nothing',
      `{ name: one, when: { score: {} }, steps: [${Step}] }`,
      'when.score: says nothing; give it from, below, or both',
    ],
    [
      'a score that no lead reaches',
      `{ name: one, when: { score: { from: 1 } }, steps: [${Step}] }`,
      'when.score.from: can never be reached: the scores of all rules of qualification together are less',
    ],
    [
      'a score that every lead has',
      `{ name: one, when: { score: { below: 0 } }, steps: [${Step}] }`,
      'when.score.below: can never be fallen below: the scores of all rules of qualification together are more',
    ],
    [
      'a first task that is due when the promise is over',
      '{ name: one, steps: [{ subject: S, body: B, dueWithinHours: 25 }] }',
      'steps[0].dueWithinHours: is more than slaHours: nobody is late with a task before it is due, so the promise would never be missed',
    ],
    [
      'more steps than a contact may have',
      `{ name: one, steps: [${Array.from({ length: 9 }, () => Step).join(', ')}] }`,
      'steps: has more steps than mostPerContact allows, so the last of them would never be made; allow more, or remove some',
    ],
    ['a step without words', '{ name: one, steps: [{ subject: S, body: "  " }] }', 'steps[0].body: must hold text'],
    [
      'a step before its time',
      '{ name: one, steps: [{ subject: S, body: B, afterHours: -1 }] }',
      'steps[0].afterHours: must be at least 0',
    ],
    [
      'a step that is the number of another',
      `{ name: one, steps: [{ name: "2", subject: S, body: B }, ${Step}] }`,
      'steps[1].name: is the name of a step above, or the number that one has for a name; each needs its own',
    ],
    [
      'steps in another order than that of their times',
      `{ name: one, steps: [{ subject: S, body: B, afterHours: 2 }, ${Step}] }`,
      'steps[1].afterHours: must not be less than that of the step above; write the steps in their order',
    ],
    [
      'a step after its lead is gone',
      `{ name: one, steps: [${Step}, { subject: S, body: B, afterHours: 2136 }] }`,
      'steps[1].afterHours: is too late: the lead is kept for retention.bodyDays only, and a step must come a day before that ends',
    ],
    [
      'a template that names nothing',
      '{ name: one, steps: [{ subject: S, body: "{{ ownername }}" }] }',
      'steps[0].body: A lead has no "ownername". Did you mean ownerName or offerName?',
    ],
    [
      'a template that is broken',
      '{ name: one, steps: [{ subject: "{{ did | upcaes }}", body: B }] }',
      'steps[0].subject: The template cannot be read: undefined filter: upcaes, line:1, col:1. Did you mean upcase?',
    ],
  ])('has not %s', (_, yaml, problem) => {
    expect(problems(rules(yaml)).map((told) => told.replace(/^leadsync.yaml:\d+:\d+ followUps\.rules\[0\]\./, ''))).toEqual([
      problem,
    ])
  })

  it('is refused with the line and the key of its template', () => {
    const yaml = rules('name: one', '').replace(
      / {4}- \n/,
      '      steps:\n        - subject: Call\n          body: "{{ offerNmae }}"\n',
    )
    expect(problems(yaml)).toEqual([
      'leadsync.yaml:6:11 followUps.rules[0].steps[0].body: A lead has no "offerNmae". Did you mean offerName?',
    ])
  })

  it('is not quoted where the environment filled it in', () => {
    const yaml = rules(`{ name: one, steps: [{ subject: S, body: "\${SECRET}" }] }`)
    const [problem] = problemsOf({ 'leadsync.yaml': yaml }, { SECRET: '{{ hunter22 }}' })
    expect(problem).toMatch(/steps\[0\]\.body: what its \$\{…\} stands for does not fit here$/)
  })

  it('keeps the last step that its lead lives to see', () => {
    expect(problems(rules(`{ name: one, steps: [${Step}, { subject: S, body: B, afterHours: 2135.9 }] }`))).toEqual([])
    expect(problems(`${rules(`{ name: one, steps: [${Step}] }`)}retention: { bodyDays: 1 }\n`)).toEqual([])
  })
})

describe('two rules', () => {
  function pair(one: string, two: string): string[] {
    return problems(rules(`{ name: one, ${one}, steps: [${Step}] }`, `{ name: two, ${two}, steps: [${Step}] }`))
  }

  const clash =
    'the rules "one" and "two" may be about the same lead, which would then be followed up twice; let their when exclude each other, or say allowParallel: true in one of them'

  it('that may be about one lead are refused by both names', () => {
    expect(pair('when: { actions: [PLT] }', 'when: { has: [phone] }')).toEqual([
      `leadsync.yaml:4:20 followUps.rules[1].when: ${clash}`,
    ])
    expect(pair('when: { actions: [PLT] }', 'allowParallel: false')).toEqual([
      `leadsync.yaml:4:9 followUps.rules[1].name: ${clash}`,
    ])
  })

  it.each([
    ['exclude each other', 'when: { actions: [PLT] }', 'when: { actions: [INS, Create] }'],
    ['are for some and for all others', 'when: { actions: [PLT] }', 'when: otherwise'],
    ['may stand beside each other', 'when: { actions: [PLT] }', 'allowParallel: true'],
    ['may stand beside each other, said by the first', 'allowParallel: true', 'when: { actions: [PLT] }'],
  ])('are fine when they %s', (_, one, two) => {
    expect(pair(one, two)).toEqual([])
  })

  it('can not both be for all others', () => {
    expect(pair('when: otherwise', 'when: otherwise')).toEqual([`leadsync.yaml:4:20 followUps.rules[1].when: ${clash}`])
  })

  it('leave nothing to otherwise when one is about every lead', () => {
    expect(pair('allowParallel: true', 'when: otherwise')).toEqual([
      'leadsync.yaml:4:20 followUps.rules[1].when: fits no lead, since the rule "one" has no when and so is about every lead; give that one a when',
    ])
  })

  it('need names of their own', () => {
    const yaml = rules(
      `{ name: one, when: { actions: [PLT] }, steps: [${Step}] }`,
      `{ name: one, when: { actions: [INS] }, steps: [${Step}] }`,
    )
    expect(problems(yaml)).toEqual(['leadsync.yaml:4:9 followUps.rules[1].name: is the name of a rule above; each needs its own'])
  })
})

describe('check', () => {
  function lines(text: string, files: Readonly<Record<string, string>>): readonly string[] {
    return describeConfig(loaded({ 'leadsync.yaml': text, ...files })).filter((line) => line.startsWith('follow-up'))
  }

  it('tells in two lines what is followed up', () => {
    const yaml = `${rules(
      `{ name: trial, when: { actions: [StartTestDrive] }, steps: [${Step}, ${Step}] }`,
      `{ name: rest, when: otherwise, steps: [${Step}] }`,
    )}  assign: { rotation: [erika@contoso.com, john@contoso.com] }\n  holidays: [2026-12-25]\n  people: { erika@contoso.com: { timeZone: Europe/Berlin } }\n`
    expect(lines(yaml, { 'crm/a.yaml': Crm, 'crm/b.yaml': Crm })).toEqual([
      'follow-ups: trial (2 tasks), rest (1 task), in the first of a, b that wants the lead, assigned to 2 owners in turn',
      'follow-up times: within 24 h, of leads up to 72 h old, at most 8 tasks per contact in 30 days, mon tue wed thu fri 09:00-17:00 UTC, 1 holiday (1 person with other hours)',
    ])
  })

  it('tells that nothing is', () => {
    expect(lines('log: { level: info }\n', {})).toEqual(['follow-ups: none, as followUps.rules is empty'])
  })
})
