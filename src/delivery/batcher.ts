import type { Judged } from '../core/index.ts'

export interface BatcherOptions<In, Out> {
  readonly max: number
  /** Most batches under way at once. */
  readonly concurrency: number
  /** How long a batch that is not full waits while others are under way, in ms. */
  readonly waitMs: number
  /** Same length and order as `items`; rejects when none was judged. */
  run(items: readonly In[]): Promise<readonly (Judged<Out> | Error)[]>
}

interface Waiting<In, Out> {
  readonly item: In
  readonly resolve: (value: Out) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Gathers single items into batches: at once when idle, else until full or `waitMs` passed. dataloader was refused: it can neither hold a
 * batch in flight nor send at once when idle.
 */
export class Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>
  #waiting: Waiting<In, Out>[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined
  #scheduled = false

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options
  }

  submit(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#schedule()
    })
  }

  /** Items of one turn of the event loop go together, so idle means "after this turn", not "after the first item". */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump(false)
    })
  }

  #pump(timedOut: boolean): void {
    const { max, concurrency, waitMs } = this.#options
    let late = timedOut
    while (this.#waiting.length > 0 && this.#underWay < concurrency) {
      if (this.#waiting.length < max && this.#underWay > 0 && !late) break
      late = false
      void this.#send(this.#waiting.splice(0, max))
    }
    if (this.#waiting.length === 0 || this.#timer || this.#underWay >= concurrency) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pump(true)
    }, waitMs)
  }

  async #send(batch: readonly Waiting<In, Out>[]): Promise<void> {
    this.#underWay += 1
    try {
      const judged = await this.#options.run(batch.map((one) => one.item))
      if (judged.length !== batch.length) throw new Error(`A batch of ${batch.length} came back with ${judged.length} answers.`)
      for (const [index, one] of batch.entries()) answer(one, judged[index] as Out | Error)
    } catch (error) {
      // Last first: BullMQ puts released jobs back at the head, so this keeps their order.
      for (const one of batch.toReversed()) one.reject(error)
    } finally {
      this.#underWay -= 1
      this.#pump(false)
    }
  }
}

function answer<In, Out>(one: Waiting<In, Out>, judged: Out | Error): void {
  if (judged instanceof Error) one.reject(judged)
  else one.resolve(judged)
}
