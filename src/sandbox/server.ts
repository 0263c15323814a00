import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiAnswer, ApiRequest, RunningSandbox, SandboxApi } from './exchange.ts'
import { createFaults, type Fault, type Faults } from './faults.ts'
import { inspect } from './inspection.ts'
import { createRequestLog, type LoggedRequest, type RequestLog } from './request-log.ts'

export interface SandboxServerOptions {
  readonly api: SandboxApi
  readonly port: number
  readonly latencyMs: number
  readonly now: () => number
  /** Bytes of request line and headers that get through to the API; absent: Node's 16 KiB, beyond which it answers 431 itself. */
  readonly maxHeaderBytes?: number
}

interface Stand {
  /** Requests whose work is yet to be done, after their answer. */
  late: number
  readonly api: SandboxApi
  readonly latencyMs: number
  readonly faults: Faults
  readonly log: RequestLog
  readonly stopping: AbortSignal
}

const largestBody = 20 * 1024 * 1024

/**
 * Serves one stand-in on 127.0.0.1 (port 0 picks a free one): its API with scripted faults in front, and `/_sandbox/*`.
 * Plain node:http, because a framework would add the content type that some faults must lack.
 */
export async function startSandboxServer(options: SandboxServerOptions): Promise<RunningSandbox> {
  const stopping = new AbortController()
  const stand: Stand = {
    late: 0,
    api: options.api,
    latencyMs: options.latencyMs,
    faults: createFaults(),
    log: createRequestLog(options.now),
    stopping: stopping.signal,
  }
  const limits = options.maxHeaderBytes === undefined ? {} : { maxHeaderSize: options.maxHeaderBytes }
  const server = createServer(limits, (request, response) => {
    // The only ways to get here are our own bug and an abort by stop(); either way the client must not wait for an answer.
    serve(stand, request, response).catch(() => response.destroy())
  })
  server.requestTimeout = 0
  // Longer than clients keep idle sockets, so that a request never meets a socket that we are just closing.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      stopping.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await options.api.stop()
    },
  }
}

async function serve(stand: Stand, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://sandbox')
  const method = incoming.method ?? 'GET'
  const body = await readBody(incoming)
  if (url.pathname.startsWith('/_sandbox/')) {
    return send(response, inspect(stand, requestOf(stand, incoming, url, body ?? '')), null)
  }

  const entry = stand.log.open(method, url.pathname)
  if (body === null) return send(response, { status: 413, headers: {}, body: '' }, entry)
  const request = requestOf(stand, incoming, url, body)
  const fault = stand.faults.take({ method, path: url.pathname, query: url.search, headers: incoming.headers, body })
  if (fault !== null) return misbehave(stand, fault, request, response, entry)
  const answer = stand.api.answer(request)
  await wait(stand, stand.latencyMs)
  send(response, answer, entry)
}

function requestOf({ faults }: Stand, incoming: IncomingMessage, url: URL, body: string): ApiRequest {
  const { method = 'GET', url: target = '/', headers } = incoming
  return { method, path: url.pathname, target, query: url.searchParams, headers, body, faultInside: faults.takeInside }
}

/**
 * Plays a fault: the real work first if it commits, then the delay, then reset, scripted answer, true answer or silence.
 * A mere delay comes before the work, as a slow network would: a client that gives up has still written, only later.
 */
async function misbehave(
  stand: Stand,
  fault: Fault,
  request: ApiRequest,
  response: ServerResponse,
  entry: LoggedRequest,
): Promise<void> {
  const committed = fault.commit ? stand.api.answer(request) : null
  if (fault.commitAfterMs !== null) commitLate(stand, request, (fault.delayMs ?? 0) + fault.commitAfterMs)
  await wait(stand, fault.delayMs ?? 0)
  if (fault.reset) {
    response.socket?.resetAndDestroy()
    return
  }
  if (fault.cut) return sendHalf(response, answerOf(stand, fault, request, committed), entry)
  if (fault.status !== null) return send(response, { status: fault.status, headers: fault.headers, body: fault.body }, entry)
  if (fault.delayMs !== null) return send(response, committed ?? stand.api.answer(request), entry)
  // Nothing was scripted to be said: the socket stays open and silent until the client or stop() ends it.
}

function answerOf(stand: Stand, fault: Fault, request: ApiRequest, committed: ApiAnswer | null): ApiAnswer {
  if (fault.status !== null) return { status: fault.status, headers: fault.headers, body: fault.body }
  return committed ?? stand.api.answer(request)
}

/** As behind a gateway that gave up waiting, or a queue: the client has its answer, or none, before the work is done. */
function commitLate(stand: Stand, request: ApiRequest, ms: number): void {
  // An abort by stop() ends the waiting: then nothing is done.
  stand.late += 1
  pause(ms, undefined, { signal: stand.stopping }).then(
    () => {
      stand.late -= 1
      stand.api.answer(request)
    },
    () => undefined,
  )
}

function sendHalf(response: ServerResponse, answer: ApiAnswer, entry: LoggedRequest): void {
  if (response.destroyed) return
  entry.status = answer.status
  const body = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroySoon())
}

async function wait(stand: Stand, ms: number): Promise<void> {
  if (ms > 0) await pause(ms, undefined, { signal: stand.stopping })
}

function send(response: ServerResponse, answer: ApiAnswer, entry: LoggedRequest | null): void {
  if (response.destroyed) return
  if (entry !== null) entry.status = answer.status
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= largestBody) chunks.push(chunk)
  }
  return size > largestBody ? null : Buffer.concat(chunks).toString('utf8')
}
