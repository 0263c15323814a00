import type { FollowUpRule, FollowUpRules } from '../../src/core/index.ts'
import { HourMs } from '../kit/follow-up-plans.ts'
import { makeFollowUps, makeStep, template } from '../kit/follow-up-rules.ts'
import type { ThreeCrm } from '../kit/three-crms.ts'

/** By what the customers of the tables do: who installs is called twice, who asks for contact as well, who deploys is written to twice. */
export const Action = { calls: 'INS', asks: 'PLT', mails: 'CREATE' } as const

/** Two tasks for every lead, an hour and a day after it: so much time there is for something to happen. Nobody else's is for the second seller. */
export function rulesOf({ name, harness }: ThreeCrm): FollowUpRules {
  return makeFollowUps({
    crms: [{ crm: name, when: null }],
    rules: [ruleOf('calls', [Action.calls, Action.asks], 'call'), ruleOf('mails', [Action.mails], 'email')],
    assign: { kind: 'fixed', owner: harness.facts.sellers.active[1] },
  })
}

function ruleOf(name: string, actions: readonly string[], type: 'call' | 'email'): FollowUpRule {
  const step = (step: string, hours: number) =>
    makeStep(step, {
      afterMs: hours * HourMs,
      dueWithinMs: 24 * HourMs,
      type,
      subject: template(`${step} for {{ action }}`),
      body: template('Mind: {{ optOuts | default: "nothing" }}'),
    })
  return { name, when: { actions }, allowParallel: false, assign: null, steps: [step('first', 1), step('later', 25)] }
}
