import type { OrgUsage, QuotaReading, QuotaRules, RequestWindow } from '../core/index.ts'
import type { OrgQuota } from '../delivery/org-quota.ts'
import type { OrgBindings } from '../delivery/ports.ts'
import { dayKey, type QuotaOwner, quotaKey, RequestCounts } from './quota-keys.ts'
import { readOrgUsage, readWindows } from './quota-lookup.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { RequestWindows } from './request-windows.ts'

export interface OrgQuotaOptions {
  readonly crm: string
  /** Its kind. */
  readonly connector: string
  readonly rules: QuotaRules
  readonly orgs: Pick<OrgBindings, 'of'>
  /** Milliseconds since the epoch. */
  now(): number
}

/** What other processes learned, and to which org a CRM is bound, is read so often. */
const ReadEveryMs = 5_000
const LookEveryMs = 60_000
const DayKeptSeconds = 2 * 24 * 60 * 60

/** On a hasty connection of its own, so that a Redis that hangs holds up a request for its two seconds and no longer. */
export class RedisOrgQuota implements OrgQuota {
  readonly #scripts: Scripts
  readonly #options: OrgQuotaOptions
  readonly #limits: RequestWindows
  #owner: QuotaOwner
  #windows: Readonly<Record<string, RequestWindow | null>>
  #first: Promise<void> | undefined
  #readAt = 0

  constructor(scripts: Scripts, options: OrgQuotaOptions) {
    this.#scripts = scripts
    this.#options = options
    this.#limits = new RequestWindows(scripts.redis)
    this.#owner = { crm: options.crm, connector: options.connector, bound: null }
    this.#windows = options.rules.windows
  }

  async take(requestClass: string): Promise<number> {
    await this.#read()
    const window = this.#windows[requestClass]
    return window ? this.#limits.take(`${quotaKey(this.#owner)}:${requestClass}`, window) : 0
  }

  note(requestClass: string, reading: QuotaReading | null): void {
    const { crm, now } = this.#options
    const at = now()
    const key = `${KeyPrefix}quota:${quotaKey(this.#owner)}`
    const pipeline = this.#scripts.redis
      .pipeline()
      .hincrby(`${KeyPrefix}${RequestCounts}`, `${crm}:${requestClass}`, 1)
      .incr(dayKey(key, at))
      .expire(dayKey(key, at), DayKeptSeconds)
    if (reading?.day) pipeline.hset(key, { used: reading.day.used, limit: reading.day.limit, at })
    for (const [name, window] of Object.entries(reading?.windows ?? {})) {
      if (isSame(this.#windows[name], window)) continue
      this.#windows = { ...this.#windows, [name]: window }
      pipeline.hset(key, `window:${name}`, JSON.stringify(window))
    }
    // Nobody waits for it. While Redis is away nothing new is delivered, so what is not counted then is little.
    pipeline.exec().catch(() => undefined)
  }

  async usage(): Promise<OrgUsage | null> {
    try {
      await this.#read()
      return await readOrgUsage(this.#scripts, this.#owner, this.#options.now())
    } catch {
      return null
    }
  }

  async mayLook(): Promise<boolean> {
    const look = `${KeyPrefix}quota:${quotaKey(this.#owner)}:look`
    const taken = await this.#scripts.redis.set(look, '1', 'PX', LookEveryMs, 'NX').catch(() => null)
    return taken !== null
  }

  /** Only the first reading is waited for: a Redis that hangs would otherwise hold up a request twice. */
  #read(): Promise<void> {
    const at = performance.now()
    const isDue = this.#first === undefined || at - this.#readAt >= ReadEveryMs
    if (isDue) {
      this.#readAt = at
      // What was known stands while it can't be read.
      const reading = this.#learn().catch(() => undefined)
      this.#first ??= reading
    }
    return this.#first ?? Promise.resolve()
  }

  async #learn(): Promise<void> {
    const { crm, rules, orgs } = this.#options
    this.#owner = { ...this.#owner, bound: await orgs.of(crm) }
    this.#windows = { ...rules.windows, ...(await readWindows(this.#scripts, quotaKey(this.#owner))) }
  }
}

function isSame(one: RequestWindow | null | undefined, other: RequestWindow): boolean {
  return one?.requests === other.requests && one.seconds === other.seconds
}
