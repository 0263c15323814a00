import type { Status } from '../../admin/status.ts'
import { type FollowUpPlan, leadKey, nextTry, type StepState } from '../../core/index.ts'
import { planOf, readFollowUps, reviewsLeft } from '../../store/follow-up-lookup.ts'
import type { Scripts } from '../../store/redis.ts'

/** Steps that wait longer are not waited for: the demo's own come a second after each other, those of the shipped rules days. */
const SoonMs = 60_000
const InHand = ['due', 'making', 'withdrawing'] as const satisfies readonly StepState[]

/** Whether so many leads were received, and each CRM has or refused those that it wants. */
export function leadsSettled({ received, queues, crms }: Status, expected: number): boolean {
  const leads = queues.leads
  const routing = leads ? leads.waiting + leads.active + leads.delayed + leads.prioritized : 0
  return received >= expected && routing === 0 && Object.values(crms).every(({ waiting }) => waiting === 0)
}

/**
 * Whether nothing is to be done about follow-ups in the next moments, given that the leads have settled. What is asked first leads to what is
 * asked next, so whatever happens in between is seen. `now` in ms since the epoch.
 */
export async function followUpsSettled(
  leadIds: readonly string[],
  { scripts, crms, now }: { readonly scripts: Scripts; readonly crms: readonly string[]; readonly now: number },
): Promise<boolean> {
  const plans = await Promise.all(leadIds.map((id) => planOf(scripts, leadKey(id))))
  if (plans.some((plan) => plan !== null && isSoon(plan, now))) return false
  if ((await reviewsLeft(scripts)) > 0) return false
  // Of the leads of earlier runs, too.
  const counters = Object.values(await readFollowUps(scripts, crms))
  return counters.every((counts) => InHand.every((state) => counts[state] === 0))
}

function isSoon({ steps }: FollowUpPlan, now: number): boolean {
  return steps.some((step) =>
    step.state === 'waiting' ? nextTry(step) < now + SoonMs : InHand.some((one) => one === step.state),
  )
}
