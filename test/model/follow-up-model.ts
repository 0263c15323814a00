import { HourMs, type KnownLead } from './people.ts'
import { mayFollowUp, type Said, type Signal } from './suppression-model.ts'

/**
 * Who is to be followed up by what, and why a step is not made, written from the design (§6 do not contact, §7 follow-ups), from the issue and
 * from nothing in `src`. Times are in ms of the epoch.
 *
 * The gap, in words: between two tasks about one contact there are so many hours, in all CRMs together. Only tasks that were made count, and
 * those that may have been made until that is known, which is asked for again every few minutes. One that is only handed over to its CRM
 * holds nothing up but later ones of its own follow-up.
 */
export interface PlanModel {
  readonly known: KnownLead
  readonly crm: string
  readonly plannedAt: number
  readonly steps: readonly StepModel[]
}

export interface StepModel {
  readonly id: string
  readonly rule: RuleModel
  readonly set: SetStep
  /** Later when it was put off for the gap. */
  fireAt: number
  /** As the store says it; `!` behind it: it is to be withdrawn as soon as it is there. */
  state: string
  /** Its task is or was in the CRM. */
  made: boolean
  /** It was made when sales had ended the record that its lead was written to: it is about what became of that. */
  afterEnd: boolean
  /** When it was handed over to its CRM, later when that was asked for its task, later when the task was made: by this it counts for gap and maximum. */
  counted: Moment | null
  /** Its CRM was asked for its task, and nobody knows whether that is there. */
  tried: boolean
}

/** Some time in between, where a process died and nobody knows how far it got. */
export interface Moment {
  readonly from: number
  readonly to: number
}

export interface RuleModel {
  readonly name: string
  readonly isAbout: (signal: Signal) => boolean
  readonly parallel: boolean
  readonly steps: readonly SetStep[]
}

export interface SetStep {
  readonly name: string
  readonly type: 'call' | 'email' | 'todo'
  readonly afterHours: number
  readonly evenIfWorked: boolean
}

export type Reason =
  | 'too old'
  | 'covered'
  | 'superseded'
  | 'worked'
  | 'most'
  | 'record deleted'
  | 'record closed'
  | 'record converted'

export const MaxAgeHours = 72
export const GapHours = 2
/** How soon one asks again that is held by another which may not be made. */
const SoonMs = 5 * 60_000
export const Most = { count: 5, withinHours: 60 }
export const SlaHours = 24

const plain = { evenIfWorked: false }

export const Rules: readonly RuleModel[] = [
  {
    name: 'got',
    isAbout: ({ action }) => action === 'INS',
    parallel: false,
    steps: [
      { name: 'call', type: 'call', afterHours: 0, ...plain },
      { name: 'mail', type: 'email', afterHours: 24, ...plain },
      { name: 'last', type: 'todo', afterHours: 48, evenIfWorked: true },
    ],
  },
  {
    name: 'asked',
    isAbout: ({ action }) => action === 'PLT',
    parallel: false,
    steps: [
      { name: 'call', type: 'call', afterHours: 0, ...plain },
      { name: 'again', type: 'call', afterHours: 6, ...plain },
    ],
  },
  {
    name: 'beside',
    isAbout: ({ offer }) => offer === 'beta',
    parallel: true,
    steps: [{ name: 'mail', type: 'email', afterHours: 1, ...plain }],
  },
]

/** The first that fits, and all of them want every lead. */
export function ownerModel({ action, offer }: Signal): string {
  if (action === 'PLT' || offer === null) return 'salesforce'
  return offer === 'beta' ? 'dynamics' : 'hubspot'
}

/** The plan of a lead that its CRM has now; null: it gets none. */
export function planModel(known: KnownLead, now: number): PlanModel | null {
  const { signal, model, followed } = known
  const rules = Rules.filter(({ isAbout }) => isAbout(signal))
  if (signal.action === 'DNC' || !followed || rules.length === 0 || isTooOld(known, now)) return null
  const steps = rules.flatMap((rule) =>
    rule.steps.map((set) => ({
      id: `${model.key}.${rule.name}.${set.name}`,
      rule,
      set,
      fireAt: now + set.afterHours * HourMs,
      state: 'waiting',
      made: false,
      afterEnd: false,
      counted: null,
      tried: false,
    })),
  )
  return { known, crm: ownerModel(signal), plannedAt: now, steps: steps.toSorted((a, b) => a.fireAt - b.fireAt) }
}

export interface Situation {
  readonly now: number
  /** What leads and admins said of the contact. */
  readonly said: readonly Said[]
  /** Channels of which some CRM's own opt-outs are known to say no. */
  readonly closed: ReadonlySet<string>
  /** Plans of the same contact, this one among them. */
  readonly plans: readonly PlanModel[]
}

/** What stands against a step, as far as Leadsync can know it without asking its CRM. */
export function against(plan: PlanModel, step: StepModel, situation: Situation): Set<Reason> {
  const reasons = new Set<Reason>()
  if (isTooLate(plan, step, situation.now)) reasons.add('too old')
  if (isCovered(plan, step, situation)) reasons.add('covered')
  const newer = situation.plans.some((other) => isNewer(other, plan) && isAlive(other) && mayBeSameOffer(other, plan))
  if (newer && !step.rule.parallel) reasons.add('superseded')
  const worked = plan.steps.some(({ rule, state }) => rule === step.rule && state === 'worked')
  if (worked && !step.set.evenIfWorked) reasons.add('worked')
  return reasons
}

/** A to-do names no way to contact anybody: one that is left open is enough. */
export function isCovered(
  { known }: PlanModel,
  { set }: StepModel,
  { said, closed }: Pick<Situation, 'said' | 'closed'>,
): boolean {
  const open = (channel: 'email' | 'phone') => !closed.has(channel) && mayFollowUp(said, known.signal, channel)
  if (set.type === 'call') return !open('phone')
  return set.type === 'email' ? !open('email') : !open('email') && !open('phone')
}

/** Until when others keep a step waiting; 0: not at all. Two times where nobody knows. */
export function gapModel(
  { plan, step }: { readonly plan: PlanModel; readonly step: StepModel },
  { now, plans }: Pick<Situation, 'now' | 'plans'>,
  isHandingOver: boolean,
): Moment {
  let gap = { from: 0, to: 0 }
  for (const other of plans) {
    for (const { counted, made, tried } of other.steps.filter((one) => one !== step)) {
      if (counted === null || (!made && !tried && !(isHandingOver && other === plan))) continue
      const until = (at: number) => {
        const end = at + GapHours * HourMs
        if (end <= now) return 0
        return made ? end : Math.min(end, now + SoonMs)
      }
      gap = { from: Math.max(gap.from, until(counted.from)), to: Math.max(gap.to, until(counted.to)) }
    }
  }
  return gap
}

/** Whether the contact has had as many tasks as it may have: for certain, and perhaps. */
export function mostModel({ now, plans }: Pick<Situation, 'now' | 'plans'>): readonly [boolean, boolean] {
  const counted = plans.flatMap(({ steps }) => steps.flatMap((one) => one.counted ?? []))
  const within = (at: (moment: Moment) => number) => counted.filter((one) => at(one) > now - Most.withinHours * HourMs).length
  return [within(({ from }) => from) >= Most.count, within(({ to }) => to) >= Most.count]
}

/** When the gap to the task that was made last is over: steps that became due while their CRM stood still keep it, too. */
export function madeGapEnd(step: StepModel, plans: readonly PlanModel[]): number {
  const made = plans.flatMap(({ steps }) => steps.filter((one) => one.made && one !== step))
  return Math.max(...made.map(({ counted }) => counted?.to ?? 0)) + GapHours * HourMs
}

/** What a reason says to a person, told apart by its words. */
const Words: readonly (readonly [RegExp, Reason])[] = [
  [/ is not followed up any more /, 'too old'],
  [/^The customer is not to be /, 'covered'],
  [/^A newer lead of this contact /, 'superseded'],
  [/^Somebody has worked on /, 'worked'],
  [/^This contact has had \d+ tasks /, 'most'],
  [/^The record was deleted /, 'record deleted'],
  [/^Sales closed the record /, 'record closed'],
  [/^Sales made a contact of the lead /, 'record converted'],
]

export function reasonIn(text: string | null): Reason | null {
  return Words.find(([words]) => words.test(text ?? ''))?.[1] ?? null
}

/** Nothing is to be done about it any more. */
export function hasEnded({ state }: StepModel): boolean {
  return ['made', 'worked', 'withdrawn', 'kept', 'cancelled'].includes(state)
}

/** Of a follow-up that nobody has begun. That the rule itself waits with the step is no delay, unless what comes before it still waits. */
function isTooLate({ known, steps, plannedAt }: PlanModel, step: StepModel, now: number): boolean {
  if (steps.some(({ made }) => made)) return false
  const isNext = steps.slice(0, steps.indexOf(step)).every(({ state }) => state !== 'waiting' && state !== 'due')
  return isTooOld(known, isNext ? now - (step.fireAt - plannedAt) : now)
}

function isTooOld({ signal }: KnownLead, now: number): boolean {
  return now - signal.at > MaxAgeHours * HourMs
}

function isNewer({ known: one }: PlanModel, { known: other }: PlanModel): boolean {
  return one.signal.at === other.signal.at ? one.model.key > other.model.key : one.signal.at > other.signal.at
}

function isAlive({ steps }: PlanModel): boolean {
  return steps.some(({ state }) => !['cancelled', 'withdrawing', 'withdrawn', 'failed'].includes(state))
}

function mayBeSameOffer({ known: one }: PlanModel, { known: other }: PlanModel): boolean {
  return one.signal.offer === null || other.signal.offer === null || one.signal.offer === other.signal.offer
}
