import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import type { RequestWindow } from '../core/index.ts'
import { KeyPrefix } from './redis.ts'

/**
 * Windows of requests that all processes share. While Redis is away, or after it hung for as long as `redis` waits, each process keeps them by
 * itself.
 */
export class RequestWindows {
  readonly #redis: Redis
  readonly #lua = readFileSync(new URL('./lua/rolling-window.lua', import.meta.url), 'utf8')
  /** By what they allow: a limiter's own numbers are never changed under those who wait for it. */
  readonly #limiters = new Map<string, RateLimiterRedis>()

  /** `redis` must be hasty: a patient connection would keep requests until Redis is back. */
  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** Takes one request. 0: it may be sent; else the ms until there is room. */
  async take(key: string, window: RequestWindow): Promise<number> {
    try {
      await this.#limiter(window).consume(key)
      return 0
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext))
      throw refused
    }
  }

  #limiter({ requests, seconds }: RequestWindow): RateLimiterRedis {
    const name = `${requests}/${seconds}`
    const limits = { points: requests, duration: seconds, keyPrefix: `${KeyPrefix}quota` }
    const limiter =
      this.#limiters.get(name) ??
      new RateLimiterRedis({
        ...limits,
        storeClient: this.#redis,
        rejectIfRedisNotReady: true,
        // Its own counts in windows that begin anew: twice the limit would go out around their edge, and a refused request would count as well.
        customIncrTtlLuaScript: this.#lua,
        insuranceLimiter: new RateLimiterMemory(limits),
      })
    this.#limiters.set(name, limiter)
    return limiter
  }
}
