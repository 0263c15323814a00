import type { ConnectorModule } from '../src/core/index.ts'
import { dynamics } from './dynamics/index.ts'
import { hubspot } from './hubspot/index.ts'
import { salesforce } from './salesforce/index.ts'

/** Every kind of CRM, by the word that `connector:` in `config/crm/NAME.yaml` uses. */
export const connectors = { dynamics, hubspot, salesforce } satisfies Record<string, ConnectorModule>
