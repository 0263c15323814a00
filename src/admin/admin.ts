import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Log } from '../core/index.ts'
import type { CrmStates } from '../delivery/ports.ts'
import type { Queues } from '../queue/queues.ts'
import type { MemoryState } from '../store/memory-watch.ts'
import { parkedTries } from '../store/parked-tries.ts'
import type { Scripts } from '../store/redis.ts'
import type { Holding } from '../store/store-binding.ts'
import { BoardPath, registerBoard, registerOperatorBoard } from './board.ts'
import { type AdminCrm, type CrmStatusDependencies, readCrmStatus } from './crm-status.ts'
import { type Credentials, registerLogin } from './login.ts'
import { createMetrics } from './metrics.ts'
import { type IntakeState, type Role, readinessCheck } from './readiness.ts'
import { answerBadUrl, answerBrokenRequest, registerSecurityHeaders } from './security-headers.ts'

export interface AdminOptions {
  readonly username: string
  /** From `adminPassword`: there is always one. */
  readonly password: string
  /** Absent, or null: there is no operator board. */
  readonly operator?: Credentials | null
  /** Whether the operator board shows the data of jobs as it is. Default false. */
  readonly showPersonalData?: boolean
  readonly crms: readonly AdminCrm[]
  readonly role: Role
  /** How long before its end a promise to follow up is about to be late, in ms. */
  readonly warnMs: number
  /** Per address. Default 10. */
  readonly wrongLoginsPerMinute?: number
  /** How long Redis may take to answer `/readyz` and `/metrics`, in ms. Default 1,000. */
  readonly redisWithinMs?: number
  /** A request has to be here whole within this time, in ms. Default 10,000. */
  readonly requestTimeoutMs?: number
}

export interface AdminDependencies {
  readonly queues: Queues
  readonly scripts: Scripts
  readonly states: CrmStates
  /** Absent, or null, where no intake runs in this process. */
  intakeState?(): IntakeState | null
  redisUp(): boolean
  /** Absent: nobody watches whose data Redis holds. */
  holding?(): Holding | null
  /** Absent: nobody watches how full Redis is. */
  memory?(): MemoryState
  readonly log: Log
  /** Milliseconds since the epoch. */
  now(): number
}

/** No page of Bull Board's takes longer; one that does is waiting for a Redis that hangs. */
const HandlerTimeoutMs = 10_000
/** The largest request is a click. */
const RequestTimeoutMs = 10_000
/** Further ones are hung up on, so that file descriptors are left for everything else. */
const MostConnections = 1_000

/** The listener for people and monitoring: Bull Board, health, metrics. Listening and closing are the caller's. */
export async function buildAdmin(options: AdminOptions, dependencies: AdminDependencies): Promise<FastifyInstance> {
  const { queues, states, log, now, redisUp } = dependencies
  const requestTimeout = options.requestTimeoutMs ?? RequestTimeoutMs
  const app = fastify({
    logger: false,
    // Off by default: whoever has no login could hold a connection for ever with a body that never ends.
    requestTimeout,
    http: { headersTimeout: requestTimeout, connectionsCheckingInterval: Math.min(5_000, requestTimeout) },
    handlerTimeout: HandlerTimeoutMs,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadUrl,
    clientErrorHandler: answerBrokenRequest,
  })
  app.server.maxConnections = MostConnections
  registerSecurityHeaders(app)
  await registerLogin(app, {
    username: options.username,
    password: options.password,
    operator: options.operator ?? null,
    wrongPerMinute: options.wrongLoginsPerMinute ?? 10,
    now,
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request.routeOptions.url, reply, log))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }))

  const watched = {
    ...dependencies,
    intakeState: () => dependencies.intakeState?.() ?? null,
    crms: options.crms,
    role: options.role,
    warnMs: options.warnMs,
    withinMs: options.redisWithinMs ?? 1_000,
  }
  const readiness = readinessCheck(watched)
  const metrics = createMetrics(watched)
  app.addHook('onClose', async () => metrics.stop())

  app.get('/healthz', { config: { open: true } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config: { open: true } }, async (_request, reply) => {
    const answer = await readiness()
    return reply.code(answer.ready ? 200 : 503).send(answer)
  })
  app.get('/metrics', { config: { open: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.read()),
  )
  app.get('/', async (_request, reply) => reply.redirect(BoardPath))
  const board = { queues, states, redisUp, why: (crm: string) => whyNot(crm, watched), tried: parkedTries(dependencies.scripts) }
  registerBoard(app, board)
  if (options.operator) registerOperatorBoard(app, board, options.showPersonalData ?? false)
  return app
}

async function whyNot(name: string, watched: CrmStatusDependencies): Promise<string> {
  const states = await readCrmStatus({ ...watched, crms: watched.crms.filter((crm) => crm.name === name) })
  return states[name]?.reason ?? ''
}

function answerError(error: unknown, route: string | undefined, reply: FastifyReply, log: Log): FastifyReply {
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (status < 500 && error instanceof Error) return reply.code(status).send({ error: error.message })
  log.error({ route, stack: error instanceof Error ? error.stack : undefined }, 'The admin listener failed on a request.')
  return reply.code(status).send({ error: 'Something went wrong; the log says what.' })
}
