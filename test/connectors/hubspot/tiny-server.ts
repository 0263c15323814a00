import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hubspot } from '../../../connectors/hubspot/index.ts'
import type { Connector, MatchKeys, RecordWrite } from '../../../src/core/index.ts'

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

export type Answer = (asked: Asked) => Told | 'hang'

export interface TinyServer {
  readonly url: string
  readonly asked: Asked[]
  /** Resolves when a client has closed a connection whose request was never answered. */
  readonly closed: Promise<unknown>
  stop(): Promise<void>
}

/** An HTTP server of a few lines for exact wire behaviour: what it answers is the test's business. */
export async function startTinyServer(answer: Answer): Promise<TinyServer> {
  const asked: Asked[] = []
  const closed = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const text = await textOf(request)
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    }
    asked.push(one)
    const told = answer(one)
    if (told === 'hang') request.socket.on('close', () => closed.resolve())
    else send(response, told)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, asked, closed: closed.promise, stop: () => stop(server) }
}

async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
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

export const token = 'pat-na1-secret-of-this-test'
const silent = { debug() {}, info() {}, warn() {}, error() {} }

export function connect(
  baseUrl: string,
  settings: Record<string, unknown> = {},
  dependencies: Record<string, unknown> = {},
): Connector {
  const parsed = hubspot.settings.parse({ token, baseUrl, ...settings })
  return hubspot.create(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent, ...dependencies })
}

/** Answers account and properties so that a test can speak of the rest: by default neither may be read. */
export function withCatalog(answer: Answer, properties?: readonly object[]): Answer {
  return (asked) => {
    if (asked.method !== 'GET') return answer(asked)
    if (!properties) return { status: 403, body: { category: 'MISSING_SCOPES' } }
    return asked.path.includes('/properties/')
      ? { body: { results: properties } }
      : { body: { portalId: 62515, timeZone: 'US/Eastern' } }
  }
}

export function keys(some: Partial<MatchKeys> = {}): MatchKeys {
  return { contactIds: ['c-1'], email: null, record: null, fields: { contact: ['firstname'] }, ...some }
}

export function write(some: Partial<RecordWrite> = {}): RecordWrite {
  return { object: 'contact', recordId: null, contactId: 'c-1', email: 'jane@contoso.com', fields: {}, required: [], ...some }
}

export const anySignal = () => new AbortController().signal
