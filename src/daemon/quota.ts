import type { ReadyCrm } from '../config/crm-settings.ts'
import type { ConnectorDependencies } from '../core/index.ts'
import { type GovernedFetchOptions, governedFetch } from '../delivery/governed-fetch.ts'
import { NewDeliveries } from '../delivery/new-deliveries.ts'
import { RedisOrgBindings } from '../store/org-bindings.ts'
import { RedisOrgQuota } from '../store/org-quota.ts'
import type { Scripts } from '../store/redis.ts'
import { connectorModule } from './rules.ts'

/** What keeps a CRM's requests within its org's limits. */
export interface CrmQuota {
  /** To be handed to its connector. */
  readonly fetch: typeof globalThis.fetch
  readonly newDeliveries: NewDeliveries
}

export type QuotaParts = Pick<ConnectorDependencies, 'fetch' | 'now'> & Pick<GovernedFetchOptions, 'longestWaitMs'>

/** `scripts` are best on a hasty connection: on a patient one a request waits while Redis hangs. */
export function crmQuota(crm: ReadyCrm, scripts: Scripts, given: QuotaParts): CrmQuota {
  const { name, connector, quota: settings } = crm
  const { fetch: sending, now, ...waiting } = given
  const { quota: rules } = connectorModule(crm)
  const orgs = new RedisOrgBindings(scripts, now)
  const quota = new RedisOrgQuota(scripts, { crm: name, connector, rules, orgs, now })
  return {
    fetch: governedFetch({ ...waiting, crm: name, fetch: sending, rules, quota }),
    newDeliveries: new NewDeliveries({ quota, settings, now }),
  }
}
