import type { FastifyInstance } from 'fastify'
import { buildAdmin } from './admin/admin.ts'
import { adminQuota } from './admin/crm-quota.ts'
import type { AdminCrm } from './admin/crm-status.ts'
import { adminPassword } from './admin/password.ts'
import { type Installation, openInstallation } from './config/installation.ts'
import { listenProblem } from './config/listen-problem.ts'
import type { Config, CrmConfig } from './config/load.ts'
import { formatProblem } from './config/problem.ts'
import { accepts, followUpCrm, type Log } from './core/index.ts'
import { startCrm } from './daemon-crm.ts'
import { startFollowUps } from './daemon-follow-ups.ts'
import { startJobUpkeep } from './daemon-upkeep.ts'
import type { LeadRegister } from './delivery/register.ts'
import { buildIntake } from './intake/http.ts'
import { createInterpreter } from './intake/interpret.ts'
import { openJournal } from './intake/journal.ts'
import { createReception, type Reception } from './intake/reception.ts'
import { startAlerts } from './queue/alerts.ts'
import { ClaimGate } from './queue/claim-gate.ts'
import { LeadIntake } from './queue/lead-intake.ts'
import { startQuarantineUpkeep } from './queue/quarantine-upkeep.ts'
import { Queues } from './queue/queues.ts'
import { type RouteTarget, startRouteWorker } from './queue/route-worker.ts'
import { closeWorker } from './queue/worker-options.ts'
import { RedisAlertLog } from './store/alert-log.ts'
import { RedisContactClaims } from './store/contact-claims.ts'
import { RedisCrmStates } from './store/crm-states.ts'
import { startDailyExport } from './store/daily-export.ts'
import { RedisLeadRegister } from './store/lead-register.ts'
import { type MemoryWatch, startMemoryWatch } from './store/memory-watch.ts'
import { RedisQuarantineRoom } from './store/quarantine-room.ts'
import type { Scripts } from './store/redis.ts'
import { openRedis, type RedisAccess } from './store/redis-access.ts'
import type { Retention } from './store/retention.ts'
import { acceptStore, type Binding } from './store/store-binding.ts'
import { type StoreGuard, startStoreGuard } from './store/store-guard.ts'

export type Role = 'all' | 'intake' | 'worker' | 'admin'

export interface DaemonOptions {
  readonly config: Config
  readonly role: Role
  readonly log: Log
  /** A Redis that has lost our data is taken as it is. */
  readonly acceptEmptyRedis?: boolean
  now(): number
}

export interface Daemon {
  /** Where this role listens; null where it does not. */
  readonly intakeUrl: string | null
  readonly adminUrl: string | null
  readonly redisUrl: string
  /** Set when no password was configured: it is known to nobody yet. */
  readonly generatedPassword: string | null
  /** Intake → workers → connectors → Redis; what is in hand is finished or returned within the grace time. */
  stop(): Promise<void>
}

/** What every part is made from. */
interface Parts extends DaemonOptions {
  readonly installation: Installation
  readonly redis: RedisAccess
  readonly guard: StoreGuard
  readonly memory: MemoryWatch
  /** Which every worker that makes more of what Redis holds goes through. */
  readonly gate: ClaimGate
  readonly retention: Retention
  /** Run last to first when the daemon stops. */
  readonly closers: (() => Promise<void>)[]
}

/** Starts the daemon, or the part of it that `role` says. Redis may be away: intake then goes on into the journal. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, role, log } = options
  const { leadsync } = config
  const installation = await openInstallation(leadsync.dataDir)
  const binding = { dataDir: leadsync.dataDir, installation: installation.id }
  const redis = await openRedis(leadsync.redis, binding, log)
  const { retention } = leadsync
  const closers = [() => redis.close()]
  try {
    const gate = new ClaimGate(log)
    const guard = await guardStore(redis, binding, { ...options, gate })
    const memory = startMemoryWatch({
      redis: redis.connect('memory', 'hasty').redis,
      limits: leadsync.memory,
      stopped: (stopped) => gate.set('memory', stopped),
      log,
    })
    closers.push(async () => {
      memory.stop()
      guard.stop()
    })
    const parts: Parts = { ...options, installation, redis, guard, memory, gate, retention, closers }
    if (runs(role, 'worker')) startWorkers(parts)
    const intake = runs(role, 'intake') ? await startIntake(parts) : null
    const admin = runs(role, 'admin') ? await startAdmin(parts, intake?.reception ?? null) : null
    return {
      intakeUrl: intake?.url ?? null,
      adminUrl: admin?.url ?? null,
      redisUrl: redis.url,
      generatedPassword: admin?.generatedPassword ?? null,
      stop: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function guardStore(
  redis: RedisAccess,
  binding: Binding,
  { log, gate, acceptEmptyRedis }: DaemonOptions & Pick<Parts, 'gate'>,
): Promise<StoreGuard> {
  const connection = redis.connect('guard', 'hasty').redis
  const guard = await startStoreGuard({
    ...binding,
    redis: connection,
    log,
    changed: (holding) => gate.set('store', holding !== 'ours'),
  })
  if (acceptEmptyRedis !== true || guard.holding() !== 'empty') return guard
  await acceptStore(connection, binding)
  log.warn({}, 'A Redis without the data of this installation was accepted: what it knew of people and their leads is forgotten.')
  return guard
}

function runs(role: Role, part: Role): boolean {
  return role === 'all' || role === part
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

async function startIntake(parts: Parts): Promise<{ url: string; reception: Reception }> {
  const { config, installation, redis, log, now, closers } = parts
  const { intake, journal: kept, stages, ownDomains } = config.leadsync
  const scripts = redis.connect('intake', 'hasty')
  const queues = new Queues(scripts.redis, [], log)
  const { secret } = installation
  const interpreter = createInterpreter({ secret, stages, testLeads: intake.testLeads, ownDomains }, log)
  const journal = await openJournal({ dir: kept.dir, keepDays: kept.keepDays, now, log })
  // A lead that no journal keeps goes to a Redis that is nearly full all the same: the room that is left there is for it.
  const hasRoom = () => !(parts.memory.state().journalOnly && journal.writable())
  const mayTake = () => isUsable(parts.guard) && hasRoom()
  const sink = new LeadIntake(scripts.redis, register(parts, scripts), queues, mayTake, quarantineRoom(parts, scripts))
  const reception = createReception({ journal, sink, interpret: interpreter.interpret, log })
  const app = buildIntake(intake, { reception, interpreter, secret, now, log })
  closers.push(async () => {
    await app.close()
    await reception.stop()
    await journal.stop()
    await queues.close()
  })
  return { url: await listen(app, intake), reception }
}

async function startAdmin(parts: Parts, reception: Reception | null): Promise<{ url: string; generatedPassword: string | null }> {
  const { config, role, redis, log, now, closers } = parts
  const { admin } = config.leadsync
  const { password, generated } = adminPassword(admin)
  const scripts = redis.connect('admin', 'hasty')
  const crms = config.crms.map(describeCrm)
  const queues = new Queues(
    scripts.redis,
    crms.map(({ name }) => name),
    log,
  )
  const app = await buildAdmin(
    { ...admin, password, crms, role, warnMs: config.leadsync.followUps.warnMs },
    {
      queues,
      scripts,
      states: new RedisCrmStates(scripts),
      intakeState: () => reception?.state() ?? null,
      redisUp: () => scripts.redis.status === 'ready',
      holding: () => parts.guard.holding(),
      memory: () => parts.memory.state(),
      log,
      now,
    },
  )
  closers.push(async () => {
    await app.close()
    await queues.close()
  })
  return { url: await listen(app, admin), generatedPassword: generated ? password : null }
}

function startWorkers(parts: Parts): void {
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

/** Before it was asked nobody knows: then the scripts say so. */
function isUsable(guard: StoreGuard): boolean {
  const holding = guard.holding()
  return holding === null || holding === 'ours'
}

function quarantineRoom({ config, now }: Parts, scripts: Scripts): RedisQuarantineRoom {
  return new RedisQuarantineRoom(scripts, config.leadsync.quarantine.maxBytes, now)
}

function register({ config, installation, retention }: Parts, scripts: Scripts): LeadRegister {
  const crms = config.crms.map(({ name }) => name)
  return new RedisLeadRegister(scripts, {
    secret: installation.secret,
    doNotContact: config.leadsync.doNotContact,
    retention,
    crms,
  })
}

function routeTarget(crm: CrmConfig): RouteTarget {
  if (!crm.ok) return { name: crm.name, wants: () => 'ask' }
  return { name: crm.name, wants: (lead) => (accepts(crm.accept, lead) ? 'yes' : 'no') }
}

function describeCrm(crm: CrmConfig): AdminCrm {
  if (crm.ok) return { name: crm.name, valid: true, ...adminQuota(crm) }
  return { name: crm.name, valid: false, problem: crm.problems.map(formatProblem).join('; ') }
}

async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw new Error(listenProblem(error, `${host}:${port}`), { cause: error })
  }
}
