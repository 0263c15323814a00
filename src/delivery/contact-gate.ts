import type { DeliveryResult } from './delivery-result.ts'

interface Follower {
  readonly leadKey: string
  readonly resolve: (result: DeliveryResult) => void
  readonly reject: (reason: unknown) => void
}

/** What became of each delivery of a group: a result, or why not. */
export type GroupResults = ReadonlyMap<string, DeliveryResult | Error>

/**
 * Deliveries of one contact in this process, one group at a time: while a group is being written, those that find its contact locked wait
 * here and become the next group. Across processes the lock in Redis does the same, at the price of a delay.
 */
export class ContactGate {
  /** Holder (the first delivery of a group) → who waits for it. */
  readonly #inHand = new Map<string, Follower[]>()
  readonly #most: number

  constructor(mostTogether: number) {
    this.#most = mostTogether
  }

  holds(holder: string): boolean {
    return this.#inHand.has(holder)
  }

  enter(holder: string): void {
    this.#inHand.set(holder, this.#inHand.get(holder) ?? [])
  }

  /** Waits for the group of `holder` to end, then for the own group's result. */
  follow(holder: string, leadKey: string): Promise<DeliveryResult> {
    return new Promise((resolve, reject) => {
      this.#inHand.get(holder)?.push({ leadKey, resolve, reject })
    })
  }

  /** Ends a group; those that waited go on together through `next`, which is handed their lead keys. */
  leave(holder: string, next: (leadKeys: readonly string[]) => Promise<GroupResults>): void {
    const waiting = this.#inHand.get(holder) ?? []
    this.#inHand.delete(holder)
    for (let at = 0; at < waiting.length; at += this.#most) void hand(waiting.slice(at, at + this.#most), next)
  }
}

async function hand(followers: readonly Follower[], next: (leadKeys: readonly string[]) => Promise<GroupResults>): Promise<void> {
  try {
    const results = await next(followers.map((one) => one.leadKey))
    for (const one of followers) {
      const result = results.get(one.leadKey)
      if (result instanceof Error || result === undefined)
        one.reject(result ?? new Error('A delivery came back without a result.'))
      else one.resolve(result)
    }
  } catch (error) {
    for (const one of followers) one.reject(error)
  }
}
