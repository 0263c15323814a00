/** The part of autocannon that the bench uses; it ships no types. https://github.com/mcollina/autocannon#api */
declare module 'autocannon' {
  namespace autocannon {
    interface Request {
      method: string
      path: string
      headers: Record<string, string>
      body?: string
      setupRequest(request: Request): Request
      onResponse(status: number, body: string): void
    }
    interface Options {
      url: string
      connections: number
      /** Seconds; ignored when `amount` is given. */
      duration?: number
      /** How many requests in all. */
      amount?: number
      requests: Request[]
    }
    interface Result {
      /** In ms. */
      latency: { p50: number; p99: number }
      errors: number
      timeouts: number
      '5xx': number
    }
  }
  function autocannon(options: autocannon.Options): Promise<autocannon.Result>
  export = autocannon
}
