import type { FollowUpPlan, PlannedStep } from '../../core/index.ts'
import type { Alerts } from '../alerts.ts'
import type { FollowUps } from './ports.ts'

export interface SlaWatchOptions {
  readonly followUps: Pick<FollowUps, 'judge'>
  readonly alerts: Alerts
  now(): number
}

/** `later`: to be looked at again then, in ms since the epoch. */
export type Looked = { readonly kind: 'done' } | { readonly kind: 'later'; readonly at: number }

const MsPerDay = 86_400_000
/** For so long a late one is looked at once a day: then nobody is about to work on it any more. */
const WatchedMs = 7 * MsPerDay

/** Keeps the promise in view that somebody begins with a lead in time. */
export class SlaWatch {
  readonly #options: SlaWatchOptions

  constructor(options: SlaWatchOptions) {
    this.#options = options
  }

  /** When to look again, whatever is found now. */
  next({ slaAt }: Pick<PlannedStep, 'slaAt'>): Looked {
    const now = this.#options.now()
    if (slaAt === null) return { kind: 'done' }
    if (now < slaAt) return { kind: 'later', at: slaAt }
    const at = now + MsPerDay
    return at < slaAt + WatchedMs ? { kind: 'later', at } : { kind: 'done' }
  }

  /** Of a task that is there and that nobody worked on. */
  async untouched(plan: FollowUpPlan, step: PlannedStep): Promise<void> {
    await this.#judge(plan, step, 'missed', 'Nobody has worked on its task in time.')
  }

  /** Of one that is not there. Returns when to look again. */
  async unmade(plan: FollowUpPlan, step: PlannedStep): Promise<Looked> {
    if (!['waiting', 'due', 'making', 'failed'].includes(step.state)) return { kind: 'done' }
    await this.#judge(plan, step, 'late', 'Its task could not be made in time.')
    return this.next(step)
  }

  async #judge(
    { crm, lead }: FollowUpPlan,
    { id, slaAt }: PlannedStep,
    verdict: 'missed' | 'late',
    reason: string,
  ): Promise<void> {
    const { followUps, alerts, now } = this.#options
    if (slaAt === null || now() < slaAt) return
    const isNews = await followUps.judge(id, verdict)
    if (isNews) await alerts.raise({ event: 'sla-missed', crm, lead, reason })
  }
}
