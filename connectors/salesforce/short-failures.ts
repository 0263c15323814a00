import { DeliveryError } from '../../src/core/index.ts'
import type { Exchange } from '../kit/exchange.ts'
import { sentence } from './errors.ts'

/**
 * After how many ms the same request may be made again within the call, or null when it must not be. Never after a 403 or 429: each further
 * request is one more that counts. Not after a timeout either: that time is spent already.
 */
export function retryFloor(result: Exchange): number | null {
  if (result.kind === 'network') return 0
  if (result.kind !== 'answer' || result.headers.has('retry-after')) return null
  return result.status >= 500 ? 0 : null
}

/** A 2xx that is not JSON: a proxy, a maintenance page. Parking a whole batch for it would need a person for what time mends. */
export function brokenGateway(crm: string, status: number): DeliveryError {
  const say = 'its answer is not what the API answers. It is tried again; if that lasts, check that baseUrl is Salesforce itself.'
  return new DeliveryError('unavailable', sentence(crm, say), { status })
}
