import type { CrmConfig } from '../config/load.ts'
import { accepts, followUpCrm } from '../core/index.ts'
import { startAlerts } from '../queue/alerts.ts'
import { startQuarantineUpkeep } from '../queue/quarantine-upkeep.ts'
import { Queues } from '../queue/queues.ts'
import { type RouteTarget, startRouteWorker } from '../queue/route-worker.ts'
import { closeWorker } from '../queue/worker-options.ts'
import { RedisAlertLog } from '../store/alert-log.ts'
import { RedisContactClaims } from '../store/contact-claims.ts'
import { startDailyExport } from '../store/daily-export.ts'
import { startCrm } from './crm.ts'
import { startFollowUps } from './follow-ups.ts'
import { type Parts, quarantineRoom, register } from './parts.ts'
import { startJobUpkeep } from './upkeep.ts'

/** Everything between the queue `leads` and the CRMs. */
export function startWorkers(parts: Parts): void {
  const { config, redis, log, now, closers } = parts
  const { workers, stages, ownDomains, qualification, followUps: rules } = config.leadsync
  const scripts = redis.connect('worker', 'patient')
  const crms = config.crms.map(({ name }) => name)
  // Those that are switched off, too: a task that is to be withdrawn there is, as soon as it is on again.
  const queues = new Queues(scripts.redis, [...crms, ...config.disabled], log)
  const limits = { lockMs: workers.lockSeconds * 1_000, stalledMs: workers.stalledSeconds * 1_000 }
  const room = quarantineRoom(parts, scripts)
  const isOurs = () => parts.guard.holding() === 'ours'
  const keeping = { quarantine: queues.quarantine, keep: parts.retention, room }
  const stopQuarantine = startQuarantineUpkeep({ ...keeping, mayRun: isOurs, log })
  const stopExport = startDailyExport({ dataDir: config.leadsync.dataDir, scripts, secret: parts.installation.secret, log, now })
  const mayRun = () => isOurs() && !parts.memory.state().stopped
  const stopJobs = startJobUpkeep({ scripts, queues, mayRun, log, now })
  closers.push(async () => {
    stopJobs()
    stopQuarantine()
    stopExport()
    await queues.close()
  })

  const { alerts, ...alerting } = startAlerts({
    redis: scripts.redis,
    queues,
    gathered: new RedisAlertLog(scripts),
    settings: config.leadsync.alerts,
    limits,
    gate: parts.gate,
    log,
    fetch: globalThis.fetch,
    now,
  })
  const quotaScripts = redis.connect('quota', 'hasty')
  const shared = { ...parts, scripts, quotaScripts, queues, limits, alerts }
  const followUps = startFollowUps(shared)
  const stops = config.crms.filter((crm) => crm.ok).map((crm) => startCrm(crm, { ...shared, followUp: followUps.parts }))
  const router = startRouteWorker({
    redis: scripts.redis,
    queues,
    room,
    register: register(parts, scripts),
    targets: config.crms.map(routeTarget),
    stages,
    ownDomains,
    contacts: new RedisContactClaims(scripts, limits.lockMs),
    release: config.leadsync.doNotContact.release,
    followUpCrm: (lead, wants) => followUpCrm(rules.crms, lead, qualification, wants),
    alerts,
    limits,
    gate: parts.gate,
    concurrency: workers.leads,
    log,
    now,
  })
  closers.push(async () => {
    const graceMs = workers.graceSeconds * 1_000
    await Promise.all([closeWorker(router, graceMs, undefined, parts.gate), followUps.stop(), ...stops.map((stop) => stop())])
    await alerting.stop(graceMs)
  })
}

function routeTarget(crm: CrmConfig): RouteTarget {
  if (!crm.ok) return { name: crm.name, wants: () => 'ask' }
  return { name: crm.name, wants: (lead) => (accepts(crm.accept, lead) ? 'yes' : 'no') }
}
