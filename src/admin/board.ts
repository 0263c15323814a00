import { createBullBoard } from '@bull-board/api'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Queues } from '../queue/queues.ts'
import { MaskedQueue } from './masked-queue.ts'

export const BoardPath = '/admin/queues'

export interface BoardDependencies {
  readonly queues: Queues
  redisUp(): boolean
}

/**
 * Bull Board over all our queues, for looking only. Its read-only mode already refuses changes; this does not rely on it: nothing but GET and
 * HEAD reaches it, so that no route of a later version does either.
 */
export function registerBoard(app: FastifyInstance, { queues, redisUp }: BoardDependencies): void {
  const adapter = new FastifyAdapter().setBasePath(BoardPath)
  createBullBoard({
    queues: queues.all().map((queue) => new MaskedQueue(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Leadsync', hideDocsLink: true, sortQueues: false } },
  })
  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        if (request.method !== 'GET' && request.method !== 'HEAD') return refuseChange(reply)
      })
      scope.addHook('preHandler', async (request, reply) => {
        // A patient connection would keep the command, and with it the request, until Redis is back.
        if (request.routeOptions.url?.startsWith(`${BoardPath}/api/`) && !redisUp()) return redisAway(reply)
      })
      scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
      scope.register(adapter.registerPlugin())
    },
    { prefix: BoardPath },
  )
}

function refuseChange(reply: FastifyReply): FastifyReply {
  return reply.code(405).header('allow', 'GET, HEAD').send({ error: 'The queues can only be looked at here.' })
}

function redisAway(reply: FastifyReply): FastifyReply {
  return reply.code(503).send({ error: 'Redis is away: the queues can be seen when it is back.' })
}
