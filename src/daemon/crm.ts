import { configVersion } from '../config/config-version.ts'
import type { ReadyCrm } from '../config/crm-settings.ts'
import type { Installation } from '../config/installation.ts'
import type { Config } from '../config/load.ts'
import type { Log } from '../core/index.ts'
import type { Alerts } from '../delivery/alerts.ts'
import { CrmDelivery, type FollowUpParts } from '../delivery/crm-delivery.ts'
import { OrgBinding } from '../delivery/org-binding.ts'
import { BlockedProbe } from '../queue/blocked-probe.ts'
import { Circuit } from '../queue/circuit.ts'
import type { ClaimGate } from '../queue/claim-gate.ts'
import { DeliveryWorker } from '../queue/delivery-worker.ts'
import type { Queues } from '../queue/queues.ts'
import { Repairs } from '../queue/repairs.ts'
import { closeWorker, type WorkerLimits } from '../queue/worker-options.ts'
import { RedisCircuits } from '../store/circuits.ts'
import { RedisContactClaims } from '../store/contact-claims.ts'
import { RedisContactLock } from '../store/contact-lock.ts'
import { RedisCrmStates } from '../store/crm-states.ts'
import { RedisLedger } from '../store/ledger.ts'
import { RedisOrgBindings } from '../store/org-bindings.ts'
import { isNotOurs, type Scripts } from '../store/redis.ts'
import type { Retention } from '../store/retention.ts'
import { RedisSuppressionList } from '../store/suppression-list.ts'
import { crmQuota } from './quota.ts'
import { connectorModule, decideRules } from './rules.ts'

/** What the worker part of the daemon hands to each CRM. */
export interface CrmParts {
  readonly config: Config
  readonly installation: Installation
  readonly retention: Retention
  readonly log: Log
  now(): number
  readonly scripts: Scripts
  /** On a connection of their own, which waits for nothing: the limits of requests are kept there. */
  readonly quotaScripts: Scripts
  readonly queues: Queues
  readonly limits: WorkerLimits
  readonly gate: ClaimGate
  readonly followUp: FollowUpParts
  readonly alerts: Alerts
}

/** Everything between one CRM's queue and the CRM. Returns how to stop it. */
export function startCrm(crm: ReadyCrm, parts: CrmParts): () => Promise<void> {
  const { config, scripts, queues, retention, limits, log, now } = parts
  const { deliveries: concurrency, graceSeconds } = config.leadsync.workers
  const quota = crmQuota(crm, parts.quotaScripts, { fetch: globalThis.fetch, now })
  const connector = connectorModule(crm).create(crm.settings, { crm: crm.name, fetch: quota.fetch, now, log })
  const grace = new AbortController()
  const common = {
    crm: crm.name,
    ledger: new RedisLedger(scripts, { lockMs: limits.lockMs, retention, now }),
    signal: grace.signal,
    now,
  }
  const states = new RedisCrmStates(scripts)
  const orgs = new RedisOrgBindings(scripts, now)
  const org = new OrgBinding({ ...common, sharedOrg: crm.sharedOrg, connector, orgs })
  noteStart(crm, { scripts, states, orgs }).catch((error: unknown) => {
    if (!isNotOurs(error)) log.warn({ crm: crm.name, error }, 'the version of its settings and sharedOrg could not be noted')
  })
  const queue = queues.delivery(crm.name)
  const delivery = new CrmDelivery({
    ...common,
    connector,
    org,
    rules: decideRules(crm, connector, { config, secret: parts.installation.secret }),
    accept: crm.accept,
    lock: new RedisContactLock(scripts, limits.lockMs),
    contacts: new RedisContactClaims(scripts, limits.lockMs),
    suppression: new RedisSuppressionList(scripts),
    followUps: parts.followUp,
    newDeliveries: quota.newDeliveries,
    lockMs: limits.lockMs,
  })
  const probe = new BlockedProbe({ crm: crm.name, queue, connector, org, states, log })
  const circuits = new RedisCircuits(scripts)
  const circuit = new Circuit({ crm: crm.name, circuits, concurrency, turnMs: limits.lockMs, log, now })
  const work = {
    ...common,
    circuit,
    redis: scripts.redis,
    queue,
    delivery,
    followUps: parts.followUp.store,
    alerts: parts.alerts,
    repairs: new Repairs(queues, crm.name),
    alike: async () => (await orgs.sharing(crm.name)).flatMap((name) => queues.deliveries.get(name) ?? []),
    states,
    limits,
    gate: parts.gate,
    concurrency,
    giveUpAfterMs: crm.giveUpAfterMs,
    configVersion: configVersion(crm),
    log,
  }
  const { worker } = new DeliveryWorker(work)
  probe.start()
  return async () => {
    probe.stop()
    circuit.stop()
    await closeWorker(worker, graceSeconds * 1_000, () => grace.abort(), parts.gate)
    delivery.stop()
    await connector.stop()
  }
}

interface StartNotes {
  readonly scripts: Scripts
  readonly states: RedisCrmStates
  readonly orgs: RedisOrgBindings
}

/** For commands, and for the other files that reach the same org. The guard says whose data it is: here nothing of another's is overwritten. */
async function noteStart(crm: ReadyCrm, { scripts, states, orgs }: StartNotes): Promise<void> {
  if (!(await scripts.holdsOurs())) return
  await states.started(crm.name, configVersion(crm))
  await orgs.note(crm.name, crm.sharedOrg)
}
