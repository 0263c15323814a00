import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { createWrongTries, type Log } from '../core/index.ts'
import { answerBrokenRequests } from '../http/broken-request.ts'
import { AnswerHeaders, notFound, refuse, secured } from './answers.ts'
import { MostBodyBytes } from './body-limit.ts'
import { CannotKeep } from './cannot-keep.ts'
import type { Interpreter } from './interpret.ts'
import { leadsRoute } from './leads-route.ts'
import { marketplaceRoute } from './marketplace-route.ts'
import type { Reception } from './reception.ts'
import type { ApiToken, IntakeToken } from './tokens.ts'
import { createUlids } from './ulids.ts'

export interface IntakeOptions {
  readonly tokens: readonly IntakeToken[]
  readonly apiTokens: readonly ApiToken[]
  /** Of a marketplace request, and of one lead in a batch. Default 256 KiB. */
  readonly bodyLimitBytes?: number
  /** Whether `X-Forwarded-For` names the sender: true only behind a proxy that sets it. Default false. */
  readonly trustProxy?: boolean | string | readonly string[]
  /** Per address. Default 30. */
  readonly wrongTokensPerMinute?: number
  /** A request has to be here whole within this time, in ms. Default 60,000. */
  readonly requestTimeoutMs?: number
}

export interface IntakeDependencies {
  readonly reception: Reception
  /** The one that the reception was given. */
  readonly interpreter: Interpreter
  /** The installation's secret, for the HMACs. */
  readonly secret: string
  /** Milliseconds since the epoch. */
  now(): number
  readonly log: Log
}

/** Further ones are hung up on: with all file descriptors taken neither the journal nor Redis could be opened again. */
const MostConnections = 5_000
const RetryAfterSeconds = 30

/** The listener that may face the internet: `/intake/*` and `/healthz`. Listening and closing are the caller's. */
export function buildIntake(options: IntakeOptions, dependencies: IntakeDependencies): FastifyInstance {
  const { log, now } = dependencies
  const requestTimeout = options.requestTimeoutMs ?? 60_000
  const app = fastify({
    // Its request log has the URL in it, and the URL has the token.
    logger: false,
    trustProxy: proxies(options.trustProxy),
    requestTimeout,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    http: { headersTimeout: Math.min(10_000, requestTimeout), connectionsCheckingInterval: Math.min(5_000, requestTimeout) },
    // A publisher pastes the URL by hand; the default of 100 characters would make a long token an unknown route.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    frameworkErrors: (_error, _request, reply) => {
      notFound(reply)
    },
    clientErrorHandler: answerBrokenRequests(AnswerHeaders, 'The request came too slowly. Send it again.'),
  })
  app.server.maxConnections = MostConnections

  // Before any body is read, and before a content type can be called unsupported.
  app.addHook('onRequest', async (request, reply) => {
    secured(reply)
    if (request.is404) return notFound(reply)
  })
  app.setNotFoundHandler((_request, reply) => notFound(reply))
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  app.get('/healthz', async () => ({ status: 'ok' }))

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const route = {
    ...options,
    bodyLimitBytes: options.bodyLimitBytes ?? MostBodyBytes,
    reception: dependencies.reception,
    interpreter: dependencies.interpreter,
    secret: dependencies.secret,
    wrongTokens: createWrongTries(options.wrongTokensPerMinute ?? 30, now),
    now,
    ulid: createUlids(now),
  }
  app.register(marketplaceRoute, route)
  app.register(leadsRoute, route)
  return app
}

function proxies(trust: IntakeOptions['trustProxy']): boolean | string | string[] {
  if (trust === undefined) return false
  return typeof trust === 'object' ? [...trust] : trust
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof CannotKeep) {
    return refuse(reply.header('retry-after', RetryAfterSeconds), 503, error.message)
  }
  const status = statusOf(error)
  if (status === 413)
    return refuse(reply, 413, `The body is larger than the ${request.routeOptions.bodyLimit} bytes that are taken here.`)
  if (status < 500)
    return refuse(reply, status, 'The request could not be read: it ended early or its headers are wrong. Send it again.')
  const stack = error instanceof Error ? error.stack : undefined
  log.error({ route: request.routeOptions.url, stack }, 'Intake failed on a request: this is a bug.')
  return refuse(reply, 500, 'Something went wrong on our side. Send it again.')
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  return typeof status === 'number' && status >= 400 ? status : 500
}
