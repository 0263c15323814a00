import type { Config } from '../config/load.ts'
import type { Log } from '../core/index.ts'
import type { Alerts } from '../delivery/alerts.ts'
import type { FollowUpParts } from '../delivery/crm-delivery.ts'
import { FollowUpReview } from '../delivery/follow-ups/review.ts'
import { SlaWatch } from '../delivery/follow-ups/sla-watch.ts'
import { StepFiring } from '../delivery/follow-ups/step-firing.ts'
import type { ClaimGate } from '../queue/claim-gate.ts'
import { createFollowUpJobs } from '../queue/follow-up-jobs.ts'
import { startFollowUpWorker } from '../queue/follow-up-worker.ts'
import type { Queues } from '../queue/queues.ts'
import type { WorkerLimits } from '../queue/worker-options.ts'
import { RedisFollowUps } from '../store/follow-ups.ts'
import type { Scripts } from '../store/redis.ts'
import type { Retention } from '../store/retention.ts'

/** What the worker part of the daemon hands to the follow-ups. */
export interface FollowUpContext {
  readonly config: Config
  readonly retention: Retention
  readonly scripts: Scripts
  readonly queues: Queues
  readonly limits: WorkerLimits
  readonly gate: ClaimGate
  readonly alerts: Alerts
  readonly log: Log
  now(): number
}

/** Everything of follow-ups that is no CRM's: what each CRM is handed, and how to stop the rest. */
export function startFollowUps(context: FollowUpContext): { readonly parts: FollowUpParts; stop(): Promise<void> } {
  const { config, retention, scripts, queues, limits, alerts, log, now } = context
  const { followUps: rules, qualification, workers } = config.leadsync
  const store = new RedisFollowUps(scripts, { retention, now })
  const jobs = createFollowUpJobs(queues, now)
  const sla = new SlaWatch({ followUps: store, alerts, now })
  const crms = [...config.crms.map(({ name }) => name), ...config.disabled]
  const stop = startFollowUpWorker({
    redis: scripts.redis,
    firing: new StepFiring({ rules, qualification, crms, followUps: store, jobs, sla, now }),
    review: new FollowUpReview({ followUps: store, jobs }),
    limits,
    gate: context.gate,
    concurrency: workers.leads,
    graceMs: workers.graceSeconds * 1_000,
    log,
    now,
  })
  return { parts: { rules, store, jobs, sla }, stop }
}
