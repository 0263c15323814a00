import { createHash, timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createWrongTries } from '../core/index.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface LoginOptions extends Credentials {
  /** May do what the other may, and what a route keeps for the operator. */
  readonly operator: Credentials | null
  /** Wrong logins per address that are answered as such; more are refused for the rest of the minute. */
  readonly wrongPerMinute: number
  /** Milliseconds since the epoch. */
  now(): number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a login. */
    readonly open?: boolean
    /** Answered to the operator only. */
    readonly operatorOnly?: boolean
  }
}

class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
  readonly statusCode: 401 | 429

  constructor(statusCode: 401 | 429, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/**
 * Asks for user name and password on every route, unknown ones included, that does not say `open` itself: going by the route and not by the
 * URL leaves no spelling of a URL that slips through.
 */
export async function registerLogin(app: FastifyInstance, options: LoginOptions): Promise<void> {
  const isViewer = credentials(options)
  const isOperator = options.operator === null ? () => false : credentials(options.operator)
  const wrongLogins = createWrongTries(options.wrongPerMinute, options.now)

  async function validate(
    username: string,
    password: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<undefined | Error> {
    // The right ones are never counted nor refused: they may come through the same proxy as somebody's wrong ones.
    const operator = isOperator(username, password)
    const viewer = isViewer(username, password)
    if (operator || (viewer && !isOperatorOnly(request))) return undefined
    // Not 403: with 401 the browser asks for the other login.
    if (viewer) return new LoginRefused(401, "This needs the operator's user name and password.")
    const seconds = wrongLogins.note(request.ip)
    if (seconds === null) return new LoginRefused(401, 'User name or password is wrong.')
    reply.header('retry-after', seconds)
    return new LoginRefused(429, `Too many wrong logins from this address: wait ${seconds} s.`)
  }

  await app.register(basicAuth, { validate, authenticate: { realm: (request) => realmOf(request) } })
  app.addHook('onRequest', function askForLogin(request, reply, done) {
    if (request.routeOptions.config.open === true) return done()
    app.basicAuth.call(app, request, reply, (error) => {
      if (!error) return done()
      // Not by the error handler: Bull Board brings its own, by whose other words a stranger could tell which routes there are.
      const refused = error instanceof LoginRefused ? error : new LoginRefused(401, 'Log in with user name and password.')
      reply.code(refused.statusCode).send({ error: refused.message })
    })
  })
}

function isOperatorOnly(request: FastifyRequest): boolean {
  return request.routeOptions.config.operatorOnly === true
}

/** Two realms, so that a browser keeps both logins and never offers the one for the other. */
function realmOf(request: FastifyRequest): string {
  return isOperatorOnly(request) ? 'Leadsync operator' : 'Leadsync'
}

/** Compares hashes, which have one length, and always both, so that the time tells neither a length nor which one was wrong. */
function credentials({ username, password }: Credentials): (username: string, password: string) => boolean {
  const rightName = sha256(username)
  const rightPassword = sha256(password)
  return (name, word) => {
    const sameName = timingSafeEqual(rightName, sha256(name))
    const samePassword = timingSafeEqual(rightPassword, sha256(word))
    return sameName && samePassword
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
