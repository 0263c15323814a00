import type { HttpRequestPreview } from '../../../src/core/index.ts'
import { ServiceRoot } from '../paths.ts'
import { writeBatch } from './batch.ts'
import type { Operation } from './operation.ts'
import type { Call } from './transport.ts'

/** One HTTP request, and the operations it is for. */
export interface PlannedRequest {
  readonly operations: readonly Operation[]
  readonly isBatch: boolean
  readonly call: Call
}

/** Gateways in between take addresses of about 8,000 characters; Dataverse itself takes 32,768, and 65,536 in a batch. */
const LongestAlone = 4_000

/** In batches of `batchSize`; 1 sends each by itself. An operation that is alone in its batch goes without one, if its address is short. */
export function requestsFor(operations: readonly Operation[], batchSize: number): PlannedRequest[] {
  if (batchSize === 1) return operations.map(alone)
  const requests: PlannedRequest[] = []
  for (let from = 0; from < operations.length; from += batchSize)
    requests.push(together(operations.slice(from, from + batchSize)))
  return requests
}

export function previewOf({ call, isBatch, operations }: PlannedRequest): HttpRequestPreview {
  const body = isBatch ? call.body : (operations[0]?.body ?? null)
  return { method: call.method, path: `${ServiceRoot}${call.path}`, body }
}

function together(operations: readonly Operation[]): PlannedRequest {
  const [first] = operations
  if (operations.length === 1 && first !== undefined && first.path.length <= LongestAlone) return alone(first)
  const { contentType, text } = writeBatch(operations)
  const headers = { 'Content-Type': contentType, Prefer: 'odata.continue-on-error' }
  return { operations, isBatch: true, call: { method: 'POST', path: '$batch', headers, body: text } }
}

function alone(operation: Operation): PlannedRequest {
  const { method, path, headers, body } = operation
  const text = body === undefined ? undefined : JSON.stringify(body)
  return { operations: [operation], isBatch: false, call: { method, path, headers, body: text } }
}
