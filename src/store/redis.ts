import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'

/** All our own keys share one hash tag, so that one script may touch lead, contact, alias and counter; only the queues spread. */
export const KeyPrefix = '{leadsync}:'

const ScriptNames = [
  'admit',
  'claim',
  'claim-contact',
  'record-write',
  'settle',
  'release',
  'unlock',
  'renew',
  'suppression',
  'org',
  'strong',
  'rename-crm',
  'restore',
  'forget',
  'forget-lead',
  'follow-up-plan',
  'follow-up-read',
  'follow-up-step',
  'follow-up-review',
  'alert',
] as const
export type ScriptName = (typeof ScriptNames)[number]

/** What a script is made of beside its own file and `shared.lua`: local functions, so the order counts. */
const Parts: Partial<Record<ScriptName, readonly string[]>> = {
  admit: ['review', 'admit-contact', 'admit-near', 'admit-forgotten', 'admit-duplicate'],
  'record-write': ['review'],
  strong: ['review'],
  restore: ['review'],
  forget: ['review'],
  'forget-lead': ['review', 'follow-up'],
  'follow-up-plan': ['review', 'follow-up'],
  'follow-up-read': ['review', 'follow-up'],
  'follow-up-step': ['review', 'follow-up'],
  'follow-up-review': ['review'],
}

export interface ConnectOptions {
  /** Shows in `CLIENT LIST`. */
  readonly name: string
  /**
   * `patient` waits for Redis for as long as it takes: workers have nothing better to do. `hasty` fails at once when Redis is away and after
   * two seconds when it hangs: intake has a journal and must answer.
   */
  readonly patience: 'patient' | 'hasty'
}

const HastyTimeoutMs = 2_000

/** One connection; BullMQ makes the blocking ones that it needs from it. */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const hasty = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: HastyTimeoutMs }
  const patient = { maxRetriesPerRequest: null }
  return new Redis(url, {
    connectionName: `leadsync-${options.name}`,
    retryStrategy: (times: number) => Math.min(50 * times, 1_000),
    enableReadyCheck: true,
    ...(options.patience === 'hasty' ? hasty : patient),
  })
}

type Command = (...args: (string | number)[]) => Promise<unknown>

/** Our Lua scripts on one connection. Each is one atomic step of a lead's way. */
export class Scripts {
  readonly redis: Redis
  readonly #commands: ReadonlyMap<ScriptName, Command>

  constructor(redis: Redis) {
    this.redis = redis
    const folder = new URL('./lua/', import.meta.url)
    const commands = new Map<ScriptName, Command>()
    for (const name of ScriptNames) {
      const command = `leadsync-${name}`
      const files = ['shared', ...(Parts[name] ?? []), name]
      const lua = files.map((file) => readFileSync(new URL(`${file}.lua`, folder), 'utf8')).join('')
      redis.defineCommand(command, { numberOfKeys: 1, lua })
      const run = Reflect.get(redis, command) as Command
      commands.set(name, (...args) => run.call(redis, KeyPrefix, ...args))
    }
    this.#commands = commands
  }

  run(name: ScriptName, ...args: (string | number)[]): Promise<unknown> {
    const command = this.#commands.get(name)
    if (!command) throw new Error(`There is no script ${name}.`)
    return command(...args)
  }
}
