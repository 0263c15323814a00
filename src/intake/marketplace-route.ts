import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WrongTries } from '../core/index.ts'
import { notFound, OtherBody, refuse } from './answers.ts'
import { bodyMark, type EntryMakerOptions, idempotencyKey, makeEntry } from './entry-maker.ts'
import type { Interpreter } from './interpret.ts'
import type { Reception } from './reception.ts'
import { type IntakeToken, tokenFinder } from './tokens.ts'

export interface MarketplaceRouteOptions extends EntryMakerOptions {
  readonly tokens: readonly IntakeToken[]
  readonly bodyLimitBytes: number
  readonly reception: Reception
  readonly interpreter: Interpreter
  readonly wrongTokens: WrongTries
}

interface Params {
  readonly token: string
}

const Route = 'marketplace'

/** `POST /intake/marketplace/:token`: what Microsoft posts to the "HTTPS endpoint" of an offer. */
export async function marketplaceRoute(app: FastifyInstance, options: MarketplaceRouteOptions): Promise<void> {
  const find = tokenFinder(options.tokens)
  app.decorateRequest('marketplaceToken', null)

  async function checkToken(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const token = find(request.params.token)
    if (token === null) {
      const seconds = options.wrongTokens.note(request.ip)
      if (seconds === null) return notFound(reply)
      return refuse(reply.header('retry-after', seconds), 429, 'Too many wrong addresses. Wait a minute.')
    }
    request.setDecorator('marketplaceToken', token)
    // Microsoft documents no Content-Type; whatever it says, and if it is none at all, the body is taken as bytes.
    request.headers['content-type'] = 'application/octet-stream'
  }

  async function take(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply): Promise<FastifyReply> {
    const token = request.getDecorator<IntakeToken>('marketplaceToken')
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const key = request.headers['idempotency-key']
    const idempotency =
      key === undefined
        ? null
        : { key: idempotencyKey(key, [token.name, Route], options.secret), body: bodyMark(body, options.secret) }
    const earlier = idempotency === null ? null : await options.reception.recall(idempotency.key)
    if (earlier !== null && earlier.body !== idempotency?.body) return refuse(reply, 422, OtherBody)
    if (earlier !== null) return reply.code(202).send({ leadId: earlier.admission.leadId, status: 'duplicate' })
    const entry = makeEntry({ channel: 'marketplace', route: Route, token, body, idempotency }, options)
    const [admission] = await options.reception.receive([{ entry, arrival: options.interpreter.interpret(entry) }])
    return reply.code(202).send(admission)
  }

  app.post('/intake/marketplace/:token', { bodyLimit: options.bodyLimitBytes, onRequest: checkToken }, take)
}
