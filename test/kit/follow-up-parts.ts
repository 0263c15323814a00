import type { FollowUpRules } from '../../src/core/index.ts'
import type { Alert, Alerts } from '../../src/delivery/alerts.ts'
import type { FollowUpParts } from '../../src/delivery/crm-delivery.ts'
import type { FollowUpJobs } from '../../src/delivery/follow-ups/ports.ts'
import { SlaWatch } from '../../src/delivery/follow-ups/sla-watch.ts'
import { RedisFollowUps } from '../../src/store/follow-ups.ts'
import { Keep, type StoreParts } from './store-parts.ts'

const MsPerHour = 3_600_000

/** Nobody is followed up. */
export const NoFollowUps: FollowUpRules = {
  crms: [],
  rules: [],
  maxLeadAgeMs: 72 * MsPerHour,
  slaMs: 24 * MsPerHour,
  warnMs: 4 * MsPerHour,
  minGapMs: 4 * MsPerHour,
  most: { count: 8, withinMs: 30 * 24 * MsPerHour },
  hours: { timeZone: 'UTC', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', holidays: [] },
  people: [],
  assign: { kind: 'crm' },
}

export const NoAlerts: Alerts = { raise: async () => undefined }
/** Where jobs are of the kinds that repair nothing. */
export const NoRepairs = { again: async () => undefined }

/** A job that was asked for. `at` in ms since the epoch, for those that wait. */
export interface AskedJob {
  readonly what: 'fire' | 'look' | 'make' | 'withdraw' | 'ask'
  readonly crm: string
  readonly step: string
  readonly at: number | null
}

export interface OpenFollowUps extends FollowUpParts {
  /** Without queues: what would be on them, each once. */
  readonly asked: AskedJob[]
  readonly alerts: Alert[]
}

export interface FollowUpChanges {
  readonly rules?: FollowUpRules
  /** Absent: what is asked for is noted only. */
  readonly jobs?: FollowUpJobs
  now?(): number
}

/** The follow-ups of one process over a store that others may share. */
export function openFollowUps(
  { scripts }: StoreParts,
  { rules = NoFollowUps, jobs, now = Date.now }: FollowUpChanges = {},
): OpenFollowUps {
  const asked: AskedJob[] = []
  const alerts: Alert[] = []
  const store = new RedisFollowUps(scripts, { retention: Keep, now })
  const sla = new SlaWatch({ followUps: store, alerts: { raise: async (alert) => void alerts.push(alert) }, now })
  return { rules, store, sla, jobs: jobs ?? notedIn(asked), asked, alerts }
}

function notedIn(asked: AskedJob[]): FollowUpJobs {
  async function note(job: AskedJob): Promise<void> {
    const same = (one: AskedJob) => one.what === job.what && one.step === job.step && one.at === job.at
    if (!asked.some(same)) asked.push(job)
  }
  return {
    fire: ({ crm }, step, at) => note({ what: 'fire', crm, step, at }),
    look: ({ crm }, step, at) => note({ what: 'look', crm, step, at }),
    make: ({ crm }, step) => note({ what: 'make', crm, step, at: null }),
    withdraw: ({ crm }, step) => note({ what: 'withdraw', crm, step, at: null }),
    ask: ({ crm }, step) => note({ what: 'ask', crm, step, at: null }),
    async drop(_, step) {
      const at = asked.findIndex((job) => job.what === 'make' && job.step === step)
      if (at >= 0) asked.splice(at, 1)
      return true
    },
  }
}
