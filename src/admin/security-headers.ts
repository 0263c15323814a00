import type { FastifyInstance, FastifyReply } from 'fastify'
import { answerBrokenRequests } from '../http/broken-request.ts'

/**
 * Bull Board's page needs its own scripts, inline styles and data images, and nothing from elsewhere: the web font that it asks Google for is
 * refused, so that no third party learns when the board is looked at.
 */
const ContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const Headers = {
  'content-security-policy': ContentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // Bull Board's static files set their own.
  'cache-control': 'no-store',
}

/** Set before anything else happens, so that refusals carry them, too. */
export function registerSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(Headers)
  })
}

/**
 * What Fastify can make no route of, e.g. `/%zz`: no hook sees it. Its own answer would have none of the headers and repeat the URL, for
 * which nobody has logged in yet.
 */
export function answerBadUrl(_error: unknown, _request: unknown, reply: FastifyReply): void {
  reply.headers(Headers).code(400).send({ error: 'This is no address of this server.' })
}

/** What is no HTTP, or came too slowly. */
export const answerBrokenRequest = answerBrokenRequests(Headers, 'The request came too slowly.')
