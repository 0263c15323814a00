import { connectorContract } from '../contract.ts'
import { hubspotHarness } from './contract-harness.ts'

connectorContract('HubSpot', hubspotHarness)
