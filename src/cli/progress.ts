/** As much of a stream as a progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface ProgressOptions {
  /** Null: nobody knows, and there is no bar. */
  readonly total: number | null
  readonly stream: ProgressStream
  /** ms since the epoch. */
  now(): number
}

export interface Progress {
  /** So many are behind us; `say` is what became of them. */
  reached(count: number, say: string): void
  /** Takes the bar away again. */
  end(): void
}

const Width = 30
const BarEveryMs = 100
/** What is done before is worth no line. */
const LineEveryMs = 5_000

/** A bar at a terminal; elsewhere, where it would fill a log, a line now and then. */
export function createProgress({ total, stream, now }: ProgressOptions): Progress {
  const isBar = stream.isTTY === true
  const everyMs = isBar ? BarEveryMs : LineEveryMs
  let last = now()
  let isShown = false

  return {
    reached(count, say) {
      if (now() - last < everyMs) return
      last = now()
      isShown = true
      const text = total === null ? `${count} ${say}` : `${count} of ${Math.max(count, total)}: ${say}`
      const shown = total === null ? text : `${bar(count, total)} ${text}`
      stream.write(isBar ? `\r\u001b[2K${shown}` : `${text}\n`)
    },
    end() {
      if (isBar && isShown) stream.write('\r\u001b[2K')
    },
  }
}

function bar(count: number, total: number): string {
  const filled = total === 0 ? Width : Math.round((Math.min(count, total) / total) * Width)
  return `[${'#'.repeat(filled)}${'-'.repeat(Width - filled)}]`
}

/** On standard error, for work whose end nobody knows. `say` is what the number that `work` tells now and then is of. */
export async function withProgress<T>(say: string, work: (progress: (count: number) => void) => Promise<T>): Promise<T> {
  const progress = createProgress({ total: null, stream: process.stderr, now: Date.now })
  try {
    return await work((count) => progress.reached(count, say))
  } finally {
    progress.end()
  }
}
