import type { Connector } from '../../../src/core/index.ts'
import { connectorContract } from '../contract.ts'
import { hubspotHarness } from '../hubspot/contract-harness.ts'

/** The contract over HubSpot with one guarantee taken away. */
export function contractOver(name: string, breaking: (connector: Connector) => Partial<Connector>): void {
  connectorContract(name, {
    ...hubspotHarness,
    connect(options) {
      const connector = hubspotHarness.connect(options)
      return { ...connector, ...breaking(connector) }
    },
  })
}
