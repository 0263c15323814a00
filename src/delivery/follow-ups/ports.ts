import type { CrmOptOuts, FollowUpPlan, Lead, PlannedStep, StepState, SuppressionEntry } from '../../core/index.ts'

/** All that a step is decided on, read in one round trip. */
export interface StepFacts {
  readonly plan: FollowUpPlan
  readonly step: PlannedStep
  /** Null when its body aged out. */
  readonly lead: Lead | null
  /** The follow-ups of the same contact's other leads. */
  readonly others: readonly FollowUpPlan[]
  /** Of the whole contact, what the opt-outs of all CRMs said at their last reading among it. */
  readonly suppression: readonly SuppressionEntry[]
  /** The contact's other leads, as its history has them, the newest first; times are ISO 8601. */
  readonly touches: readonly {
    readonly lead: string
    readonly at: string
    readonly action: string | null
    readonly offer: string | null
  }[]
}

/** What the contact as a whole has: for when something was said against it. */
export interface ContactFollowUps {
  readonly plans: readonly FollowUpPlan[]
  readonly suppression: readonly SuppressionEntry[]
}

/** Times in ms since the epoch. */
export type StepChange = Partial<
  Pick<PlannedStep, 'on' | 'task' | 'madeAt' | 'dueAt' | 'owner' | 'reason' | 'recall' | 'fireAt' | 'heldUntil'>
>

export interface StepMove {
  readonly id: string
  /** It is moved only if it is in one of these. */
  readonly from: readonly StepState[]
  readonly to: StepState
  readonly change?: StepChange
  /** A sentence for the contact's history; absent: the move is no news to a person. */
  readonly say?: string
}

export interface StepMoved {
  /** False: it was in none of the states asked for, and nothing was changed. */
  readonly moved: boolean
  /** As it is now; null when nothing is known of it (any more). */
  readonly step: PlannedStep | null
}

export type HandedOver =
  /** It was `waiting` and is `due` now, or was `due` already: its task job must be there. */
  | { readonly kind: 'due' }
  /** Another task about this contact was made, or may have been, too short a time ago. To be asked again then, in ms since the epoch. */
  | { readonly kind: 'gap'; readonly until: number }
  /** The contact has had as many tasks as it may have. */
  | { readonly kind: 'most' }
  /** It is past that. */
  | { readonly kind: 'done' }

export type Begun =
  /** It is `making`: its task is to be made now. */
  | { readonly kind: 'making' }
  /** As when it is handed over; nothing was changed. */
  | { readonly kind: 'gap'; readonly until: number }
  /** It was neither `due` nor `failed` nor `making`; `step` as in `StepMoved`. */
  | { readonly kind: 'other'; readonly step: PlannedStep | null }

/** What is chosen for a task before its CRM is asked to make it. */
export type StepChoice = Required<Pick<StepChange, 'on' | 'owner' | 'dueAt'>>

export interface OwnerTurn {
  readonly step: string
  readonly key: string
  /** Everybody who takes turns, in their order. */
  readonly owners: readonly string[]
  /** Those of them who can have tasks now; at least one. */
  readonly able: readonly string[]
}

/** What is to be done about a step whose task must not be there. */
export type Recalled =
  /** It was not made yet and is `cancelled`, or it had ended: nothing is to be done. */
  | 'nothing'
  /** It is being made at this moment, or failed while it was made: whoever makes it, or replays it, withdraws it. */
  | 'making'
  /** It is `withdrawing` now (or was before): its withdraw job must be there. */
  | 'withdraw'

export interface Limits {
  readonly minGapMs: number
  readonly most: { readonly count: number; readonly withinMs: number }
}

/**
 * The durable record of follow-ups. Every method may be called twice. Counters and the contact's history move with the states, in one script.
 */
export interface FollowUps {
  /**
   * Keeps the plan of a lead, unless there is one: the first one stands, in whichever CRM. Returns the steps that stand and that wait or are
   * due, i.e. whose jobs must be there; none when the lead's plan belongs to another CRM. `say` goes to the contact's history, once.
   */
  plan(plan: FollowUpPlan, say: string): Promise<readonly PlannedStep[]>
  /** Why a lead gets none: noted in the contact's history, once. One that was planned before stands: its steps are returned as by `plan`. */
  noPlan(lead: string, contactId: string, crm: string, say: string): Promise<readonly PlannedStep[]>
  facts(step: string): Promise<StepFacts | null>
  ofContact(contactId: string): Promise<ContactFollowUps>
  /** Counts the step against the limits and makes it `due`, in one step. One that is held by the gap says so itself until then. */
  handOver(step: string, limits: Limits): Promise<HandedOver>
  /**
   * Makes a step `making` unless the gap forbids it, and from then on it counts as made, in one step: of two that come at the same time one
   * is held. What an earlier try has chosen stays.
   */
  begin(step: string, choice: StepChoice, minGapMs: number): Promise<Begun>
  move(move: StepMove): Promise<StepMoved>
  /** Cancels a step (`waiting`, `due`, `failed`), or has its task withdrawn (`making`, `made`, and `failed` where it may be there). */
  recall(step: string, reason: string): Promise<Recalled>
  /**
   * Who is to have the step's task: whoever has an earlier task of the same lead or contact, if able; else whose turn it is in the plan's CRM,
   * which is then taken. Asked again for the same lead it answers the same, as long as that owner is among them.
   */
  turnOf(turn: OwnerTurn): Promise<string>
  /** What a CRM's own opt-outs said of a contact just now; nothing where the CRM is not known to have it. */
  noteOptOuts(crm: string, contactId: string, optOuts: CrmOptOuts): Promise<void>
  /** Contacts of which something was said against them, or that were joined, while they have follow-ups; a few at a time, each with its mark. */
  toReview(): Promise<readonly { readonly contactId: string; readonly mark: string }[]>
  /** Nothing is to be reviewed any more, unless something was said since the mark was read. */
  reviewed(contactId: string, mark: string): Promise<void>
  /** That the lead's promised time is (about to be) over, or was kept: moves what `status` lists and counts, once for each `verdict`. */
  judge(step: string, verdict: SlaVerdict): Promise<boolean>
}

/** `missed`: nobody worked on it in time; `late`: nobody did, and the task was not even made in time. */
export type SlaVerdict = 'worked' | 'missed' | 'late'

/** Whose follow-up a job is about. */
export type PlanRef = Pick<FollowUpPlan, 'crm' | 'contactId'>

/** What BullMQ is asked for; times are ms since the epoch. Asking twice for the same is harmless. */
export interface FollowUpJobs {
  /** The step's time comes then. */
  fire(plan: PlanRef, step: string, at: number): Promise<void>
  /** Then it is to be looked at: did somebody work on it? */
  look(plan: PlanRef, step: string, at: number): Promise<void>
  /** The CRM is to make its task. */
  make(plan: PlanRef, step: string): Promise<void>
  /** The CRM is to put its task aside. */
  withdraw(plan: PlanRef, step: string): Promise<void>
  /** The CRM is to be asked whether somebody worked on its task. */
  ask(plan: PlanRef, step: string): Promise<void>
  /** No task is to be made any more: its job goes, also from the dead letters. False while a worker has it in hand. */
  drop(plan: PlanRef, step: string): Promise<boolean>
}
