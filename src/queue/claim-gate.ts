import type { Worker } from 'bullmq'
import type { Log } from '../core/index.ts'

/** `memory`: Redis is almost full. `store`: it holds somebody else's data, whose jobs would fail in our hands, or none. */
export type ShutReason = 'memory' | 'store'

/** Stops the workers of this process from taking new jobs, and lets them go on; what is in hand is finished. Nobody else is held up. */
export class ClaimGate {
  readonly #log: Log
  readonly #workers = new Map<Worker, readonly ShutReason[]>()
  /** Each resolves when nothing is in the worker's hands any more. */
  readonly #pauses = new Map<Worker, Promise<void>>()
  readonly #reasons = new Set<ShutReason>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `heeds`: the reasons for which it stands still. */
  add(worker: Worker, heeds: readonly ShutReason[] = ['memory', 'store']): void {
    this.#workers.set(worker, heeds)
    if (this.#isShutFor(worker)) this.#pause(worker)
  }

  /** It is shut for a worker while there is any reason that this one heeds. */
  set(reason: ShutReason, isShut: boolean): void {
    if (isShut) this.#reasons.add(reason)
    else this.#reasons.delete(reason)
    for (const worker of this.#workers.keys()) {
      if (this.#isShutFor(worker)) this.#pause(worker)
      else void this.#pauses.get(worker)?.then(() => this.#resume(worker))
    }
  }

  /** It takes no job from now on, whatever the gate does. Resolves when nothing is in its hands: a worker that is paused already would not wait. */
  leave(worker: Worker): Promise<void> {
    this.#workers.delete(worker)
    return this.#pauses.get(worker) ?? worker.pause()
  }

  #isShutFor(worker: Worker): boolean {
    return this.#workers.get(worker)?.some((reason) => this.#reasons.has(reason)) ?? true
  }

  #pause(worker: Worker): void {
    if (this.#pauses.has(worker)) return
    // Not pause(true): it leaves the blocking call open, and with it takes one job more.
    const paused = worker.pause().catch((error: unknown) => {
      this.#log.warn({ queue: worker.name, error }, 'a worker could not be paused')
    })
    this.#pauses.set(worker, paused)
  }

  /** Only after its pause has come to its end: BullMQ would wait for ever for a worker that runs again. */
  #resume(worker: Worker): void {
    if (this.#isShutFor(worker) || !this.#pauses.delete(worker)) return
    worker.resume()
  }
}
