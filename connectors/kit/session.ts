import { DeliveryError, type Judged } from '../../src/core/index.ts'
import { createSingleFlight, Left } from './single-flight.ts'

/** One token for all callers. */
export interface Session<T extends object> {
  token(signal: AbortSignal): Promise<Judged<T>>
  /** Another one than `refused`, which the CRM did not accept: a new one, unless somebody else got one meanwhile. */
  renewed(refused: T, signal: AbortSignal): Promise<Judged<T>>
}

export interface SessionOptions<T extends object> {
  mint(signal: AbortSignal): Promise<Judged<T>>
  /** What a caller gets whose own signal ended the waiting. */
  cancelled(): DeliveryError
  /** Whether a token is too near its end to be used. Where it names no end, a 401 tells. */
  isSpent?(token: T): boolean
}

export function createSession<T extends object>({ mint, cancelled, isSpent }: SessionOptions<T>): Session<T> {
  let current: T | null = null
  const mintOnce = createSingleFlight(async (signal) => {
    const minted = await mint(signal)
    if (!(minted instanceof DeliveryError)) current = minted
    return minted
  })

  async function minted(signal: AbortSignal): Promise<Judged<T>> {
    const result = await mintOnce(signal)
    return result === Left ? cancelled() : result
  }

  return {
    token: async (signal) => (current !== null && isSpent?.(current) !== true ? current : minted(signal)),
    async renewed(refused, signal) {
      if (current !== null && current !== refused) return current
      current = null
      return minted(signal)
    },
  }
}
