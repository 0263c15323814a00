import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { parseDocument } from 'yaml'
import { serversStartedWith } from '../../src/store/redis-process.ts'
import { SandboxToken } from './sandbox.ts'

export const MarketplaceToken = 'marketplace-token-of-the-test'
export const ApiToken = 'api-token-of-the-test'

/** Dotted path into the file → what stands there instead. */
export type Changes = Readonly<Record<string, unknown>>

export interface HomeSetup {
  readonly hubspotUrl: string
  /** Absent: the embedded Redis. */
  readonly redisUrl?: string
  /** Changes to the shipped `leadsync.yaml`; that it has no follow-ups is one that every test has unless it gives `followUps.rules` itself. */
  readonly leadsync?: Changes
  /** Changes to the shipped `crm/hubspot.yaml`. */
  readonly hubspot?: Changes
  /** Changes to other shipped CRM files; `NAME-more` is a copy of the shipped NAME. */
  readonly crms?: Readonly<Record<string, Changes>>
  /** For the configuration's `${…}`, beside what every test has. */
  readonly env?: Readonly<Record<string, string>>
}

/** A folder with a configuration and the data of one installation, which any number of daemons may use, one after the other or at once. */
export interface Home {
  readonly dir: string
  readonly configDir: string
  readonly dataDir: string
  /** What the configuration's `${…}` are filled from. */
  readonly env: Readonly<Record<string, string>>
  /** Pids of living embedded Redis servers on this folder. */
  redisPids(): Promise<readonly number[]>
  /** To be told of every process that must not outlive the test. */
  adopt(child: ChildProcess): void
}

const shipped = fileURLToPath(new URL('../../config/', import.meta.url))

/** Tests count a CRM's requests and tasks: those of follow-ups come only where a test is about them. */
const NoFollowUps: Changes = { 'followUps.rules': [] }

/** Copies the shipped configuration, with the changes an admin would make. Everything in the folder, and every process on it, ends with the test. */
export async function createHome({
  hubspotUrl,
  redisUrl = '',
  leadsync,
  hubspot,
  crms = {},
  env = {},
}: HomeSetup): Promise<Home> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'leadsync-home-')))
  const configDir = join(dir, 'config')
  const dataDir = join(dir, 'data')
  const children = new Set<ChildProcess>()
  const guard = startGuard(dir)
  const redisPids = () => serversStartedWith(join(dataDir, 'redis.conf'))

  onTestFinished(async () => {
    for (const child of children) await end(child)
    for (const pid of await redisPids()) process.kill(pid, 'SIGKILL')
    guard.kill('SIGKILL')
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  })

  await cp(shipped, configDir, { recursive: true })
  await mkdir(dataDir, { mode: 0o700 })
  await change(join(configDir, 'leadsync.yaml'), { ...NoFollowUps, ...leadsync })
  await change(join(configDir, 'crm', 'hubspot.yaml'), hubspot ?? {})
  for (const [name, changes] of Object.entries(crms)) {
    const [shippedName = name] = name.split('-')
    const file = join(configDir, 'crm', `${name}.yaml`)
    if (name !== shippedName) await cp(join(configDir, 'crm', `${shippedName}.yaml`), file)
    await change(file, changes)
  }
  return {
    dir,
    configDir,
    dataDir,
    redisPids,
    env: {
      ...foreignEnvironment(),
      LEADSYNC_DATA_DIR: dataDir,
      LEADSYNC_INTAKE_PORT: '0',
      LEADSYNC_ADMIN_PORT: '0',
      LEADSYNC_MARKETPLACE_TOKEN: MarketplaceToken,
      LEADSYNC_API_TOKEN: ApiToken,
      LEADSYNC_ADMIN_PASSWORD: 'password-of-the-test',
      HUBSPOT_TOKEN: SandboxToken,
      HUBSPOT_BASE_URL: hubspotUrl,
      REDIS_URL: redisUrl,
      ...env,
    },
    adopt(child) {
      children.add(child)
      child.once('exit', () => children.delete(child))
      appendFileSync(join(dir, 'pids'), `${child.pid}\n`)
    },
  }
}

/** What a fresh shell would have: nothing of Leadsync's, and nothing by which the test runner changes Node. */
export function foreignEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(REDIS_URL|LEADSYNC_.*|HUBSPOT_.*|SALESFORCE_.*|DYNAMICS_.*|AZURE_.*|VITEST.*|NODE_.*|TEST|DEV|PROD|MODE)$/.test(name),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

/** Edits a YAML file as an admin would. */
export async function change(file: string, changes: Changes): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'))
  for (const [path, value] of Object.entries(changes)) document.setIn(path.split('.'), value)
  await writeFile(file, document.toString({ lineWidth: 0 }))
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

/** A shell whose input ends when this process ends, however it ends; then it takes what the test had started with it. */
function startGuard(dir: string): ChildProcess {
  const script = `
    cat
    for pid in $(cat "$1/pids") $(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$1/data/redis.json"); do
      tr '\\0' ' ' < "/proc/$pid/cmdline" | grep -qF "$1" && kill -9 "$pid"
    done
    rm -rf "$1"`
  const guard = spawn('/bin/sh', ['-c', script, 'sh', dir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.unref()
  return guard
}
