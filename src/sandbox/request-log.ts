/** One API request as `GET /_sandbox/requests` shows it; `status` stays null while it hangs and after a reset or a gone client. */
export interface LoggedRequest {
  readonly at: string
  readonly method: string
  readonly path: string
  status: number | null
}

export interface RequestLog {
  open(method: string, path: string): LoggedRequest
  entries(): readonly LoggedRequest[]
  clear(): void
}

const keptRequests = 10_000

/** Remembers the last 10,000 API requests, oldest first; a longer run forgets the oldest rather than grow. */
export function createRequestLog(now: () => number): RequestLog {
  let entries: LoggedRequest[] = []

  return {
    open(method, path) {
      const entry: LoggedRequest = { at: new Date(now()).toISOString(), method, path, status: null }
      entries.push(entry)
      if (entries.length > keptRequests) entries.shift()
      return entry
    },
    entries: () => entries,
    clear() {
      entries = []
    },
  }
}
