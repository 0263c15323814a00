import { access, rm } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import { InstallationKey, KeyPrefix } from './redis.ts'

/**
 * Whose data a Redis holds. `ours`: this installation's. `empty`: nobody's, although it was ours once: it lost its data. `rebuilding`: ours, while
 * `leadsync rebuild` brings it back, or did not come to its end. `foreign`: another installation's.
 */
export type Holding = 'ours' | 'empty' | 'rebuilding' | 'foreign'

export interface Binding {
  /** There while the installation was made here and no Redis ever held it: by it a first start is told from a loss. */
  readonly unboundFile: string
  /** The installation's id. */
  readonly installation: string
}

/** When Redis was last rebuilt, ms. */
export const RebuiltKey = `${KeyPrefix}rebuilt`
/** Where leads are counted. With these and without an id it is of a version before there was one. */
const CountersKey = `${KeyPrefix}counters`

/** What stands in Redis while it is rebuilt: the daemons go on refusing, and only the command itself may write. */
export function rebuildingId(installation: string): string {
  return `rebuilding.${installation}`
}

/** Says whose data is there. A Redis that nobody has yet becomes ours at the first start. Rejects when Redis or the folder can't be asked. */
export async function bindStore(redis: Redis, { unboundFile, installation }: Binding): Promise<Holding> {
  const held = (await redis.get(InstallationKey)) ?? (await claimNew(redis, { unboundFile, installation }))
  const holding = holdingOf(held, installation)
  if (holding === 'ours') await rm(unboundFile, { force: true })
  return holding
}

function holdingOf(held: string | null, installation: string): Holding {
  if (held === null) return 'empty'
  if (held === rebuildingId(installation)) return 'rebuilding'
  return held === installation ? 'ours' : 'foreign'
}

/** What it holds now, for whoever changes nothing by asking. A new one is `empty`. */
export async function readHolding(redis: Redis, installation: string): Promise<Holding> {
  return holdingOf(await redis.get(InstallationKey), installation)
}

/** From now on nobody but the command that rebuilds it may work on it. */
export async function beginRebuild(redis: Redis, installation: string): Promise<void> {
  await redis.set(InstallationKey, rebuildingId(installation))
}

const EndRebuild = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3])
return 1`

/** Clocks of the machines where leads come in may differ so much. */
const ClockSlackMs = 15 * 60_000

/**
 * Makes it ours again; of leads that came before `now` (ms) it is known from then on that tasks may be in the CRM. Rejects where it is not what
 * was rebuilt any more: emptied since the last script, it would pass for a whole one. Returns what `RebuiltKey` holds then.
 */
export async function endRebuild(redis: Redis, installation: string, now: number): Promise<string> {
  const keys = [InstallationKey, RebuiltKey]
  const rebuilt = String(now + ClockSlackMs)
  const told = [rebuildingId(installation), installation, rebuilt]
  if ((await redis.eval(EndRebuild, keys.length, ...keys, ...told)) !== 1)
    throw new Error('Redis lost its data while it was rebuilt, or was rebuilt twice at once.')
  return rebuilt
}

/** Makes it ours, whatever it holds: a person said so. */
export async function acceptStore(redis: Redis, installation: string): Promise<void> {
  await redis.set(InstallationKey, installation)
}

/** What stands in the key now. Null: ours once, and lost. */
async function claimNew(redis: Redis, { unboundFile, installation }: Binding): Promise<string | null> {
  // Another process may have made it ours meanwhile, and taken the file away.
  if (!(await isForNobodyYet(redis, unboundFile))) return await redis.get(InstallationKey)
  await redis.set(InstallationKey, installation, 'NX')
  return await redis.get(InstallationKey)
}

/** Whether a Redis without an id becomes ours at the next start, rather than being one that lost it. */
export async function isForNobodyYet(redis: Redis, unboundFile: string): Promise<boolean> {
  return (await isThere(unboundFile)) || (await redis.exists(CountersKey)) === 1
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
