import { maxHeaderSize } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'

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

/** Whoever was hung up on need not hang up too, and would keep the socket. At once it would lose the answer that is on its way. */
const LingerMs = 1_000

interface BrokenSocket {
  readonly writable: boolean
  readonly destroyed: boolean
  end(text: string): void
  destroy(): void
}

/** What is no HTTP, or came too slowly. There is no reply object for it. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: BrokenSocket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, error: said } = brokenAnswer(error.code)
  const body = JSON.stringify({ error: said })
  const headers = {
    ...Headers,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
  setTimeout(() => socket.destroy(), LingerMs).unref()
}

function brokenAnswer(code: string | undefined): { readonly status: string; readonly error: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', error: 'The request came too slowly.' }
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        error: `Address and headers are larger than ${maxHeaderSize} bytes.`,
      }
    default:
      return { status: '400 Bad Request', error: 'This is not an HTTP request.' }
  }
}
