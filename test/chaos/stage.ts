import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { portForServer } from '../kit/port.ts'
import { writeConfig } from './config.ts'
import { type CrmName, CrmNames } from './crms.ts'
import { ApiToken, CrmToken, MarketplaceToken, SalesforceApp } from './logins.ts'
import { createMember, type Member } from './member.ts'
import type { Processes } from './processes.ts'
import { openProxy, type TcpProxy } from './proxy.ts'
import { openRedisServer, type RedisServer } from './redis-server.ts'

export type MemberName = 'intake' | 'worker-1' | 'worker-2'
const MemberNames: readonly MemberName[] = ['intake', 'worker-1', 'worker-2']
const CrmProcess = fileURLToPath(new URL('./crm-process.ts', import.meta.url))
const Leadsync = fileURLToPath(new URL('../../scripts/leadsync.mjs', import.meta.url))
/** Of `status` and `dead-letters` of a long run. */
const MostBytes = 2 ** 28

/** All that runs: the installation in processes of its own, Redis and the CRMs, and what breaks the connections between them. */
export interface Stage {
  readonly intakeUrl: string
  readonly redis: RedisServer
  /** Where the stand-ins are, with no proxy in between. */
  readonly crmUrls: Readonly<Record<CrmName, string>>
  readonly members: Readonly<Record<MemberName, Member>>
  /** In front of Redis and of each CRM. */
  readonly proxies: Readonly<Record<'redis' | CrmName, TcpProxy>>
  /** Any other command, undisturbed by the proxies. Its exit code is told, not thrown. */
  run(args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>
  stop(): Promise<void>
}

export async function openStage(dir: string, processes: Processes): Promise<Stage> {
  const dataDir = join(dir, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  const [configDir, redis, crmUrls, port] = await Promise.all([
    writeConfig(dir),
    openRedisServer(dir, processes),
    openCrms(dir, processes),
    portForServer(),
  ])
  const proxies = {
    redis: await openProxy(redis.port),
    hubspot: await openProxy(portOf(crmUrls.hubspot)),
    salesforce: await openProxy(portOf(crmUrls.salesforce)),
    dynamics: await openProxy(portOf(crmUrls.dynamics)),
  }
  const env = {
    ...cleanEnvironment(),
    LEADSYNC_DATA_DIR: dataDir,
    LEADSYNC_INTAKE_PORT: String(port),
    LEADSYNC_MARKETPLACE_TOKEN: MarketplaceToken,
    LEADSYNC_API_TOKEN: ApiToken,
    ...crmEnvironment((crm) => `http://127.0.0.1:${proxies[crm].port}`),
  }
  const memberEnv = { ...env, REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}` }
  const commandEnv = {
    ...env,
    ...crmEnvironment((crm) => crmUrls[crm]),
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  }
  const member = (name: MemberName) =>
    createMember({ name, role: name === 'intake' ? 'intake' : 'worker', configDir, env: memberEnv, processes })
  const members = { intake: member('intake'), 'worker-1': member('worker-1'), 'worker-2': member('worker-2') }
  await Promise.all(MemberNames.map((name) => members[name].start()))
  return {
    intakeUrl: `http://127.0.0.1:${port}`,
    redis,
    crmUrls,
    members,
    proxies,
    run: (args) => runCommand([Leadsync, ...args, '--config', configDir], commandEnv, processes),
    async stop() {
      await Promise.all(Object.values(proxies).map((proxy) => proxy.stop()))
    },
  }
}

async function openCrms(dir: string, processes: Processes): Promise<Stage['crmUrls']> {
  const open = async (name: CrmName) => {
    const said = Promise.withResolvers<string>()
    const args = [CrmProcess, name, dir]
    const crm = processes.launch({ name: `crm-${name}`, args, env: cleanEnvironment(), onLine: said.resolve })
    crm.ended.then(() => said.reject(new Error(`The stand-in for ${name} ended before it was up: see its log.`)))
    const { url } = JSON.parse(await said.promise) as { url: string }
    return [name, url] as const
  }
  return Object.fromEntries(await Promise.all(CrmNames.map(open))) as Stage['crmUrls']
}

function crmEnvironment(urlOf: (crm: CrmName) => string): Readonly<Record<string, string>> {
  return {
    HUBSPOT_BASE_URL: urlOf('hubspot'),
    HUBSPOT_TOKEN: CrmToken,
    SALESFORCE_ENABLED: 'true',
    SALESFORCE_BASE_URL: urlOf('salesforce'),
    SALESFORCE_CLIENT_ID: SalesforceApp.clientId,
    SALESFORCE_CLIENT_SECRET: SalesforceApp.clientSecret,
    SALESFORCE_USERNAME: SalesforceApp.username,
    DYNAMICS_ENABLED: 'true',
    DYNAMICS_BASE_URL: urlOf('dynamics'),
    DYNAMICS_AUTH: 'static-token',
    DYNAMICS_TOKEN: CrmToken,
  }
}

/** What a fresh shell would have: nothing of Leadsync's, and nothing by which somebody changes Node. */
function cleanEnvironment(): Record<string, string> {
  const foreign = /^(REDIS_URL|LEADSYNC_.*|HUBSPOT_.*|SALESFORCE_.*|DYNAMICS_.*|AZURE_.*|VITEST.*|NODE_.*|TEST|DEV|PROD|MODE)$/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  processes: Processes,
): ReturnType<Stage['run']> {
  const command = promisify(execFile)(process.execPath, [...args], { env, maxBuffer: MostBytes })
  if (command.child.pid !== undefined) processes.note(command.child.pid)
  try {
    return { code: 0, ...(await command) }
  } catch (error) {
    const { code = 1, stdout = '', stderr = String(error) } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: Number(code), stdout, stderr }
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
