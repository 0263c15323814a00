import type { FastifyInstance } from 'fastify'
import type { Installation } from '../config/installation.ts'
import { listenProblem } from '../config/listen-problem.ts'
import type { Config } from '../config/load.ts'
import type { Log } from '../core/index.ts'
import type { LeadRegister } from '../delivery/register.ts'
import type { ClaimGate } from '../queue/claim-gate.ts'
import { RedisLeadRegister } from '../store/lead-register.ts'
import type { MemoryWatch } from '../store/memory-watch.ts'
import { RedisQuarantineRoom } from '../store/quarantine-room.ts'
import type { Scripts } from '../store/redis.ts'
import type { RedisAccess } from '../store/redis-access.ts'
import type { Retention } from '../store/retention.ts'
import type { StoreGuard } from '../store/store-guard.ts'

export type Role = 'all' | 'intake' | 'worker' | 'admin'

export interface DaemonOptions {
  readonly config: Config
  readonly role: Role
  readonly log: Log
  /** A Redis that has lost our data is taken as it is. */
  readonly acceptEmptyRedis?: boolean
  now(): number
}

/** What every part is made from. */
export interface Parts extends DaemonOptions {
  readonly installation: Installation
  readonly redis: RedisAccess
  readonly guard: StoreGuard
  readonly memory: MemoryWatch
  /** Which every worker that makes more of what Redis holds goes through. */
  readonly gate: ClaimGate
  readonly retention: Retention
  /** Run last to first when the daemon stops. */
  readonly closers: (() => Promise<void>)[]
}

export function quarantineRoom({ config, now }: Parts, scripts: Scripts): RedisQuarantineRoom {
  return new RedisQuarantineRoom(scripts, config.leadsync.quarantine.maxBytes, now)
}

export function register({ config, installation, retention }: Parts, scripts: Scripts): LeadRegister {
  const crms = config.crms.map(({ name }) => name)
  return new RedisLeadRegister(scripts, {
    secret: installation.secret,
    doNotContact: config.leadsync.doNotContact,
    retention,
    crms,
  })
}

export async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw new Error(listenProblem(error, `${host}:${port}`), { cause: error })
  }
}
