import type { ContactLock } from './ports.ts'

/** A contact that this process has locked, for as long as it can know that: by its own clock, which runs on while the process stands still. */
export interface ContactHold {
  /** Whether it is held for long enough that a write which begins now ends before anybody else can have it. */
  mayWrite(): boolean
  isHeld(): boolean
  /** Asks the lock itself, once more: the same job may be at work elsewhere since. Rejects with `ContactLost`. */
  confirm(): Promise<void>
}

/** Another process may have the contact by now: what was read of its record is old, and to write it would undo what that one wrote. */
export class ContactLost extends Error {
  constructor() {
    super('The contact was held for too long; it is taken up again.')
  }
}

/** The same after the CRM was asked to write: this write may have come after the other process's, and have undone it. */
export class WrittenLate extends ContactLost {}

const Separator = '|'
/** Of a lock's time; as long as it is renewed twice as much is left. */
const WriteShare = 1 / 3

/** What stands in a lock: also the same job has another one in another process, where whoever had it before may still live and write. */
export function lockToken(holder: string, self: string): string {
  return `${holder}${Separator}${self}`
}

/** Whose lock it is, in whichever process. */
export function holderOf(token: string): string {
  return token.split(Separator, 1)[0] ?? token
}

export interface ContactHoldsOptions {
  readonly crm: string
  readonly lock: ContactLock
  /** How long a contact stays locked without a sign of life, in ms. */
  readonly lockMs: number
}

export interface Claimed {
  /** As `lockToken` makes it. */
  readonly holder: string
  readonly contacts: ReadonlySet<string>
  /** When they were asked for, at the latest, by `performance.now()`. */
  readonly since: number
}

interface Locked extends Claimed {
  /** By `performance.now()`. */
  until: number
}

/** Keeps the locks of contacts that were claimed while they are worked on, and frees them then. */
export class ContactHolds {
  readonly #options: ContactHoldsOptions
  readonly #locked = new Set<Locked>()
  readonly #renewal: NodeJS.Timeout

  constructor(options: ContactHoldsOptions) {
    this.#options = options
    this.#renewal = setInterval(() => this.#renew(), options.lockMs / 3)
    this.#renewal.unref()
  }

  async during<T>(claimed: Claimed, work: (hold: ContactHold) => Promise<T>): Promise<T> {
    const { crm, lock, lockMs } = this.#options
    const locked: Locked = { ...claimed, until: claimed.since + lockMs }
    this.#locked.add(locked)
    try {
      const left = () => locked.until - performance.now()
      const mayWrite = () => left() > lockMs * WriteShare
      return await work({ mayWrite, isHeld: () => left() > 0, confirm: () => this.#confirm(locked) })
    } finally {
      this.#locked.delete(locked)
      // A lock that can't be freed now ends by itself; what was delivered is delivered.
      await Promise.allSettled([...claimed.contacts].map((contact) => lock.unlock(crm, contact, claimed.holder)))
    }
  }

  stop(): void {
    clearInterval(this.#renewal)
  }

  async #confirm(locked: Locked): Promise<void> {
    await Promise.all([...locked.contacts].map((contact) => this.#renewOne(contact, locked)))
    if (performance.now() >= locked.until) throw new ContactLost()
  }

  #renew(): void {
    // One that can't be renewed now (Redis away) ends when it would have.
    for (const locked of this.#locked) {
      for (const contact of locked.contacts) this.#renewOne(contact, locked).catch(() => undefined)
    }
  }

  async #renewOne(contact: string, locked: Locked): Promise<void> {
    const { crm, lock, lockMs } = this.#options
    const since = performance.now()
    // Where somebody else has had it in between, it is lost for good, though it may be free again.
    if (!(await lock.renew(crm, contact, locked.holder))) locked.until = 0
    else if (locked.until > 0) locked.until = Math.max(locked.until, since + lockMs)
  }
}
