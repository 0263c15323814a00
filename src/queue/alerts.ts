import type { Redis } from 'ioredis'
import type { AlertSettings, AlertWebhook, Log } from '../core/index.ts'
import type { Alert, AlertBatchRef, AlertLog, Alerts } from '../delivery/alerts.ts'
import { startAlertWorker } from './alert-worker.ts'
import type { ClaimGate } from './claim-gate.ts'
import type { Queues } from './queues.ts'
import { closeWorker, type WorkerLimits } from './worker-options.ts'

export interface AlertParts {
  readonly redis: Redis
  readonly queues: Queues
  readonly gathered: AlertLog
  readonly settings: AlertSettings
  readonly limits: WorkerLimits
  /** Absent: nothing holds them up. */
  readonly gate?: ClaimGate
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
  now(): number
  /** See the worker's options. */
  readonly firstRetryMs?: number
  /** How often batches whose job is lost are looked for, ms. */
  readonly everyMs?: number
}

export interface RunningAlerts {
  readonly alerts: Alerts
  /** Waits `graceMs` for what is being sent; the rest is sent by the next start. */
  stop(graceMs: number): Promise<void>
}

const EveryMs = 60_000

/** Alerts as the configuration wants them: nothing at all where there is no webhook. */
export function startAlerts(parts: AlertParts): RunningAlerts {
  const { settings, gathered, log, everyMs = EveryMs } = parts
  const { webhook } = settings
  if (webhook === null) return { alerts: { raise: async () => undefined }, stop: async () => undefined }

  const expired = new AbortController()
  const worker = startAlertWorker({ ...parts, webhook, signal: expired.signal })
  // Not for memory: then people want to hear of it.
  parts.gate?.add(worker, ['store'])
  // A process that died between the two steps of `raise`, or a job that a person removed from the board, would leave its lane for ever.
  const addLost = () => {
    gathered
      .standing()
      .then((batches) => Promise.all(batches.map((batch) => addJob(parts, webhook, batch))))
      .catch((error: unknown) => log.warn({ error }, 'alerts that are not sent yet could not be looked for'))
  }
  addLost()
  const timer = setInterval(addLost, everyMs)
  timer.unref()
  return {
    alerts: { raise: (alert) => raise(parts, webhook, alert) },
    async stop(graceMs) {
      clearInterval(timer)
      await closeWorker(worker, graceMs, () => expired.abort(), parts.gate)
    },
  }
}

async function raise(parts: AlertParts, webhook: AlertWebhook, alert: Alert): Promise<void> {
  const { event, crm } = alert
  if (!webhook.events.includes(event)) return
  try {
    const { batch, opened } = await parts.gathered.gather(alert, parts.now())
    // Whoever opens a batch adds its job; the others have nothing left to do.
    if (opened) await addJob(parts, webhook, batch)
  } catch (error) {
    parts.log.warn({ event, crm, error }, 'an alert could not be noted')
  }
}

/**
 * A job per batch, not one per lane: one with a known id is ignored, also while that one is active and has taken its batch already, and then
 * nobody would come for what was raised meanwhile.
 */
async function addJob({ queues }: AlertParts, { gatherMs }: AlertWebhook, batch: AlertBatchRef): Promise<void> {
  const { event, crm, id } = batch
  // Nothing is delivered to a blocked CRM until somebody sees to it, and it is told once.
  const delayMs = event === 'crm-blocked' ? 0 : gatherMs
  await queues.add(queues.alerts, { name: 'alert', id: [event, crm ?? 'all', id].join('.'), data: { event, crm, id }, delayMs })
}
