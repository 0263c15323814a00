import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { KeyPrefix, type Scripts } from './redis.ts'

export interface ContactHoldOptions {
  /** How long a lock lasts without a sign of life, in ms. */
  readonly lockMs: number
  /** How long to wait for deliveries that have a contact in hand, in ms. */
  readonly waitMs: number
}

const AskEveryMs = 100

/** Keeps contacts out of every delivery's hands: one that comes meanwhile finds the lock and goes back without spending an attempt. */
export class ContactHold {
  readonly #scripts: Scripts
  readonly #options: ContactHoldOptions
  readonly #holder = `hold.${randomUUID()}`
  readonly #held = new Map<string, { readonly crm: string; readonly contact: string }>()
  readonly #renewal: NodeJS.Timeout

  constructor(scripts: Scripts, options: ContactHoldOptions) {
    this.#scripts = scripts
    this.#options = options
    this.#renewal = setInterval(() => this.#renew(), options.lockMs / 3)
    this.#renewal.unref()
  }

  /** The CRM in which one of them is still in hand when the time is over; null when all are held. */
  async take(crms: readonly string[], contacts: readonly string[]): Promise<string | null> {
    const deadline = performance.now() + this.#options.waitMs
    for (const crm of crms) {
      for (const contact of contacts) if (!(await this.#taken(crm, contact, deadline))) return crm
    }
    return null
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal)
    // A lock that can't be freed now ends by itself.
    await Promise.allSettled(
      [...this.#held.values()].map(({ crm, contact }) => this.#scripts.run('unlock', crm, contact, this.#holder)),
    )
  }

  async #taken(crm: string, contact: string, deadline: number): Promise<boolean> {
    const key = `${KeyPrefix}lock:${crm}:${contact}`
    while (!this.#held.has(key)) {
      if ((await this.#scripts.redis.set(key, this.#holder, 'PX', this.#options.lockMs, 'NX')) === 'OK') {
        this.#held.set(key, { crm, contact })
      } else if (performance.now() > deadline) {
        return false
      } else {
        await wait(AskEveryMs)
      }
    }
    return true
  }

  #renew(): void {
    for (const { crm, contact } of this.#held.values()) {
      this.#scripts.run('renew', crm, contact, this.#holder, this.#options.lockMs).catch(() => undefined)
    }
  }
}
