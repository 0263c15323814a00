/** Bull Board's routes that change something and that the operator may use, as its own table spells them. Everything else that is no GET is refused. */
export const OperatorRoutes: ReadonlySet<string> = new Set([
  'PUT /api/queues/pause',
  'PUT /api/queues/resume',
  'PUT /api/queues/:queueName/pause',
  'PUT /api/queues/:queueName/resume',
  'PUT /api/queues/:queueName/promote',
  'PUT /api/queues/:queueName/retry/:queueStatus',
  'PUT /api/queues/:queueName/:jobId/retry',
  'PUT /api/queues/:queueName/:jobId/promote',
])

/** `route` is the pattern that was matched, not the URL: no spelling of a URL can look like another route. */
export function isOperation(method: string, route: string, params: unknown): boolean {
  if (!OperatorRoutes.has(`${method} ${route}`)) return false
  // Of completed jobs nothing is left to do.
  const status = typeof params === 'object' && params !== null && 'queueStatus' in params ? params.queueStatus : 'failed'
  return status === 'failed'
}
