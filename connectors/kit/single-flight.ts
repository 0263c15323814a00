/** What a caller gets whose own signal ended the waiting. */
export const Left = Symbol('left')

interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

/**
 * Runs `run` once for all callers that ask while it is under way. One caller's abort leaves the others waiting; when the last one has left, the
 * run is aborted.
 */
export function createSingleFlight<T>(
  run: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T | typeof Left> {
  let current: Flight<T> | null = null

  function takeOff(): Flight<T> {
    const controller = new AbortController()
    const result = run(controller.signal)
    const flight: Flight<T> = { result, controller, waiting: 0 }
    const land = () => {
      if (current === flight) current = null
    }
    result.then(land, land)
    return flight
  }

  return async (signal) => {
    if (signal.aborted) return Left
    current ??= takeOff()
    const flight = current
    flight.waiting += 1
    const left = Promise.withResolvers<typeof Left>()
    const leave = () => left.resolve(Left)
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([flight.result, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      flight.waiting -= 1
      if (flight.waiting === 0) {
        flight.controller.abort()
        if (current === flight) current = null
      }
    }
  }
}
