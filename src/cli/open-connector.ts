import type { ReadyCrm } from '../config/crm-settings.ts'
import type { Connector, ConnectorDependencies, CrmAdmin } from '../core/index.ts'
import { crmQuota } from '../daemon/quota.ts'
import { connectorModule } from '../daemon/rules.ts'
import type { Scripts } from '../store/redis.ts'
import { createLog } from './log.ts'

type Given = Pick<ConnectorDependencies, 'fetch' | 'now'>

/** A connector for one command; it logs nothing, as its errors are sentences already. */
export function openConnector(crm: ReadyCrm, given: Given): Connector {
  return connectorModule(crm).create(crm.settings, dependencies(crm, given))
}

export function openCrmAdmin(crm: ReadyCrm, given: Given): CrmAdmin {
  return connectorModule(crm).createAdmin(crm.settings, dependencies(crm, given))
}

/** No queue waits in a command's stead, and HubSpot's window is ten seconds; longer would be more than a request has. */
const CommandWaitMs = 20_000

/** A `fetch` for a command that sends more than a few requests: they are counted, and keep to the limits, with those of the daemons. */
export function countedFetch(crm: ReadyCrm, scripts: Scripts, given: Given): typeof globalThis.fetch {
  return crmQuota(crm, scripts, { ...given, longestWaitMs: CommandWaitMs }).fetch
}

function dependencies({ name }: ReadyCrm, given: Given): ConnectorDependencies {
  return { ...given, crm: name, log: createLog('silent') }
}
