import { KeyPrefix, type Scripts } from './redis.ts'

/** Why a CRM's queue stands still, since when. */
export interface BlockedState {
  readonly code: string
  /** A sentence for a person. */
  readonly reason: string
  /** ISO 8601. */
  readonly since: string
}

/** What the daemon itself noted about each CRM. A queue that is paused without such a note was paused by a person. */
export class CrmStates {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  /** False when it was blocked already: then the alert was given. */
  async block(crm: string, state: BlockedState): Promise<boolean> {
    return (await this.#scripts.redis.hsetnx(`${KeyPrefix}crm:${crm}`, 'blocked', JSON.stringify(state))) === 1
  }

  async unblock(crm: string): Promise<void> {
    await this.#scripts.redis.hdel(`${KeyPrefix}crm:${crm}`, 'blocked')
  }

  async blocked(crm: string): Promise<BlockedState | null> {
    const stored = await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'blocked')
    return stored ? (JSON.parse(stored) as BlockedState) : null
  }
}
