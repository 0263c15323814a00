import {
  type CrmOptOuts,
  crmSuppression,
  type FollowUpPlan,
  type Lead,
  type PlannedStep,
  type SuppressionEntry,
} from '../core/index.ts'
import type {
  Begun,
  ContactFollowUps,
  FollowUps,
  HandedOver,
  Limits,
  OwnerTurn,
  Recalled,
  SlaVerdict,
  StepChoice,
  StepFacts,
  StepMove,
  StepMoved,
} from '../delivery/follow-ups/ports.ts'
import { fieldsOf, followUpPlan, planArgument } from './follow-up-plan.ts'
import { readLink } from './ledger.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'
import { readSuppression } from './suppression-list.ts'
import { followUpLine, type TimelineLine } from './timeline.ts'

export interface FollowUpsOptions {
  readonly retention: Retention
  now(): number
}

const MostOthers = 50
const MostTouches = 20
const ReviewedAtOnce = 20
/** How much later than the promised time a look at it may come and still count what it sees as done in time. */
const GraceMs = 5 * 60_000
/** How soon a step asks again that is held by another one of which nobody knows whether it was made. */
const UnsureMs = 5 * 60_000
/** How often an opt-out is tried to be noted while somebody else notes what they know of the same contact. */
const MostTries = 5

type ContactFacts = [contactId: string, suppression: string[], links: string[], plans: string[][]]

/** Plans and their steps, one hash per lead; see `lua/follow-up.lua` for what is in it. */
export class RedisFollowUps implements FollowUps {
  readonly #scripts: Scripts
  readonly #options: FollowUpsOptions

  constructor(scripts: Scripts, options: FollowUpsOptions) {
    this.#scripts = scripts
    this.#options = options
  }

  async plan(plan: FollowUpPlan, say: string): Promise<readonly PlannedStep[]> {
    const { lead, crm } = plan
    const line = followUpLine({ at: this.#options.now(), lead, crm, reason: say })
    const argument = this.#argument({ ...planArgument(plan), line: JSON.stringify(line) })
    const steps = (await this.#scripts.run('follow-up-plan', 'plan', argument)) as string[]
    return steps.map((step) => JSON.parse(step) as PlannedStep)
  }

  async noPlan(lead: string, _contactId: string, crm: string, say: string): Promise<readonly PlannedStep[]> {
    const line = followUpLine({ at: this.#options.now(), lead, crm, reason: say })
    const argument = this.#argument({ k: lead, crm, line: JSON.stringify(line) })
    const steps = (await this.#scripts.run('follow-up-plan', 'none', argument)) as string[]
    return steps.map((step) => JSON.parse(step) as PlannedStep)
  }

  async facts(step: string): Promise<StepFacts | null> {
    const answer = (await this.#scripts.run('follow-up-read', 'step', step, MostOthers)) as
      | []
      | [...ContactFacts, body: string, lines: string[]]
    if (answer.length === 0) return null
    const [contactId, suppression, links, stored, body, lines] = answer
    const [plan, ...others] = readPlans(stored, contactId)
    const own = plan?.steps.find(({ id }) => id === step)
    if (!plan || !own) return null
    return {
      plan,
      step: own,
      lead: body === '' ? null : (JSON.parse(body) as Lead),
      others: others.slice(0, MostOthers),
      suppression: suppressionIn(suppression, links),
      touches: touchesIn(lines, plan.lead),
    }
  }

  async ofContact(contactId: string): Promise<ContactFollowUps> {
    const answer = (await this.#scripts.run('follow-up-read', 'contact', contactId, -1)) as [] | ContactFacts
    if (answer.length === 0) return { plans: [], suppression: [] }
    const [survivor, suppression, links, stored] = answer
    return { plans: readPlans(stored, survivor), suppression: suppressionIn(suppression, links) }
  }

  async handOver(step: string, { minGapMs, most }: Limits): Promise<HandedOver> {
    const [kind, until] = (await this.#step('handOver', { id: step, minGapMs, unsureMs: UnsureMs, ...most })) as [
      HandedOver['kind'],
      string?,
    ]
    return kind === 'gap' ? { kind, until: Number(until) } : { kind }
  }

  async begin(id: string, change: StepChoice, minGapMs: number): Promise<Begun> {
    const answer = await this.#step('begin', { id, change, minGapMs, unsureMs: UnsureMs })
    const [kind, until, step] = answer as [Begun['kind'], string, string]
    if (kind === 'gap') return { kind, until: Number(until) }
    return kind === 'making' ? { kind } : { kind, step: step === '' ? null : (JSON.parse(step) as PlannedStep) }
  }

  async move({ id, from, to, change = {}, say }: StepMove): Promise<StepMoved> {
    const [moved, step] = (await this.#step('move', { id, from, to, change, say })) as [number, string]
    return { moved: moved === 1, step: step === '' ? null : (JSON.parse(step) as PlannedStep) }
  }

  async recall(step: string, reason: string): Promise<Recalled> {
    const says = { sayCancelled: `Cancelled: ${reason}`, sayRecalled: `Its task is to be withdrawn: ${reason}` }
    return (await this.#step('recall', { id: step, reason, ...says })) as Recalled
  }

  async turnOf({ step, key, owners, able }: OwnerTurn): Promise<string> {
    const owner = (await this.#step('turn', { id: step, key, owners, able })) as string
    // Its person is being forgotten, and nobody's turn is taken for a task that is never made.
    return owner === '' ? String(able[0]) : owner
  }

  async noteOptOuts(crm: string, contactId: string, optOuts: CrmOptOuts): Promise<void> {
    for (let tried = 0; tried < MostTries; tried += 1) {
      const [survivor, link] = (await this.#scripts.run('follow-up-review', 'link', contactId, crm)) as [] | [string, string]
      if (survivor === undefined || link === undefined) return
      const noted = JSON.stringify({ ...readLink(link), optOuts })
      if ((await this.#scripts.run('follow-up-review', 'opt-outs', survivor, crm, link, noted)) === 1) return
    }
    throw new Error(`${crm}: what its opt-outs say could not be noted, for the contact was written all the time.`)
  }

  /** A few of them by chance: what can't be reviewed must not keep the others from it. */
  async toReview(): Promise<readonly { readonly contactId: string; readonly mark: string }[]> {
    const marked = await this.#scripts.redis.hrandfield(`${KeyPrefix}reviews`, ReviewedAtOnce, 'WITHVALUES')
    return Object.entries(fieldsOf((marked ?? []) as string[])).map(([contactId, mark]) => ({ contactId, mark }))
  }

  async reviewed(contactId: string, mark: string): Promise<void> {
    await this.#scripts.run('follow-up-review', 'done', contactId, mark)
  }

  async judge(step: string, verdict: SlaVerdict): Promise<boolean> {
    return (await this.#step('judge', { id: step, verdict, graceMs: GraceMs })) === 1
  }

  #step(verb: 'handOver' | 'begin' | 'move' | 'recall' | 'turn' | 'judge', argument: object): Promise<unknown> {
    return this.#scripts.run('follow-up-step', verb, this.#argument(argument))
  }

  #argument(argument: object): string {
    const { retention, now } = this.#options
    const ms = now()
    return JSON.stringify({
      ...argument,
      now: ms,
      at: new Date(ms).toISOString(),
      touches: retention.timelineTouches,
      timelineSeconds: seconds(retention.timelineDays),
      bodySeconds: seconds(retention.bodyDays),
      ledgerSeconds: seconds(retention.ledgerDays),
    })
  }
}

function readPlans(stored: readonly (readonly string[])[], contactId: string): readonly FollowUpPlan[] {
  return stored.map((fields) => followUpPlan(fieldsOf(fields), contactId)).filter((plan) => plan !== null)
}

/** What was said of the contact, and what the opt-outs of its records said; throws when it is damaged. */
function suppressionIn(said: readonly string[], links: readonly string[]): readonly SuppressionEntry[] {
  const ofCrms: SuppressionEntry[] = []
  // In turn and no map: of a CRM there may be several records that are the contact's no longer.
  for (let at = 0; at + 1 < links.length; at += 2)
    ofCrms.push(...crmSuppression(String(links[at]), readLink(String(links[at + 1])).optOuts))
  return [...readSuppression(said), ...ofCrms]
}

/** The other leads, each once, as it first came. */
function touchesIn(lines: readonly string[], own: string): StepFacts['touches'] {
  const touches = new Map<string, StepFacts['touches'][number]>()
  const told = lines.map((line) => JSON.parse(line) as TimelineLine).toSorted((a, b) => a.at.localeCompare(b.at))
  for (const { lead, at, action = null, offer = null } of told) {
    if (lead !== null && lead !== own && !touches.has(lead)) touches.set(lead, { lead, at, action, offer })
  }
  return [...touches.values()].reverse().slice(0, MostTouches)
}
