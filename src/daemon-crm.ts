import { connectors } from '../connectors/registry.ts'
import type { ReadyCrm } from './config/crm-settings.ts'
import type { Installation } from './config/installation.ts'
import type { Config, ConnectorRegistry } from './config/load.ts'
import { type Connector, type ConnectorModule, compileMapping, type DecideRules, hmac, type Log } from './core/index.ts'
import type { Alerts } from './delivery/alerts.ts'
import { CrmDelivery, type FollowUpParts } from './delivery/crm-delivery.ts'
import { OrgBinding } from './delivery/org-binding.ts'
import { BlockedProbe } from './queue/blocked-probe.ts'
import { DeliveryWorker } from './queue/delivery-worker.ts'
import type { Queues } from './queue/queues.ts'
import { closeWorker, type WorkerLimits } from './queue/worker-options.ts'
import { RedisContactClaims } from './store/contact-claims.ts'
import { RedisContactLock } from './store/contact-lock.ts'
import { RedisCrmStates } from './store/crm-states.ts'
import { RedisLedger } from './store/ledger.ts'
import { RedisOrgBindings } from './store/org-bindings.ts'
import type { Scripts } from './store/redis.ts'
import type { Retention } from './store/retention.ts'
import { RedisSuppressionList } from './store/suppression-list.ts'

/** What the worker part of the daemon hands to each CRM. */
export interface CrmParts {
  readonly config: Config
  readonly installation: Installation
  readonly retention: Retention
  readonly log: Log
  now(): number
  readonly scripts: Scripts
  readonly queues: Queues
  readonly limits: WorkerLimits
  readonly followUp: FollowUpParts
  readonly alerts: Alerts
}

/** Everything between one CRM's queue and the CRM. Returns how to stop it. */
export function startCrm(crm: ReadyCrm, parts: CrmParts): () => Promise<void> {
  const { config, scripts, queues, retention, limits, log, now } = parts
  const { deliveries: concurrency, graceSeconds } = config.leadsync.workers
  const registry: ConnectorRegistry = connectors
  const module = registry[crm.connector]
  if (!module) throw new Error(`There is no connector ${crm.connector}.`)
  const connector = module.create(crm.settings, { crm: crm.name, fetch: globalThis.fetch, now, log })
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
  orgs.note(crm.name, crm.sharedOrg).catch((error: unknown) => log.warn({ crm: crm.name, error }, 'sharedOrg could not be noted'))
  const queue = queues.delivery(crm.name)
  const delivery = new CrmDelivery({
    ...common,
    connector,
    org,
    rules: decideRules(crm, module, connector, parts),
    accept: crm.accept,
    lock: new RedisContactLock(scripts, limits.lockMs),
    contacts: new RedisContactClaims(scripts, limits.lockMs),
    suppression: new RedisSuppressionList(scripts),
    followUps: parts.followUp,
    lockMs: limits.lockMs,
  })
  const probe = new BlockedProbe({ crm: crm.name, queue, connector, org, states, log })
  const work = {
    ...common,
    redis: scripts.redis,
    queue,
    delivery,
    followUps: parts.followUp.store,
    alerts: parts.alerts,
    alike: async () => (await orgs.sharing(crm.name)).flatMap((name) => queues.deliveries.get(name) ?? []),
    states,
    limits,
    concurrency,
    giveUpAfterMs: crm.giveUpAfterMs,
    log,
  }
  const { worker } = new DeliveryWorker(work)
  probe.start()
  return async () => {
    probe.stop()
    await closeWorker(worker, graceSeconds * 1_000, () => grace.abort())
    delivery.stop()
    await connector.stop()
  }
}

function decideRules(crm: ReadyCrm, module: ConnectorModule, connector: Connector, parts: CrmParts): DecideRules {
  const { stageOrder, qualification } = parts.config.leadsync
  return {
    mapping: compileMapping(crm.mapping),
    identity: (object) => connector.identity(object),
    target: connector.objects[0] ?? '',
    doNotContact: crm.doNotContact,
    policies: {
      onMany: crm.onMany,
      onDeleted: crm.onDeleted,
      onClosed: crm.onClosed,
      optOutFields: module.optOutFields,
    },
    lastLeadField: crm.lastLeadField,
    touches: crm.touches,
    digest: (value) => hmac(parts.installation.secret, 'wrote', JSON.stringify(value)),
    stageOrder,
    qualification,
  }
}
