import { createBullBoard } from '@bull-board/api'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CrmStates, Tried } from '../delivery/ports.ts'
import type { Queues } from '../queue/queues.ts'
import { isOperation } from './board-routes.ts'
import { MaskedQueue } from './masked-queue.ts'

export const BoardPath = '/admin/queues'
const OperatorBoardPath = '/admin/operate'

export interface BoardDependencies {
  readonly queues: Queues
  readonly states: CrmStates
  /** Why a CRM's queue stands still, a sentence for a person; empty: it does not. */
  why(crm: string): Promise<string>
  /** Null: it is not parked. */
  tried(crm: string, lead: string): Promise<Tried | null>
  redisUp(): boolean
}

interface BoardOptions {
  readonly path: string
  readonly title: string
  readonly operable: boolean
  readonly showData: boolean
}

/**
 * Bull Board over all our queues, for looking only. Its read-only mode already refuses changes; this does not rely on it: nothing but GET and
 * HEAD reaches it, so that no route of a later version does either.
 */
export function registerBoard(app: FastifyInstance, dependencies: BoardDependencies): void {
  register(app, dependencies, { path: BoardPath, title: 'Leadsync', operable: false, showData: false })
}

/** The same with buttons, for the operator's login: retry, promote, pause, resume. What it could do beyond is refused in front of it. */
export function registerOperatorBoard(app: FastifyInstance, dependencies: BoardDependencies, showPersonalData: boolean): void {
  register(app, dependencies, {
    path: OperatorBoardPath,
    title: 'Leadsync operator',
    operable: true,
    showData: showPersonalData,
  })
}

function register(app: FastifyInstance, { queues, states, why, tried, redisUp }: BoardDependencies, options: BoardOptions): void {
  const { path, title, operable, showData } = options
  const adapter = new FastifyAdapter().setBasePath(path)
  const crms = new Map([...queues.deliveries].map(([crm, { name }]) => [name, crm]))
  const masked = queues.all().map((queue) => {
    const crm = crms.get(queue.name)
    if (crm === undefined) return new MaskedQueue(queue, { operable, showData })
    return new MaskedQueue(queue, { operable, showData, why: () => why(crm), tried: (lead) => tried(crm, lead) })
  })
  createBullBoard({
    queues: masked,
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: title, hideDocsLink: true, sortQueues: false } },
  })
  app.register(
    async (scope) => {
      // Before the routes are there: each of them, pages and scripts too, asks for the operator's login.
      scope.addHook('onRoute', (route) => {
        if (operable) route.config = { ...route.config, operatorOnly: true }
      })
      scope.addHook('onRequest', async (request, reply) => {
        if (request.method === 'GET' || request.method === 'HEAD') return
        if (!operable) return refuseChange(reply)
        if (!isOperation(request.method, routeWithin(path, request), request.params)) return refuseOperation(reply)
      })
      scope.addHook('preHandler', async (request, reply) => {
        // A patient connection would keep the command, and with it the request, until Redis is back.
        if (routeWithin(path, request).startsWith('/api/') && !redisUp()) return redisAway(reply)
        if (/^\/api\/queues\/(:queueName\/)?pause$/.test(routeWithin(path, request))) await makeItTheirs(request, queues, states)
      })
      scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
      scope.register(adapter.registerPlugin())
    },
    { prefix: path },
  )
}

function routeWithin(path: string, request: FastifyRequest): string {
  const route = request.routeOptions.url ?? ''
  return route.startsWith(path) ? route.slice(path.length) : ''
}

/** BullMQ knows one pause only. Without our note the probe takes it for a person's and leaves it alone: so it is from here on. */
async function makeItTheirs({ params }: FastifyRequest, queues: Queues, states: CrmStates): Promise<void> {
  const { queueName } = params as { readonly queueName?: string }
  for (const [crm, queue] of queues.deliveries) {
    if (queueName === undefined || queueName === queue.name) await states.unblock(crm)
  }
}

function refuseChange(reply: FastifyReply): FastifyReply {
  return reply.code(405).header('allow', 'GET, HEAD').send({ error: 'The queues can only be looked at here.' })
}

function refuseOperation(reply: FastifyReply): FastifyReply {
  const error = 'Here jobs can be retried and promoted, and queues paused and resumed; nothing else. See `leadsync dead-letters`.'
  return reply.code(403).send({ error })
}

function redisAway(reply: FastifyReply): FastifyReply {
  return reply.code(503).send({ error: 'Redis is away: the queues can be seen when it is back.' })
}
