import { connectors } from '../../connectors/registry.ts'
import type { ReadyCrm } from '../config/crm-settings.ts'
import type { Config, ConnectorRegistry } from '../config/load.ts'
import { type Connector, type ConnectorModule, compileMapping, type DecideRules, hmac } from '../core/index.ts'

/** The connector module that a CRM's file names. */
export function connectorModule({ connector }: ReadyCrm): ConnectorModule {
  const registry: ConnectorRegistry = connectors
  const module = registry[connector]
  if (!module) throw new Error(`There is no connector ${connector}.`)
  return module
}

/** What `decide` goes by for one CRM: its file, the common settings, and what its connector says of itself. `secret` is the installation's. */
export function decideRules(
  crm: ReadyCrm,
  connector: Connector,
  { config, secret }: { readonly config: Config; readonly secret: string },
): DecideRules {
  const { stageOrder, qualification } = config.leadsync
  return {
    mapping: compileMapping(crm.mapping),
    identity: (object) => connector.identity(object),
    target: connector.objects[0] ?? '',
    doNotContact: crm.doNotContact,
    policies: {
      onMany: crm.onMany,
      onDeleted: crm.onDeleted,
      onClosed: crm.onClosed,
      optOutFields: connectorModule(crm).optOutFields,
    },
    lastLeadField: crm.lastLeadField,
    touches: crm.touches,
    digest: (value) => hmac(secret, 'wrote', JSON.stringify(value)),
    stageOrder,
    qualification,
  }
}
