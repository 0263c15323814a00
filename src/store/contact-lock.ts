import type { ContactLock } from '../delivery/ports.ts'
import type { Scripts } from './redis.ts'

/** The claim takes the lock; this keeps and frees it. The holder is a delivery, so that one that runs again after a crash takes its own lock at once. */
export class RedisContactLock implements ContactLock {
  readonly #scripts: Scripts
  readonly #lockMs: number

  constructor(scripts: Scripts, lockMs: number) {
    this.#scripts = scripts
    this.#lockMs = lockMs
  }

  async renew(crm: string, contactId: string, holder: string): Promise<boolean> {
    return (await this.#scripts.run('renew', crm, contactId, holder, this.#lockMs)) === 1
  }

  async unlock(crm: string, contactId: string, holder: string): Promise<void> {
    await this.#scripts.run('unlock', crm, contactId, holder)
  }
}
