import type { FollowUpPlan, PlannedStep } from '../core/index.ts'

/** What never changes of a plan, as it is stored. */
type Fixed = Omit<FollowUpPlan, 'crm' | 'contactId' | 'steps'>

/** How it is kept, as the script that plans is told; `followUpPlan` reads it again. */
export function planArgument({ crm, contactId: _, steps, ...fixed }: FollowUpPlan): object {
  return {
    k: fixed.lead,
    crm,
    plan: JSON.stringify(fixed satisfies Fixed),
    occurred: fixed.occurredAt,
    ids: JSON.stringify(steps.map(({ id }) => id)),
    steps: steps.map((step) => JSON.stringify(step)),
  }
}

/** From the fields of its hash; null where there is none. */
export function followUpPlan(stored: Readonly<Record<string, string>>, contactId: string): FollowUpPlan | null {
  const { plan, crm, ids } = stored
  if (plan === undefined || crm === undefined || ids === undefined) return null
  const steps = (JSON.parse(ids) as string[]).flatMap((id) => {
    const step = stored[`s:${id}`]
    return step === undefined ? [] : [JSON.parse(step) as PlannedStep]
  })
  return { ...(JSON.parse(plan) as Fixed), crm, contactId, steps }
}

/** Redis answers a script with the fields and values of a hash in turn. */
export function fieldsOf(answer: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (let at = 0; at + 1 < answer.length; at += 2) fields[String(answer[at])] = String(answer[at + 1])
  return fields
}
