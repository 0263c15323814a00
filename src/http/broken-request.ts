import { maxHeaderSize } from 'node:http'

interface BrokenSocket {
  readonly writable: boolean
  readonly destroyed: boolean
  end(text: string): void
  destroy(): void
}

/** Whoever was hung up on need not hang up too, and would keep the socket. At once it would lose the answer that is on its way. */
const LingerMs = 1_000

/**
 * A `clientErrorHandler` of Fastify's, for what is no HTTP, or came too slowly: there is no reply object for it, so that the listener's own
 * headers have to be given. `tooSlow` is the sentence, in ASCII, for whoever took too long.
 */
export function answerBrokenRequests(
  listenerHeaders: Readonly<Record<string, string>>,
  tooSlow: string,
): (error: Error & { code?: string }, socket: BrokenSocket) => void {
  return ({ code }, socket) => {
    if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
      socket.destroy()
      return
    }
    const { status, error } = brokenAnswer(code, tooSlow)
    const body = JSON.stringify({ error })
    const headers = {
      ...listenerHeaders,
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(body.length),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
    setTimeout(() => socket.destroy(), LingerMs).unref()
  }
}

function brokenAnswer(code: string | undefined, tooSlow: string): { readonly status: string; readonly error: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', error: tooSlow }
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        error: `Address and headers are larger than ${maxHeaderSize} bytes.`,
      }
    default:
      return { status: '400 Bad Request', error: 'This is not an HTTP request.' }
  }
}
