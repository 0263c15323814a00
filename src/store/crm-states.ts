import type { BlockedState, CrmStates } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** A hold that begins so soon after another one is of the same trouble. */
const BetweenHoldsMs = 2 * 60_000

type Hold = BlockedState & { readonly until: number }

function readHold(stored: string | null): Hold | null {
  return stored === null ? null : (JSON.parse(stored) as Hold)
}

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

  async hold(crm: string, state: BlockedState, until: number): Promise<void> {
    const key = `${KeyPrefix}crm:${crm}`
    const before = readHold(await this.#scripts.redis.hget(key, 'hold'))
    const goesOn = before !== null && Date.parse(state.since) - before.until < BetweenHoldsMs
    const since = goesOn ? before.since : state.since
    await this.#scripts.redis.hset(key, 'hold', JSON.stringify({ ...state, since, until }))
  }

  async held(crm: string): Promise<BlockedState | null> {
    return readHold(await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'hold'))
  }
}
