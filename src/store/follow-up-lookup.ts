import { type FollowUpPlan, leadOfStep, type StepState, StepStates } from '../core/index.ts'
import { fieldsOf, followUpPlan } from './follow-up-plan.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** Ever: `missed` promises include `notMade`, those whose task was not even there. */
const Totals = ['planned', 'tasks', 'madeInTime', 'madeLate', 'workedInTime', 'workedLate', 'missed', 'notMade'] as const

/** Of one CRM. The states of the steps add up to `planned`. */
export type FollowUpCounters = Readonly<Record<StepState | (typeof Totals)[number], number>>

/** A step of which somebody was to have heard by a time. Names nobody. */
export interface DueSoon {
  readonly step: string
  readonly crm: string
  /** In ms since the epoch. */
  readonly slaAt: number
  readonly state: StepState
  readonly missed: boolean
}

/** A missed promise is shown for so long. */
const ShownMs = 7 * 86_400_000

export async function readFollowUps(
  scripts: Scripts,
  crms: readonly string[],
): Promise<Readonly<Record<string, FollowUpCounters>>> {
  const stored = await scripts.redis.hgetall(`${KeyPrefix}counters`)
  const names = [...StepStates, ...Totals]
  const of = (crm: string) => names.map((name) => [name, Number(stored[`crm:${crm}:followUps:${name}`] ?? 0)] as const)
  return Object.fromEntries(crms.map((crm) => [crm, Object.fromEntries(of(crm)) as FollowUpCounters]))
}

/** `now` in ms since the epoch. */
export interface DueSoonQuery {
  readonly now: number
  readonly withinMs: number
  /** Of those that are still to end, and of those that have ended. */
  readonly most: number
}

/**
 * Promises that end soon, or ended within the last seven days, the soonest first, and nobody has kept yet. Each kind has its own maximum: a
 * week of missed ones must not hide the one that can still be kept.
 */
export async function readDueSoon({ redis }: Scripts, { now, withinMs, most }: DueSoonQuery): Promise<readonly DueSoon[]> {
  const sla = `${KeyPrefix}sla`
  const [over, soon] = await Promise.all([
    redis.zrange(sla, `(${now}`, String(now - ShownMs), 'BYSCORE', 'REV', 'LIMIT', 0, most, 'WITHSCORES'),
    redis.zrange(sla, now, String(now + withinMs), 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES'),
  ])
  const steps = Object.entries({ ...fieldsOf(over), ...fieldsOf(soon) })
  const known = await Promise.all(steps.map(([step, at]) => readPromise(redis, step, Number(at))))
  return known.flat().toSorted((a, b) => a.slaAt - b.slaAt)
}

/** None where its plan is gone. */
async function readPromise(redis: Scripts['redis'], step: string, slaAt: number): Promise<readonly DueSoon[]> {
  const [crm, stored, judged] = await redis.hmget(`${KeyPrefix}plan:${leadOfStep(step)}`, 'crm', `s:${step}`, `sla:${step}`)
  if (!crm || !stored) return []
  const { state } = JSON.parse(stored) as { readonly state: StepState }
  return [{ step, crm, slaAt, state, missed: judged === 'missed' || judged === 'late' }]
}

/** Null where the lead has none (any more). */
export async function planOf({ redis }: Scripts, leadKey: string): Promise<FollowUpPlan | null> {
  const stored = await redis.hgetall(`${KeyPrefix}plan:${leadKey}`)
  return followUpPlan(stored, stored.c ?? '')
}

/** Of a contact, under its id or that of one that was joined into it; the newest lead's first. */
export async function plansOf(scripts: Scripts, contactId: string): Promise<readonly FollowUpPlan[]> {
  const answer = (await scripts.run('follow-up-read', 'contact', contactId, -1)) as
    | []
    | [contactId: string, suppression: string[], links: string[], plans: string[][]]
  if (answer.length === 0) return []
  const [survivor, , , plans] = answer
  return plans.map((fields) => followUpPlan(fieldsOf(fields), survivor)).filter((plan) => plan !== null)
}

/** How many contacts wait for what they refused to be taken back. */
export function reviewsLeft({ redis }: Scripts): Promise<number> {
  return redis.hlen(`${KeyPrefix}reviews`)
}
