import { AsyncLocalStorage } from 'node:async_hooks'
import { DeliveryError } from '../../src/core/index.ts'

/** One request and its whole answer, or why there is none. */
export type Exchange =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'network'; readonly code: string | null }
  /** Nothing was sent: the injected fetch kept it back, and says why. */
  | { readonly kind: 'kept-back'; readonly error: DeliveryError }

export interface ExchangeOptions {
  readonly fetch: typeof globalThis.fetch
  /** Nothing leaves for another origin than this address's. */
  readonly baseUrl: string
  readonly signal: AbortSignal
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number
}

interface Scope {
  readonly fetch: typeof globalThis.fetch
  readonly origin: string
  readonly signal: AbortSignal
}

// The one exception to "no module-level state": some SDKs call the global `fetch` and offer no place for a signal, a timeout or another
// fetch. What a call needs travels in this scope, so two connectors, or two calls of one, never see each other's.
const scopes = new AsyncLocalStorage<Scope | undefined>()
let installed = false

/**
 * Runs `send`, whose `fetch`, the one it is given and the global one, gets our signal, our timeout, the injected fetch, and no redirects.
 * A timeout or an abort destroys the socket. Anything thrown that is neither is a bug and is thrown on.
 */
export async function exchange(
  send: (fetch: typeof globalThis.fetch) => Promise<Response>,
  options: ExchangeOptions,
): Promise<Exchange> {
  if (options.signal.aborted) return { kind: 'cancelled' }
  installScopedFetch()
  const controller = new AbortController()
  const abort = () => controller.abort()
  // Not AbortSignal.timeout: its timer can't be cleared, and thousands of answered requests would each keep one for the full time.
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    abort()
  }, options.timeoutMs)
  options.signal.addEventListener('abort', abort, { once: true })
  const scope = { fetch: options.fetch, origin: new URL(options.baseUrl).origin, signal: controller.signal }
  try {
    const response = await scopes.run(scope, () => send((input, init) => fetchInScope(scope, input, init)))
    return { kind: 'answer', status: response.status, headers: response.headers, text: await response.text() }
  } catch (error) {
    if (options.signal.aborted) return { kind: 'cancelled' }
    if (error instanceof DeliveryError) return { kind: 'kept-back', error }
    if (timedOut) return { kind: 'timeout' }
    if (isNetworkFailure(error)) return { kind: 'network', code: systemCodeOf(error) }
    throw error
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', abort)
  }
}

function installScopedFetch(): void {
  if (installed) return
  installed = true
  const original = globalThis.fetch
  globalThis.fetch = function scopedFetch(input, init) {
    const scope = scopes.getStore()
    if (!scope) return original(input, init)
    return fetchInScope(scope, input, init)
  }
}

async function fetchInScope(scope: Scope, input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.origin !== scope.origin)
    throw new Error(`A request for ${url.origin} was stopped: this connector may only call ${scope.origin}.`)
  // Left for the call itself: the injected fetch may be this very wrapper, and would otherwise call itself for ever.
  // A redirect would carry the bearer token to a place nobody configured, so it is an answer like any other.
  return scopes.run(undefined, () => scope.fetch(input, { ...init, signal: scope.signal, redirect: 'manual' }))
}

// undici says `fetch failed` for everything before the headers and `terminated` for a body cut short; both are TypeErrors like any
// programming error, which must not be taken for the network.
function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.message === 'fetch failed' || error.message === 'terminated' || systemCodeOf(error) !== null
}

/** The operating system's or TLS's word for what failed, of an error or its cause (`ECONNREFUSED`, `ENOENT`); null where there is none. */
export function systemCodeOf(error: unknown): string | null {
  for (const part of [error, error instanceof Error ? error.cause : undefined]) {
    const code = part instanceof Error && 'code' in part ? part.code : undefined
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)$/.test(code)) return code
  }
  return null
}
