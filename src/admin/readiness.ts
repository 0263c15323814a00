import { type MemoryState, memorySentence } from '../store/memory-watch.ts'
import { KeyPrefix, type Scripts } from '../store/redis.ts'
import type { Holding } from '../store/store-binding.ts'
import { HoldingSentence } from '../store/store-guard.ts'
import { type CrmStatus, type CrmStatusDependencies, crmStatusWithoutRedis, readCrmStatus } from './crm-status.ts'
import { timely } from './timely.ts'

export type Role = 'all' | 'intake' | 'worker' | 'admin'

/** What the intake of this process says of itself. */
export interface IntakeState {
  readonly journalWritable: boolean
  /** Bytes of the journal that are not queued yet. */
  readonly backlog: number
  readonly lastTestLead: { readonly at: string; readonly token: string } | null
}

export interface Readiness {
  readonly ready: boolean
  readonly role: Role
  readonly redis: 'up' | 'down'
  /** Whose data Redis holds; null before it could be asked. */
  readonly store: Holding | null
  /** Why nothing is delivered, a sentence for a person; null where that is no reason. */
  readonly reason: string | null
  /** How full Redis is, and what waits for that; null before it could be asked. */
  readonly memory: (MemoryState & { readonly reason: string | null }) | null
  /** Null where no intake runs in this process. */
  readonly journal: { readonly writable: boolean; readonly backlog: number } | null
  readonly crms: Readonly<Record<string, CrmStatus>>
}

export interface ReadinessDependencies extends CrmStatusDependencies {
  readonly role: Role
  readonly scripts: Scripts
  /** Null where no intake runs in this process. */
  intakeState(): IntakeState | null
  redisUp(): boolean
  /** Absent: nobody watches it here. */
  holding?(): Holding | null
  /** Absent: nobody watches it here. */
  memory?(): MemoryState
  /** How long Redis may take, in ms. */
  readonly withinMs: number
}

const Away =
  'Redis does not answer: nothing is delivered until it does, what comes in waits in the journal. Look whether it runs, and whether redis.url is right.'

/** Makes the answer of `/readyz`. A CRM that is blocked or invalid never makes it unready: restarting or removing this process would help nobody. */
export function readinessCheck(dependencies: ReadinessDependencies): () => Promise<Readiness> {
  const { role, crms, scripts, intakeState, redisUp, withinMs } = dependencies
  const readRedis = timely(async () => {
    // Any suppression list will do: what counts is that one can be read. One that nobody has costs nothing.
    const [states] = await Promise.all([readCrmStatus(dependencies), scripts.redis.hlen(`${KeyPrefix}sup:readyz`)])
    return states
  }, withinMs)

  return async () => {
    const states = redisUp() ? await readRedis() : null
    const intake = intakeState()
    const store = dependencies.holding?.() ?? null
    const notOurs = store === null ? null : HoldingSentence[store]
    return {
      ready: isReady(role, states !== null, notOurs === null, intake),
      role,
      redis: states === null ? 'down' : 'up',
      store,
      // A Redis that is away comes back by itself; one that was not ours before is not ours then either.
      reason: notOurs ?? (states === null ? Away : null),
      memory: memoryOf(dependencies.memory?.()),
      journal: intake && { writable: intake.journalWritable, backlog: intake.backlog },
      crms: states ?? crmStatusWithoutRedis(crms),
    }
  }
}

function memoryOf(state: MemoryState | undefined): Readiness['memory'] {
  if (state === undefined || state.ratio === null) return null
  return { ...state, ratio: Math.round(state.ratio * 1_000) / 1_000, reason: memorySentence(state) }
}

function isReady(role: Role, redis: boolean, isOurs: boolean, intake: IntakeState | null): boolean {
  const usable = redis && isOurs
  const durable = usable || intake?.journalWritable === true
  switch (role) {
    case 'intake':
      return durable
    case 'all':
      return durable && usable
    case 'worker':
      return usable
    case 'admin':
      return redis
  }
}
