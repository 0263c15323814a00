import type { Log } from '../core/index.ts'
import type { Circuits } from '../delivery/ports.ts'

export interface CircuitOptions {
  readonly crm: string
  readonly circuits: Circuits
  /** Deliveries in hand in one process when nothing is wrong. */
  readonly concurrency: number
  /** After so many ms without an end a turn is somebody else's: its process has probably died. */
  readonly turnMs: number
  readonly log: Log
  now(): number
  /** How often it is asked whether another process found the CRM away or back, ms. */
  readonly everyMs?: number
}

const EveryMs = 2_000

/**
 * A CRM that fails everything is asked by one delivery at a time, however many processes and deliveries wait for it, less often each time; when
 * that one succeeds, two may be in hand, then twice as many again. BullMQ's own limit over all workers was refused: a worker that it stops
 * sleeps for five seconds, so that a recovery would take a minute for nothing.
 */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #timer: NodeJS.Timeout
  /** Until then nobody here knows what other processes found. */
  readonly #begun: Promise<void>
  /** Deliveries that may be in hand in all processes, as far as this one knows; null: as many as want. */
  #pace: number | null = null
  #changed: (concurrency: number) => void = () => undefined

  constructor(options: CircuitOptions) {
    this.#options = options
    // Redis is away: whoever needs it finds that out.
    const look = () => this.#look().catch(() => undefined)
    this.#begun = look()
    this.#timer = setInterval(look, options.everyMs ?? EveryMs)
    this.#timer.unref()
  }

  /** `changed` is told how many deliveries this process may have in hand from then on. */
  watch(changed: (concurrency: number) => void): void {
    this.#changed = changed
  }

  /** Whether deliveries are limited, as far as this process knows. */
  isOpen(): boolean {
    return this.#pace !== null
  }

  /** False: others have all there are of the turns, so this one comes back later. */
  async enter(turn: string): Promise<boolean> {
    const { crm, circuits, now, turnMs } = this.#options
    await this.#begun
    return this.#pace === null || (await circuits.enter(crm, turn, now(), turnMs))
  }

  /** Nothing succeeds. Returns how long nothing is to be sent, ms: 1 s, doubling to a minute, or what the CRM asked for. */
  async failed(turn: string, askedMs: number | undefined): Promise<number> {
    const { crm, circuits, now } = this.#options
    const forMs = await circuits.fail(crm, turn, now(), askedMs)
    this.#keep(1)
    return forMs
  }

  async succeeded(turn: string): Promise<void> {
    if (this.#pace === null) return
    const { crm, circuits, concurrency, now } = this.#options
    const pace = await circuits.succeed(crm, turn, now())
    if (pace >= concurrency) await circuits.close(crm)
    if (pace > 0) this.#keep(pace >= concurrency ? null : pace)
  }

  /** It ended in a way that tells nothing about the CRM. */
  async left(turn: string): Promise<void> {
    if (this.#pace !== null) await this.#options.circuits.leave(this.#options.crm, turn)
  }

  /** When the CRM last came back from being away to all, ms; 0: it never was. */
  backAt(): Promise<number> {
    return this.#options.circuits.backAt(this.#options.crm)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    this.#keep(await this.#options.circuits.pace(this.#options.crm))
  }

  #keep(pace: number | null): void {
    const { crm, concurrency, log } = this.#options
    if (pace === this.#pace) return
    this.#pace = pace
    this.#changed(Math.min(concurrency, pace ?? concurrency))
    if (pace === null) log.info({ crm }, 'the CRM is given as much as there is again')
    else
      log.info(
        { crm, atOnce: pace },
        pace === 1 ? 'the CRM is away: one delivery at a time asks' : 'the CRM is given more at once',
      )
  }
}
