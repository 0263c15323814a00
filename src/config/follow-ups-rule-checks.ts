import { isDoNotContact, mayMeet, type QualificationRules } from '../core/index.ts'
import { conditionFindings, within } from './condition-checks.ts'
import type { FollowUpsFile } from './follow-ups-file.ts'
import { followUpTemplates, stepNames } from './follow-ups-settings.ts'
import type { Finding } from './problem.ts'

type Rule = FollowUpsFile['rules'][number]
type Condition = Exclude<Rule['when'], 'otherwise' | undefined>

/** As much of `leadsync.yaml` as the checks of follow-ups read. */
export interface FollowUpContext {
  readonly followUps: FollowUpsFile
  readonly qualification: QualificationRules
  readonly retention: { readonly bodyDays: number }
}

/** What is wrong with `followUps.rules`, each by itself and one beside the others. */
export function ruleFindings(
  { followUps, qualification, retention }: FollowUpContext,
  stages: readonly string[],
): readonly Finding[] {
  const { rules } = followUps
  return rules.flatMap((rule, index) =>
    within(
      ['rules', index],
      [
        ...nameFindings(rule, rules.slice(0, index)),
        ...whenFindings(rule, stages, qualification),
        ...neverOtherwise(rule, rules),
        ...overlaps(rule, rules.slice(0, index)),
        ...stepFindings(rule, retention.bodyDays),
        ...promiseFindings(rule, followUps),
      ],
    ),
  )
}

/** It counts the turns of the rotation that all rules share. */
const SharedTurns = 'default'

function nameFindings({ name }: Rule, before: readonly Rule[]): readonly Finding[] {
  if (name === SharedTurns) return [{ path: ['name'], message: 'is taken by the turns of followUps.assign; choose another one' }]
  const message = 'is the name of a rule above; each needs its own'
  return before.some((other) => other.name === name) ? [{ path: ['name'], message }] : []
}

function whenFindings({ when }: Rule, stages: readonly string[], qualification: QualificationRules): readonly Finding[] {
  if (when === undefined || when === 'otherwise') return []
  const findings = [...conditionFindings(when, stages), ...doNotContacts(when), ...scoreFindings(when, qualification)]
  if (findings.length === 0 && !mayMeet(when, when))
    findings.push({ path: [], message: 'fits no lead, since its keys contradict each other; remove one of them' })
  return within(['when'], findings)
}

function doNotContacts({ actions = [] }: Condition): readonly Finding[] {
  const message = 'is never followed up, whatever the rules say; remove it'
  return actions.flatMap((action, index) =>
    isDoNotContact({ action: action.trim() }) ? [{ path: ['actions', index], message }] : [],
  )
}

function scoreFindings({ score }: Condition, { rules }: QualificationRules): readonly Finding[] {
  if (score === undefined) return []
  const { from, below } = score
  const most = rules.reduce((sum, rule) => sum + Math.max(0, rule.score), 0)
  const least = rules.reduce((sum, rule) => sum + Math.min(0, rule.score), 0)
  if (from === undefined && below === undefined)
    return [{ path: ['score'], message: 'says nothing; give it from, below, or both' }]
  if (from !== undefined && below !== undefined && from >= below)
    return [{ path: ['score', 'below'], message: 'must be more than from, or no lead fits' }]
  if (from !== undefined && from > most)
    return [
      { path: ['score', 'from'], message: 'can never be reached: the scores of all rules of qualification together are less' },
    ]
  if (below !== undefined && below <= least)
    return [
      {
        path: ['score', 'below'],
        message: 'can never be fallen below: the scores of all rules of qualification together are more',
      },
    ]
  return []
}

function neverOtherwise({ when }: Rule, rules: readonly Rule[]): readonly Finding[] {
  const everyLead = rules.find((rule) => rule.when === undefined)
  if (when !== 'otherwise' || everyLead === undefined) return []
  const message = `fits no lead, since the rule "${everyLead.name}" has no when and so is about every lead; give that one a when`
  return [{ path: ['when'], message }]
}

function overlaps(rule: Rule, before: readonly Rule[]): readonly Finding[] {
  return before
    .filter((other) => meet(rule, other))
    .map((other) => ({
      path: [rule.when === undefined ? 'name' : 'when'],
      message: `the rules "${other.name}" and "${rule.name}" may be about the same lead, which would then be followed up twice; let their when exclude each other, or say allowParallel: true in one of them`,
    }))
}

function meet(one: Rule, other: Rule): boolean {
  if (one.allowParallel || other.allowParallel || one.name === other.name) return false
  return mayMeet(one.when ?? null, other.when ?? null)
}

function stepFindings(rule: Rule, bodyDays: number): readonly Finding[] {
  const names = stepNames(rule)
  const lastHour = (bodyDays - 1) * 24
  let latest = 0
  return rule.steps.flatMap(({ afterHours, subject, body }, index) => {
    const findings: Finding[] = [...templateFaults('subject', subject), ...templateFaults('body', body)]
    const name = names[index] ?? ''
    if (names.indexOf(name) < index)
      findings.push({
        path: ['name'],
        message: 'is the name of a step above, or the number that one has for a name; each needs its own',
      })
    if (afterHours < latest)
      findings.push({
        path: ['afterHours'],
        message: 'must not be less than that of the step above; write the steps in their order',
      })
    if (afterHours > 0 && afterHours >= lastHour)
      findings.push({
        path: ['afterHours'],
        message: 'is too late: the lead is kept for retention.bodyDays only, and a step must come a day before that ends',
      })
    latest = Math.max(latest, afterHours)
    return within(['steps', index], findings)
  })
}

/** What a rule asks for and the limits beside it never allow. */
function promiseFindings({ steps }: Rule, { slaHours, mostPerContact }: FollowUpsFile): readonly Finding[] {
  const due = steps[0]?.dueWithinHours
  const late = 'is more than slaHours: nobody is late with a task before it is due, so the promise would never be missed'
  const most = 'has more steps than mostPerContact allows, so the last of them would never be made; allow more, or remove some'
  return [
    ...(due !== undefined && due > slaHours ? [{ path: ['steps', 0, 'dueWithinHours'], message: late }] : []),
    ...(steps.length > mostPerContact.count ? [{ path: ['steps'], message: most }] : []),
  ]
}

function templateFaults(key: 'subject' | 'body', source: string): readonly Finding[] {
  try {
    followUpTemplates()(source)
    return []
  } catch (error) {
    return [{ path: [key], message: error instanceof Error ? error.message : 'The template cannot be read.', quotes: true }]
  }
}
