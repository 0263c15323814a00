import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { parseDocument } from 'yaml'
import { type Child, startChild } from '../src/cli/demo/child.ts'
import { createLog } from '../src/cli/log.ts'
import { startEmbeddedRedis } from '../src/store/embedded-redis.ts'
import { Scripts } from '../src/store/redis.ts'
import { type BenchChild, startBenchChild } from './child.ts'

const ConfigDir = fileURLToPath(new URL('../config', import.meta.url))
const IntakeToken = 'bench-token-0123456789'

export interface StageOptions {
  /** Node writes a CPU profile of every daemon in here. */
  readonly profileDir: string | undefined
}

/** A new Redis as it is shipped (`appendfsync always`) and the daemons that use it, in a folder of their own. */
export interface Stage {
  readonly folder: string
  readonly redis: Redis
  readonly scripts: Scripts
  /** `leadsync start --role ROLE` on the shipped configuration, whose follow-ups are left out unless asked for. */
  start(role: 'intake' | 'worker', setup?: DaemonSetup): Promise<Child>
  startOwn(file: URL, args?: readonly string[]): Promise<BenchChild>
  close(): Promise<void>
}

export interface DaemonSetup {
  readonly hubspotUrl?: string
  readonly followUps?: boolean
}

/** In the working directory, as a real installation would be: a system's folder for temporary files is often memory, where a sync costs nothing. */
export async function openStage({ profileDir }: StageOptions): Promise<Stage> {
  await mkdir('.leadsync', { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(resolve('.leadsync/bench-'))
  const withoutFollowUps = join(folder, 'config')
  await copyWithoutFollowUps(withoutFollowUps)
  const server = await startEmbeddedRedis({ dir: folder, log: createLog('silent') })
  // No name that begins with leadsync: a server that a Leadsync seems to use would not stop.
  const redis = new Redis(server.url, { maxRetriesPerRequest: null })
  const children: { stop(): Promise<void> }[] = []

  async function added<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const child = await starting
    children.push(child)
    return child
  }

  return {
    folder,
    redis,
    scripts: new Scripts(redis, null),
    start(role, { hubspotUrl = 'http://127.0.0.1:9', followUps = false } = {}) {
      const configDir = followUps ? ConfigDir : withoutFollowUps
      const env = {
        LEADSYNC_DATA_DIR: folder,
        LEADSYNC_INTAKE_PORT: '0',
        LEADSYNC_MARKETPLACE_TOKEN: IntakeToken,
        LEADSYNC_LOG_LEVEL: 'info',
        REDIS_URL: server.url,
        HUBSPOT_TOKEN: 'bench',
        HUBSPOT_BASE_URL: hubspotUrl,
        ...(profileDir
          ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir="${resolve(profileDir)}" --cpu-prof-name=${role}.cpuprofile` }
          : {}),
      }
      return added(startChild(['start', '--config', configDir, '--role', role], env, (line) => line.msg === 'leadsync is up'))
    },
    startOwn: (file, args) => added(startBenchChild(fileURLToPath(file), args)),
    async close() {
      for (const child of children.splice(0).reverse()) await child.stop()
      redis.disconnect()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Tasks take their part of the time and of the requests of whatever else is measured. */
async function copyWithoutFollowUps(dir: string): Promise<void> {
  await cp(ConfigDir, dir, { recursive: true })
  const file = join(dir, 'leadsync.yaml')
  const document = parseDocument(await readFile(file, 'utf8'))
  document.setIn(['followUps', 'rules'], [])
  await writeFile(file, document.toString())
}

/** Where a daemon of ours takes marketplace leads. */
export function marketplaceUrl({ up }: Child): string {
  return `${String(up.intake)}/intake/marketplace/${IntakeToken}`
}
