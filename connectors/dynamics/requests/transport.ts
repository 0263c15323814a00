import { Client, type Context, type Middleware, ResponseType } from '@microsoft/microsoft-graph-client'
import { type Exchange, type ExchangeOptions, exchange } from '../../kit/exchange.ts'
import { ApiVersion, isPath } from '../paths.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the service root, percent-encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

const Always = { Accept: 'application/json', 'OData-Version': '4.0', 'OData-MaxVersion': '4.0', 'User-Agent': 'leadsync' }

/**
 * One request, put together by the SDK and carried by our own `exchange`. None of the SDK's middleware: its authentication sends no token to
 * loopback, its retries cut `Retry-After` to 180 s and can't be aborted, and its errors lose the cause and, for what is not JSON, the headers.
 * The SDK is told "204, nothing" whatever came.
 * https://github.com/microsoftgraph/msgraph-sdk-javascript/blob/dev/docs/CustomMiddlewareChain.md
 */
export async function carry(call: Call, token: string, options: ExchangeOptions): Promise<Exchange> {
  const { method, path, headers, body } = call
  if (!isPath(path)) throw new Error('A request has a path that is no path below the service root, percent-encoded.')
  const origin = new URL(options.baseUrl).origin
  const transport = transportOver(options)
  const client = Client.initWithMiddleware({
    baseUrl: `${origin}/api/data/`,
    defaultVersion: ApiVersion,
    middleware: [authorization(token, origin), transport.middleware],
  })
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const request = client
    .api(path)
    .headers({ ...Always, ...json, ...headers })
    .responseType(ResponseType.RAW)
  try {
    await {
      GET: () => request.get(),
      DELETE: () => request.delete(),
      POST: () => request.post(body),
      PATCH: () => request.patch(body),
    }[method]()
  } catch (error) {
    // The SDK wraps whatever its middleware throws, and drops where it came from.
    throw transport.defect() ?? error
  }
  return transport.result()
}

/** A bearer token never goes to another origin than the environment's. */
function authorization(token: string, origin: string): Middleware {
  let next: Middleware | undefined
  return {
    setNext(middleware) {
      next = middleware
    },
    async execute(context) {
      if (new URL(addressOf(context)).origin !== origin) throw new Error('A token was kept from going to another origin.')
      const headers = { ...(context.options?.headers as Record<string, string>), Authorization: `Bearer ${token}` }
      context.options = { ...context.options, headers }
      await next?.execute(context)
    },
  }
}

function transportOver(options: ExchangeOptions) {
  let result: Exchange = { kind: 'cancelled' }
  let defect: unknown
  const middleware: Middleware = {
    async execute(context) {
      const { method, headers, body } = context.options ?? {}
      const init: RequestInit = { method: method ?? 'GET', headers: headers ?? {}, body: body ?? null }
      try {
        result = await exchange((fetch) => fetch(addressOf(context), init), options)
      } catch (error) {
        defect = error
        throw error
      }
      context.response = new Response(null, { status: 204 })
    },
  }
  return { middleware, result: () => result, defect: () => defect }
}

function addressOf({ request }: Context): string {
  return typeof request === 'string' ? request : request.url
}
