import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../kit/until.ts'
import { armCrm, expireSessions, failRows } from './crm-faults.ts'
import type { CrmName } from './crms.ts'
import type { FaultKind, PlannedFault, Worker } from './fault-plan.ts'
import type { MemberName, Stage } from './stage.ts'

type Strike = (stage: Stage, fault: PlannedFault) => Promise<void>

const RebuildWithinMs = 120_000
const RebuildAgainMs = 1_000
const SlowByMs = 60

const Strikes: Readonly<Record<FaultKind, Strike>> = {
  workerKilled: killed,
  intakeKilled: killed,
  workerRestarted: async ({ members }, { target, ms }) => {
    const worker = members[target as Worker]
    await worker.stop()
    await wait(ms)
    await worker.start()
  },
  workerFrozen: frozen,
  intakeFrozen: frozen,
  clockMoved: async ({ members }, { target, ms }) => {
    const worker = members[target as Worker]
    await worker.kill()
    await worker.start(ms)
  },
  redisKilled: async ({ redis }, { ms }) => {
    await redis.kill()
    await wait(ms)
    await redis.start()
  },
  redisFrozen: async ({ redis }, { ms }) => {
    redis.freeze()
    await wait(ms)
    redis.thaw()
  },
  redisEmptied: async (stage, { ms }) => {
    await stage.redis.empty()
    await wait(ms)
    await rebuild(stage)
  },
  connectionsCut: async ({ proxies }, { target }) => proxies[target as CrmName].cut(),
  connectionsStalled: async ({ proxies }, { target, ms }) => {
    const proxy = proxies[target as CrmName]
    proxy.stall()
    await wait(ms)
    proxy.heal()
  },
  connectionsSlow: async ({ proxies }, { target, ms }) => {
    const proxy = proxies[target as CrmName]
    proxy.slow(SlowByMs)
    await wait(ms)
    proxy.heal()
  },
  connectionsHalfOpen: async ({ proxies }, { target, ms }) => {
    const proxy = proxies[target as CrmName]
    proxy.halfOpen()
    await wait(ms)
    proxy.cut()
  },
  crmTooManyRequests: armCrm,
  crmFails500: armCrm,
  crmFailsHtml: armCrm,
  crmUnavailable503: armCrm,
  crmResets: armCrm,
  crmHangs: armCrm,
  crmSlow: armCrm,
  crmCommitsAndHangs: armCrm,
  crmCommitsAndResets: armCrm,
  crmRowsFail: failRows,
  crmTokenExpired: expireSessions,
}

export interface Havoc {
  /** How often each kind has struck. */
  readonly struck: ReadonlyMap<FaultKind, number>
  /** Resolves when all that were begun are over. Rejects with the first that could not be carried out. */
  stop(): Promise<void>
}

/** Carries the faults out when the run has come so far; those of one target one after the other, the others at the same time. */
export function startHavoc(stage: Stage, faults: readonly PlannedFault[], progress: () => number): Havoc {
  const struck = new Map<FaultKind, number>()
  const stopping = new AbortController()
  const busy = new Map<string, Promise<void>>()
  let broken: unknown = null

  async function strike(fault: PlannedFault): Promise<void> {
    struck.set(fault.kind, (struck.get(fault.kind) ?? 0) + 1)
    await Strikes[fault.kind](stage, fault)
  }

  async function all(): Promise<void> {
    for (const fault of faults) {
      while (progress() < fault.after && !stopping.signal.aborted) await wait(20)
      if (progress() < fault.after) return
      const place = placeOf(fault)
      const turn = (busy.get(place) ?? Promise.resolve())
        .then(() => strike(fault))
        .catch((error: unknown) => {
          broken ??= error
        })
      busy.set(place, turn)
    }
  }

  const done = all()
  return {
    struck,
    async stop() {
      stopping.abort()
      await done
      await Promise.all(busy.values())
      if (broken !== null) throw broken
    },
  }
}

/** A server and the connections to it are two places: one may be cut while the other is frozen. */
function placeOf({ kind, target }: PlannedFault): string {
  return kind.startsWith('connections') ? `connections to ${target}` : target
}

async function killed({ members }: Stage, { target, ms }: PlannedFault): Promise<void> {
  const member = members[target as MemberName]
  await member.kill()
  await wait(ms)
  await member.start()
}

async function frozen({ members }: Stage, { target, ms }: PlannedFault): Promise<void> {
  const member = members[target as MemberName]
  member.freeze()
  await wait(ms)
  member.thaw()
}

/** As an admin would, who runs the same command again where a CRM was away. */
async function rebuild(stage: Stage): Promise<void> {
  let said = ''
  await until(
    'leadsync rebuild comes to its end',
    async () => {
      const { code, stderr } = await stage.run(['rebuild', '--yes'])
      said = stderr
      if (code !== 0) await wait(RebuildAgainMs)
      return code === 0
    },
    { withinMs: RebuildWithinMs, shows: () => said },
  )
}
