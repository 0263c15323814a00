import type { ApiAnswer } from '../exchange.ts'
import type { Fault } from '../faults.ts'
import type { Operation } from './batch-request.ts'
import { dispatch } from './dispatch.ts'
import type { Call, Instance } from './instance.ts'

/** One operation as if it had come alone; headers of the batch itself are not its own. */
export function runOperation(instance: Instance, { base, userId, faultInside }: Call, operation: Operation): ApiAnswer {
  const { method, path, query, headers, body } = operation
  const fault = faultInside({
    method,
    path: `${new URL(base).pathname}/${path}`,
    query: query === '' ? '' : `?${query}`,
    headers,
  })
  if (fault?.status && !fault.commit) return answerOf(fault, fault.status)
  const answer = dispatch(instance, { base, userId, faultInside, method, path, query, headers, body })
  if (fault?.status) return answerOf(fault, fault.status)
  return { ...answer, headers: { 'OData-Version': '4.0', ...answer.headers } }
}

function answerOf({ headers, body }: Fault, status: number): ApiAnswer {
  return { status, headers, body }
}
