import { DeliveryError } from '../../../src/core/index.ts'
import { sentence } from '../errors.ts'

/** A 2xx that the API does not give: a proxy, a maintenance page. Parking a whole batch for it would need a person for what time mends. */
export function brokenGateway(crm: string, status: number): DeliveryError {
  const say = 'its answer is not what the API answers. It is tried again; if that lasts, check that baseUrl is Salesforce itself.'
  return new DeliveryError('unavailable', sentence(crm, say), { status })
}
