import type { FollowUpPlan, PlannedStep } from '../../core/index.ts'
import type { Alerts } from '../alerts.ts'
import type { FollowUps } from './ports.ts'

export interface SlaWatchOptions {
  readonly followUps: Pick<FollowUps, 'judge'>
  readonly alerts: Alerts
  now(): number
}

const MsPerDay = 86_400_000
/** For so long a late one is looked at once a day: then nobody is about to work on it any more. */
const WatchedMs = 7 * MsPerDay

/** Keeps the promise in view that somebody begins with a lead in time. */
export class SlaWatch {
  readonly #options: SlaWatchOptions

  constructor(options: SlaWatchOptions) {
    this.#options = options
  }

  /** Of a task that is there and that nobody worked on. Returns when to look again. */
  async untouched(plan: FollowUpPlan, step: PlannedStep): Promise<{ kind: 'done' } | { kind: 'later'; at: number }> {
    return await this.#judge(plan, step, 'missed', 'Nobody has worked on its task in time.')
  }

  /** Of one that is not there. */
  async unmade(plan: FollowUpPlan, step: PlannedStep): Promise<{ kind: 'done' } | { kind: 'later'; at: number }> {
    const isOpen = ['waiting', 'due', 'making', 'failed'].includes(step.state)
    return isOpen ? await this.#judge(plan, step, 'late', 'Its task could not be made in time.') : { kind: 'done' }
  }

  async #judge({ crm, lead }: FollowUpPlan, { id, slaAt }: PlannedStep, verdict: 'missed' | 'late', reason: string) {
    const { followUps, alerts, now } = this.#options
    if (slaAt === null) return { kind: 'done' } as const
    if (now() < slaAt) return { kind: 'later', at: slaAt } as const
    const isNews = await followUps.judge(id, verdict)
    if (isNews) await alerts.raise({ event: 'sla-missed', crm, lead, reason })
    const at = now() + MsPerDay
    return at < slaAt + WatchedMs ? ({ kind: 'later', at } as const) : ({ kind: 'done' } as const)
  }
}
