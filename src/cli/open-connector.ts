import { connectors } from '../../connectors/registry.ts'
import type { ReadyCrm } from '../config/crm-settings.ts'
import type { ConnectorRegistry } from '../config/load.ts'
import type { Connector, ConnectorDependencies, ConnectorModule, CrmAdmin } from '../core/index.ts'
import { createLog } from './log.ts'

type Given = Pick<ConnectorDependencies, 'fetch' | 'now'>

/** A connector for one command; it logs nothing, as its errors are sentences already. */
export function openConnector(crm: ReadyCrm, given: Given): Connector {
  return moduleOf(crm).create(crm.settings, dependencies(crm, given))
}

export function openCrmAdmin(crm: ReadyCrm, given: Given): CrmAdmin {
  return moduleOf(crm).createAdmin(crm.settings, dependencies(crm, given))
}

function moduleOf({ connector }: ReadyCrm): ConnectorModule {
  const registry: ConnectorRegistry = connectors
  const module = registry[connector]
  if (!module) throw new Error(`There is no connector ${connector}.`)
  return module
}

function dependencies({ name }: ReadyCrm, given: Given): ConnectorDependencies {
  return { ...given, crm: name, log: createLog('silent') }
}
