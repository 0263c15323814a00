import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into bodies whose shape it has just sent
  readonly body: any
}

export interface Told {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown
}

/** `reset`: the connection ends as if the server had crashed. */
export type Answer = (asked: Asked) => Told | 'hang' | 'reset'

export interface TinyServer {
  readonly url: string
  readonly asked: Asked[]
  /** Resolves when a client has closed a connection whose request was never answered. */
  readonly closed: Promise<unknown>
  stop(): Promise<void>
}

/** An HTTP server of a few lines for exact wire behaviour: what it answers is the test's business. Over TLS where it is given a certificate. */
export async function startTinyServer(
  answer: Answer,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TinyServer> {
  const asked: Asked[] = []
  const closed = Promise.withResolvers<void>()
  async function listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request)
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: bodyOf(text),
    }
    asked.push(one)
    const told = answer(one)
    if (told === 'hang') request.socket.on('close', () => closed.resolve())
    else if (told === 'reset') request.socket.resetAndDestroy()
    else send(response, told)
  }
  const server = tls ? createTlsServer(tls, listen) : createServer(listen)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, asked, closed: closed.promise, stop: () => stop(server) }
}

async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** JSON where it is JSON, else the text: token requests are forms. */
function bodyOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += part
  return text
}

function send(response: ServerResponse, { status = 200, headers, body }: Told): void {
  const isText = typeof body === 'string'
  const type = isText ? {} : { 'content-type': 'application/json;charset=utf-8' }
  response.writeHead(status, { ...type, ...headers })
  response.end(isText ? body : JSON.stringify(body ?? {}))
}
