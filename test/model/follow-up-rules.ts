import { createTemplateEngine, FollowUpNames, type FollowUpRules } from '../../src/core/index.ts'
import { NoFollowUps } from '../kit/follow-up-parts.ts'
import { GapHours, MaxAgeHours, Most, SlaHours } from './follow-up-model.ts'
import { HourMs } from './people.ts'

const template = createTemplateEngine(FollowUpNames)

/** What the model knows as `Rules` and `ownerModel`, in the words of the configuration. */
export const followUpRules: FollowUpRules = {
  ...NoFollowUps,
  crms: [
    { crm: 'salesforce', when: { actions: ['PLT'] } },
    { crm: 'dynamics', when: { offers: ['beta'] } },
    { crm: 'hubspot', when: { offers: ['alpha'] } },
    { crm: 'salesforce', when: null },
  ],
  rules: [
    rule('got', { actions: ['INS'] }, false, [
      step('call', 'call', 0),
      step('mail', 'email', 24),
      step('last', 'todo', 48, true),
    ]),
    rule('asked', { actions: ['PLT'] }, false, [step('call', 'call', 0), step('again', 'call', 6)]),
    rule('beside', { offers: ['beta'] }, true, [step('mail', 'email', 1)]),
  ],
  maxLeadAgeMs: MaxAgeHours * HourMs,
  slaMs: SlaHours * HourMs,
  minGapMs: GapHours * HourMs,
  most: { count: Most.count, withinMs: Most.withinHours * HourMs },
}

type Rule = FollowUpRules['rules'][number]
type Step = Rule['steps'][number]

function rule(name: string, when: Rule['when'], allowParallel: boolean, steps: readonly Step[]): Rule {
  return { name, when, allowParallel, assign: null, steps }
}

function step(name: string, type: Step['type'], afterHours: number, evenIfWorked = false): Step {
  return {
    name,
    type,
    afterMs: afterHours * HourMs,
    dueWithinMs: 24 * HourMs,
    priority: null,
    subject: template(`Follow up: ${name}`),
    body: template('{{did}}\n{{optOuts}}'),
    evenIfWorked,
  }
}
