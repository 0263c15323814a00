import { connectorContract } from '../contract.ts'
import { dynamicsHarness } from './contract-harness.ts'

connectorContract('Dynamics 365', dynamicsHarness)
