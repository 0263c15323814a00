import { PassThrough } from 'node:stream'
import type { Connection } from 'jsforce/lib/connection.js'
import { type Exchange, type ExchangeOptions, exchange } from '../../kit/exchange.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the connection's instance URL. */
  readonly path: string
  readonly body?: object | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What jsforce hands to a transport. */
interface JsforceRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * One request, signed and addressed by jsforce and carried by our own `exchange`: jsforce's transport takes a proxy from the environment, even for loopback,
 * tries six times, and waits 30 minutes for an answer. jsforce is told "204, nothing" whatever came: its errors lack the HTTP status.
 */
export async function carry(connection: Connection, call: Call, options: Omit<ExchangeOptions, 'baseUrl'>): Promise<Exchange> {
  let result: Exchange = { kind: 'cancelled' }
  const within = { ...options, baseUrl: connection.instanceUrl }
  async function send({ method, url, headers, body }: JsforceRequest) {
    result = await exchange((fetch) => fetch(url, { method, headers: withoutLength(headers), body: body ?? null }), within)
    return { statusCode: 204, headers: {}, body: '' }
  }
  const transport = {
    // jsforce wants a promise that can be read as a stream as well; nobody reads it.
    httpRequest: (request: JsforceRequest) => Object.assign(send(request), { stream: () => new PassThrough() }),
  }
  await connection.request(requestOf(call), { transport })
  return result
}

function requestOf({ method, path, body, headers }: Call) {
  if (body === undefined) return { method, url: path, headers: { accept: 'application/json', ...headers } }
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  return { method, url: path, headers: { ...json, ...headers }, body: JSON.stringify(body) }
}

/** fetch counts for itself. */
function withoutLength(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { 'content-length': _, ...others } = headers
  return others
}
