import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { describeConfig } from '../../src/config/describe.ts'
import { Crm, loaded, problemsOf } from './fixture.ts'

function leadsync(text: string) {
  return loaded({ 'leadsync.yaml': text }).leadsync
}

function problems(text: string): string[] {
  return problemsOf({ 'leadsync.yaml': text })
}

function rules(...lines: readonly string[]): string {
  return ['qualification:', '  rules:', ...lines.map((line) => `    - ${line}`), ''].join('\n')
}

it('without these keys nobody is our own, the order is the marketplace’s, and every lead is worth the same', () => {
  const { ownDomains, stageOrder, qualification } = loaded({}).leadsync
  expect(ownDomains).toEqual({ domains: [], leads: 'deliver' })
  expect(stageOrder).toEqual(['initial-interest', 'trial', 'active'])
  expect(qualification).toEqual({ rules: [], bands: [], freeMail: [] })
})

it('keeps domains in the form that addresses have', () => {
  const { ownDomains, qualification } = leadsync(
    'ownDomains: { domains: [Müller.example, contoso.com], leads: hold }\nqualification: { freeMail: [" Mail.Example "] }\n',
  )
  expect(ownDomains).toEqual({ domains: ['xn--mller-kva.example', 'contoso.com'], leads: 'hold' })
  expect(qualification.freeMail).toEqual(['mail.example'])
})

it('reads rules and bands', () => {
  const { rules: read, bands } = leadsync(
    `${rules("{ when: { has: [phone] }, score: 20, reason: ' has a phone ' }")}  bands: [{ from: 20, priority: high }]\n`,
  ).qualification
  expect(read).toEqual([{ when: { has: ['phone'] }, score: 20, reason: 'has a phone' }])
  expect(bands).toEqual([{ from: 20, priority: 'high' }])
})

describe('says what is wrong with', () => {
  it.each<[string, string, string]>([
    [
      'an own domain that is an address',
      'ownDomains:\n  domains: [jane@contoso.com]\n',
      'leadsync.yaml:2:13 ownDomains.domains[0]: must be a domain, e.g. contoso.com',
    ],
    [
      'an own domain where everybody is',
      'ownDomains:\n  domains: [contoso.com, GMail.com]\n',
      'leadsync.yaml:2:26 ownDomains.domains[1]: is a provider of free e-mail, where customers are, too; name domains of your own company only',
    ],
    [
      'a choice that there is not',
      'ownDomains:\n  leads: drop\n',
      'leadsync.yaml:2:3 ownDomains.leads: must be one of deliver, tag, hold',
    ],
    [
      'a stage that is in the order twice',
      'stageOrder: [trial, active, Trial]\n',
      'leadsync.yaml:1:29 stageOrder[2]: stands in the order already; a stage has one place',
    ],
    [
      'a rule without a reason',
      rules('{ when: { has: [phone] }, score: 20 }'),
      'leadsync.yaml:3:7 qualification.rules[0].reason: is missing; it must be text (Why, in words for sales.)',
    ],
    [
      'a rule that would fit every lead',
      rules('{ when: {}, score: 20, reason: always }'),
      'leadsync.yaml:3:9 qualification.rules[0].when: is empty, so every lead would fit; name what the rule is about, e.g. { has: [phone] }',
    ],
    [
      'a mistyped condition',
      rules('{ when: { jobtitle: [cto] }, reason: decides }'),
      'leadsync.yaml:3:17 qualification.rules[0].when.jobtitle: unknown key; did you mean "jobTitle"?',
    ],
    [
      'a part that no lead has',
      rules('{ when: { has: [phone, mobile] }, reason: x }'),
      'leadsync.yaml:3:30 qualification.rules[0].when.has[1]: must be one of email, phone, firstName, lastName, company, jobTitle, country, notes, campaign',
    ],
    [
      'a condition that no lead fits',
      rules('{ when: { has: [phone], lacks: [company, phone] }, reason: x }'),
      'leadsync.yaml:3:48 qualification.rules[0].when.lacks[1]: stands under has, too, so no lead fits; remove one of them',
    ],
    [
      'free mail of somebody without mail',
      rules('{ when: { lacks: [email], freeMail: true }, reason: x }'),
      'leadsync.yaml:3:25 qualification.rules[0].when.lacks[0]: does not go with freeMail: a lead without an e-mail fits neither; remove one of them',
    ],
    [
      'a stage that nothing gives',
      rules('{ when: { stages: [Active, purchase] }, reason: x }'),
      'leadsync.yaml:3:34 qualification.rules[0].when.stages[1]: is no stage: neither stages nor stageOrder has it; correct it, or add it to stageOrder',
    ],
    [
      'a word that is none',
      rules('{ when: { notes: ["?!"] }, reason: x }'),
      'leadsync.yaml:3:25 qualification.rules[0].when.notes[0]: must hold a letter or digit: whole words are looked for',
    ],
    [
      'a country that is none',
      rules('{ when: { countries: [UK] }, reason: x }'),
      'leadsync.yaml:3:29 qualification.rules[0].when.countries[0]: must be an ISO 3166-1 code of two letters, e.g. US, DE, GB',
    ],
    [
      'half a point',
      rules('{ when: { has: [phone] }, score: 0.5, reason: x }'),
      'leadsync.yaml:3:33 qualification.rules[0].score: must be a whole number',
    ],
    [
      'a priority that is none',
      rules('{ when: { has: [phone] }, reason: x, priority: hihg }'),
      'leadsync.yaml:3:44 qualification.rules[0].priority: must be one of low, normal, high; did you mean "high"?',
    ],
    [
      'a band above the one before it',
      `${rules('{ when: { has: [phone] }, score: 90, reason: x }')}  bands:\n    - from: 20\n    - from: 50\n`,
      'leadsync.yaml:6:7 qualification.bands[1].from: must be below the band before it; write the bands from the highest to the lowest',
    ],
    [
      'a band that no score reaches',
      `${rules('{ when: { has: [phone] }, score: 40, reason: x }', '{ when: { lacks: [phone] }, score: -40, reason: x }')}  bands:\n    - from: 41\n`,
      'leadsync.yaml:6:7 qualification.bands[0].from: can never be reached: the scores of all rules together are less',
    ],
    [
      'a band that no score falls to',
      `${rules('{ when: { has: [phone] }, score: 40, reason: x }')}  bands:\n    - from: 0\n    - from: -10\n`,
      'leadsync.yaml:6:7 qualification.bands[1].from: can never be reached: no score is below the band before it; remove one of them',
    ],
  ])('%s', (_, yaml, problem) => {
    expect(problems(yaml)).toEqual([problem])
  })

  it('mayGoBack on a field that reads something else', () => {
    const yaml = Crm.replace('email: person.email', 'email: { from: person.email, mayGoBack: true }')
    expect(problemsOf({ 'crm/acme.yaml': yaml })).toEqual([
      "crm/acme.yaml:5:34 mapping.contact.email.mayGoBack: mayGoBack is about the lead's stage: only a field with from: stage has it.",
    ])
  })
})

it('knows the stages that the table gives and those of the order', () => {
  const yaml = `stages: [{ action: INS, stage: purchase }]\nstageOrder: [webinar]\n${rules('{ when: { stages: [Purchase, webinar] }, reason: x }')}`
  expect(problems(yaml)).toEqual([])
})

it('takes the lowest band that leads without any rule reach, and one below what can be lost', () => {
  const yaml = `${rules('{ when: { freeMail: true }, score: -40, reason: x }')}  bands: [{ from: 0 }, { from: -40 }]\n`
  expect(problems(yaml)).toEqual([])
})

it.each([
  [
    'stages: [{ stage: purchase }]',
    'note: stages gives the stage "purchase", which stageOrder does not have, so it never replaces one that it has',
  ],
  ['ownDomains: { leads: hold }', 'note: ownDomains.leads is hold, but ownDomains.domains names none'],
  [
    'ownDomains: { domains: [contoso.com] }',
    'note: ownDomains.leads is deliver, so ownDomains.domains does nothing; tag and hold do',
  ],
])('the oversight %s is noted', (yaml, note) => {
  expect(describeConfig(loaded({ 'leadsync.yaml': yaml }))).toContain(note)
  expect(describeConfig(loaded({})).join('\n')).not.toMatch(/stageOrder|ownDomains/)
})

it('the examples of the shipped file and of its page work', () => {
  const page = readFileSync('docs/qualification.md', 'utf8')
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '')
  const example = readFileSync('config/leadsync.yaml', 'utf8')
    .match(/^# qualification:\n(# {2}.*\n)+/m)?.[0]
    .replaceAll(/^# /gm, '')
  const [own, , scores, shown] = blocks
  for (const yaml of [own, scores, example]) expect(problems(yaml ?? '')).toEqual([])
  expect(leadsync(scores ?? '').qualification).toEqual(leadsync(example ?? '').qualification)
  for (const fields of [blocks[1], shown]) {
    expect(Object.keys(parse(fields ?? '')).length).toBeGreaterThan(1)
    const mapped = (fields ?? '').replaceAll(/^/gm, '    ')
    expect(problemsOf({ 'crm/acme.yaml': Crm.replace('    email:', `${mapped.trimEnd()}\n    email:`) })).toEqual([])
  }
})
