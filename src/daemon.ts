import { openInstallation, unboundFile } from './config/installation.ts'
import { startAdmin } from './daemon/admin.ts'
import { startIntake } from './daemon/intake.ts'
import { sayNoesOfJournal } from './daemon/journal-noes.ts'
import type { DaemonOptions, Parts, Role } from './daemon/parts.ts'
import { sayAgain } from './daemon/said-again.ts'
import { startWorkers } from './daemon/workers.ts'
import { ClaimGate } from './queue/claim-gate.ts'
import { startMemoryWatch } from './store/memory-watch.ts'
import { openRedis, type RedisAccess } from './store/redis-access.ts'
import { acceptStore, type Binding } from './store/store-binding.ts'
import { type StoreGuard, startStoreGuard } from './store/store-guard.ts'

export type { DaemonOptions, Role } from './daemon/parts.ts'

const AgainMs = 10_000

export interface Daemon {
  /** Where this role listens; null where it does not. */
  readonly intakeUrl: string | null
  readonly adminUrl: string | null
  readonly redisUrl: string
  /** Set when no password was configured: it is known to nobody yet. */
  readonly generatedPassword: string | null
  /** Intake → workers → connectors → Redis; what is in hand is finished or returned within the grace time. */
  stop(): Promise<void>
}

/** Starts the daemon, or the part of it that `role` says. Redis may be away: intake then goes on into the journal. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, role, log } = options
  const { leadsync } = config
  const { dataDir, retention } = leadsync
  const installation = await openInstallation(dataDir)
  const redis = await openRedis(leadsync.redis, { dataDir, installation: installation.id }, log)
  const closers = [() => redis.close()]
  try {
    const gate = new ClaimGate(log)
    const binding = { unboundFile: unboundFile(dataDir, installation.id), installation: installation.id }
    const guard = await guardStore(redis, binding, { ...options, installation, gate })
    const memory = startMemoryWatch({
      redis: redis.connect('memory', 'hasty').redis,
      limits: leadsync.memory,
      stopped: (stopped) => gate.set('memory', stopped),
      log,
    })
    closers.push(async () => {
      memory.stop()
      guard.stop()
    })
    const parts: Parts = { ...options, installation, redis, guard, memory, gate, retention, closers }
    if (runs(role, 'worker')) startWorkers(parts)
    const intake = runs(role, 'intake') ? await startIntake(parts) : null
    const admin = runs(role, 'admin') ? await startAdmin(parts, intake?.reception ?? null) : null
    return {
      intakeUrl: intake?.url ?? null,
      adminUrl: admin?.url ?? null,
      redisUrl: redis.url,
      generatedPassword: admin?.generatedPassword ?? null,
      stop: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** Watches whose data Redis holds. Workers begin when it is ours, and knows all that people said against being contacted. */
async function guardStore(
  redis: RedisAccess,
  binding: Binding,
  options: DaemonOptions & Pick<Parts, 'gate' | 'installation'>,
): Promise<StoreGuard> {
  const { config, installation, role, log, gate, acceptEmptyRedis, now } = options
  const connection = redis.connect('guard', 'hasty').redis
  let isAccepted = false
  let isOurs = false
  // Whoever accepts an empty Redis brings back what is here, also where no worker of its own waits for it.
  const said =
    runs(role, 'worker') || acceptEmptyRedis === true
      ? { config, secret: installation.secret, scripts: redis.connect('said', 'patient'), log, now }
      : null

  async function open(): Promise<void> {
    try {
      if (said !== null) await sayAgain(said, isAccepted ? ['export', 'changes'] : ['changes'])
      if (said !== null && isAccepted) await sayNoesOfJournal(said)
      if (isOurs) gate.set('store', false)
    } catch (error) {
      log.error(
        { error },
        'what people said against being contacted could not be brought back: nothing is delivered; tried again in a moment',
      )
      setTimeout(open, AgainMs).unref()
    }
  }

  const guard = await startStoreGuard({
    ...binding,
    redis: connection,
    log,
    changed: (holding) => {
      isOurs = holding === 'ours'
      gate.set('store', true)
      if (isOurs) void open()
    },
  })
  if (acceptEmptyRedis !== true || guard.holding() !== 'empty') return guard
  isAccepted = true
  await acceptStore(connection, binding.installation)
  log.warn(
    {},
    'A Redis without the data of this installation was accepted: what it knew of people and their leads is forgotten, but for who said no in the exports and the journal of this machine.',
  )
  return guard
}

function runs(role: Role, part: Role): boolean {
  return role === 'all' || role === part
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}
