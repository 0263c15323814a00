import { readdirSync, readFileSync } from 'node:fs'
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
  'circuit',
  'strong',
  'rename-crm',
  'restore',
  'restore-contact',
  'forget',
  'forget-lead',
  'follow-up-plan',
  'follow-up-read',
  'follow-up-step',
  'follow-up-review',
  'alert',
  'quarantine-room',
  'foresee',
  'reopen',
  'reopen-contact',
] as const
export type ScriptName = (typeof ScriptNames)[number]

/** What a script is made of beside its own file and `shared.lua`: local functions, so the order counts. */
const Parts: Partial<Record<ScriptName, readonly string[]>> = {
  admit: ['review', 'admit-contact', 'admit-near', 'admit-forgotten', 'admit-duplicate'],
  'record-write': ['review'],
  strong: ['review'],
  restore: ['review'],
  'restore-contact': ['review', 'admit-contact'],
  forget: ['review'],
  'forget-lead': ['review', 'follow-up'],
  'follow-up-plan': ['review', 'follow-up'],
  'follow-up-read': ['review', 'follow-up'],
  'follow-up-step': ['review', 'follow-up'],
  'follow-up-review': ['review'],
  foresee: ['review', 'admit-forgotten'],
  reopen: ['reopening'],
  'reopen-contact': ['reopening'],
}

const Folder = new URL('./lua/', import.meta.url)
/** Read once: every connection needs them all. */
const Lua: ReadonlyMap<string, string> = new Map(
  readdirSync(Folder).map((file) => [file.replace(/\.lua$/, ''), readFileSync(new URL(file, Folder), 'utf8')]),
)

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

/** Which installation's data a Redis holds. */
export const InstallationKey = `${KeyPrefix}installation`

/**
 * Our Lua scripts on one connection. Each is one atomic step of a lead's way, and refuses with `NOTOURS` where the Redis does not say that it
 * holds the data of `installation`: asked in the script itself, as data may be lost between any two of them. Null: whatever is there will do.
 */
export class Scripts {
  readonly redis: Redis
  readonly #installation: string | null
  readonly #commands: ReadonlyMap<ScriptName, Command>

  constructor(redis: Redis, installation: string | null) {
    this.redis = redis
    this.#installation = installation
    // An id is a UUID, or one with a word before it: nothing that could end the text.
    const guard = installation === null ? '' : `local Installation = '${installation}'\n${readLua('guard')}`
    const commands = new Map<ScriptName, Command>()
    for (const name of ScriptNames) {
      const command = `leadsync-${name}`
      const files = ['shared', ...(Parts[name] ?? []), name]
      redis.defineCommand(command, { numberOfKeys: 1, lua: guard + files.map(readLua).join('') })
      const run = Reflect.get(redis, command) as Command
      commands.set(name, (...args) => run.call(redis, KeyPrefix, ...args))
    }
    this.#commands = commands
  }

  /** For readings that are no script. */
  async holdsOurs(): Promise<boolean> {
    return this.#installation === null || (await this.redis.get(InstallationKey)) === this.#installation
  }

  run(name: ScriptName, ...args: (string | number)[]): Promise<unknown> {
    const command = this.#commands.get(name)
    if (!command) throw new Error(`There is no script ${name}.`)
    return command(...args)
  }
}

function readLua(file: string): string {
  const lua = Lua.get(file)
  if (lua === undefined) throw new Error(`There is no script part ${file}.`)
  return lua
}

/** A script was refused because the data of this installation is not there. */
export function isNotOurs(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOTOURS ')
}
