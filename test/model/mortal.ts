/** When a process ends: before or after its n-th exchange with Redis or a CRM. After: the other side did it, and nobody heard. */
export interface Death {
  readonly exchange: number
  readonly when: 'before' | 'after'
}

/** Everything that a process exchanges with others goes through here, so that it can be ended between any two of them, as a power cut would. */
export class Mortal {
  readonly #dead = Promise.withResolvers<void>()
  readonly #underWay = new Set<Promise<unknown>>()
  #death: Death | null = null
  #exchanges = 0
  #isDead = false
  #intrusion: { readonly exchange: number; run(): Promise<void> } | null = null

  /** Something else happens just before the n-th exchange, counted from here. */
  intrude(exchange: number, run: () => Promise<void>): void {
    this.#intrusion = { exchange, run }
    this.#exchanges = 0
  }

  /** Counted from here. */
  doom(death: Death): void {
    this.#death = death
    this.#exchanges = 0
  }

  /** It got away: the work was done in fewer exchanges. */
  spare(): void {
    this.#death = null
    this.#intrusion = null
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** When it is dead and nothing that it sent is on its way any more. */
  get died(): Promise<void> {
    return this.#dead.promise
  }

  async pass<T>(exchange: () => Promise<T>): Promise<T> {
    if (this.#isDead) return await never()
    this.#exchanges += 1
    const intrusion = this.#exchanges === this.#intrusion?.exchange ? this.#intrusion : null
    if (intrusion) this.#intrusion = null
    await intrusion?.run()
    const isLast = this.#exchanges === this.#death?.exchange
    if (isLast && this.#death?.when === 'before') return await this.#die()
    const sent = exchange()
    this.#underWay.add(sent)
    try {
      const answer = await sent
      this.#underWay.delete(sent)
      return isLast || this.#isDead ? await this.#die() : answer
    } finally {
      this.#underWay.delete(sent)
    }
  }

  async #die(): Promise<never> {
    this.#isDead = true
    Promise.allSettled([...this.#underWay]).then(() => this.#dead.resolve())
    return await never()
  }
}

/** Who is dead does not even see an error. */
function never(): Promise<never> {
  return new Promise(() => undefined)
}
