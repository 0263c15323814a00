import type { Circuits } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

const Fields = ['holdFrom', 'holdTill', 'holds', 'pace', 'wins'] as const

export class RedisCircuits implements Circuits {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  async enter(crm: string, turn: string, now: number, endsMs: number): Promise<boolean> {
    return (await this.#scripts.run('circuit', 'enter', crm, now, turn, endsMs)) === 1
  }

  async fail(crm: string, turn: string, now: number, askedMs: number | undefined): Promise<number> {
    return Number(await this.#scripts.run('circuit', 'fail', crm, now, turn, askedMs ?? ''))
  }

  async succeed(crm: string, turn: string, now: number): Promise<number> {
    return Number(await this.#scripts.run('circuit', 'succeed', crm, now, turn))
  }

  async leave(crm: string, turn: string): Promise<void> {
    await this.#scripts.redis.zrem(`${KeyPrefix}turns:${crm}`, turn)
  }

  async pace(crm: string): Promise<number | null> {
    const pace = await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'pace')
    return pace === null ? null : Number(pace)
  }

  async backAt(crm: string): Promise<number> {
    return Number((await this.#scripts.redis.hget(`${KeyPrefix}crm:${crm}`, 'backAt')) ?? 0)
  }

  async close(crm: string): Promise<void> {
    await this.#scripts.redis.hdel(`${KeyPrefix}crm:${crm}`, ...Fields)
  }
}
