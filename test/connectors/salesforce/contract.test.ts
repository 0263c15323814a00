import { connectorContract } from '../contract.ts'
import { salesforceHarness } from './contract-harness.ts'

connectorContract('Salesforce', salesforceHarness)
