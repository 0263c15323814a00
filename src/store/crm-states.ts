import type { BlockedState, CrmStates } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

export class RedisCrmStates implements CrmStates {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  async block(crm: string, state: BlockedState): Promise<boolean> {
    return (await this.#scripts.redis.hsetnx(`${KeyPrefix}crm:${crm}`, 'blocked', JSON.stringify(state))) === 1
  }

  async unblock(crm: string): Promise<void> {
    await this.#scripts.redis.hdel(`${KeyPrefix}crm:${crm}`, 'blocked')
  }

  /** With which version of its settings a daemon began to deliver to it. */
  async started(crm: string, configVersion: string): Promise<void> {
    await this.#scripts.redis.hset(`${KeyPrefix}crm:${crm}`, 'config', configVersion)
  }

  /** Of the daemon that was started last; null when that was not noted. */
  async startedWith(crm: string): Promise<string | null> {
    return await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'config')
  }

  async blocked(crm: string): Promise<BlockedState | null> {
    const stored = await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'blocked')
    return stored ? (JSON.parse(stored) as BlockedState) : null
  }
}
