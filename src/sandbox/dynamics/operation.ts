import type { ApiAnswer } from '../exchange.ts'
import type { Operation } from './batch-request.ts'
import { dispatch } from './dispatch.ts'
import type { Call, Instance } from './instance.ts'

/** One operation as if it had come alone; headers of the batch itself are not its own. */
export function runOperation(instance: Instance, { base, userId }: Call, operation: Operation): ApiAnswer {
  const { method, path, query, headers, body } = operation
  const answer = dispatch(instance, { base, userId, method, path, query, headers, body })
  return { ...answer, headers: { 'OData-Version': '4.0', ...answer.headers } }
}
