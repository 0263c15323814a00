import { once } from 'node:events'
import { connectors } from '../../connectors/registry.ts'
import type { Connector, QuotaRules } from '../../src/core/index.ts'
import { governedFetch } from '../../src/delivery/governed-fetch.ts'
import { RedisOrgBindings } from '../../src/store/org-bindings.ts'
import { RedisOrgQuota } from '../../src/store/org-quota.ts'
import { connectRedis, Scripts } from '../../src/store/redis.ts'
import { recordedLog } from './recorded-log.ts'
import { SandboxToken } from './sandbox.ts'
import { Crm } from './store-parts.ts'

/** HubSpot's connector as one process has it, its requests counted in Redis. */
export interface CountedHubspot {
  readonly connector: Connector
  readonly quota: RedisOrgQuota
  stop(): Promise<void>
}

export async function openCountedHubspot(
  redisUrl: string,
  baseUrl: string,
  { rules = connectors.hubspot.quota, now = Date.now }: { readonly rules?: QuotaRules; readonly now?: () => number } = {},
): Promise<CountedHubspot> {
  const redis = connectRedis(redisUrl, { name: 'quota', patience: 'hasty' })
  await once(redis, 'ready')
  const scripts = new Scripts(redis, null)
  const orgs = new RedisOrgBindings(scripts, now)
  const quota = new RedisOrgQuota(scripts, { crm: Crm, connector: 'hubspot', rules, orgs, now })
  const settings = connectors.hubspot.settings.parse({ token: SandboxToken, baseUrl })
  const fetch = governedFetch({ crm: Crm, fetch: globalThis.fetch, rules, quota })
  const connector = connectors.hubspot.create(settings, { crm: Crm, fetch, now, log: recordedLog().log })
  return {
    connector,
    quota,
    async stop() {
      await connector.stop()
      redis.disconnect()
    },
  }
}
