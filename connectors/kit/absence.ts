import { DeliveryError } from '../../src/core/index.ts'
import type { Exchange } from './exchange.ts'

/** Why there is no answer, as a sentence; `sentence` puts the CRM before it. */
export function absenceOf(exchange: Exclude<Exchange, { kind: 'answer' }>, sentence: (say: string) => string): DeliveryError {
  return exchange.kind === 'kept-back' ? exchange.error : new DeliveryError('unavailable', sentence(sayOf(exchange)))
}

function sayOf(exchange: Exclude<Exchange, { kind: 'answer' | 'kept-back' }>): string {
  switch (exchange.kind) {
    case 'timeout':
      return 'it did not answer in time (timeoutMs). It is tried again.'
    case 'cancelled':
      return 'the request was cancelled, because Leadsync is stopping. It is made again.'
    case 'network':
      return `it can't be reached${exchange.code ? ` (${exchange.code})` : ''}. It is tried again.`
  }
}
