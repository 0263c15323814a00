import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFailed, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { connectors } from '../../connectors/registry.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { findRedisServer } from '../../src/store/redis-binary.ts'
import { end, foreignEnvironment } from '../kit/home.ts'
import { checkedIn, copied, copyInto, envOf, execForm, installProduction, lastStage, root } from '../kit/image.ts'
import { portForServer } from '../kit/port.ts'
import { until } from '../kit/until.ts'

// There is no Docker engine here: what an engine would read is read, and what it would run is run, in a copy of what it would copy.

interface Service {
  readonly profiles?: readonly string[]
  readonly image?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly network_mode?: string
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly stop_grace_period?: string
  readonly depends_on?: unknown
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, null>>
}

const stage = lastStage(text('Dockerfile'))
const compose = parse(text('docker-compose.yml')) as Compose

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function service(name: string): Service {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`)
  return found
}

/** `${NAME:-default}` as compose fills it in where nothing is set. */
function filledIn(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
}

describe('the Dockerfile', () => {
  it('copies only what a clean checkout has and .dockerignore lets through', () => {
    const letThrough = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const sources = copied(stage).map(({ source }) => source)
    expect(sources.length).toBeGreaterThan(4)
    for (const source of sources) {
      expect(checkedIn(source), source).not.toEqual([])
      expect(letThrough).toContain(source)
    }
    expect(text('.dockerignore').split('\n')).toContain('*')
  })

  it('runs as a user without rights, on the port that is published', () => {
    expect(stage.find(({ word }) => word === 'USER')?.rest).toBe('node')
    const defaults = settingsOf({ LEADSYNC_MARKETPLACE_TOKEN: 'x'.repeat(32), HUBSPOT_TOKEN: 'x' })
    const exposed = stage
      .find(({ word }) => word === 'EXPOSE')
      ?.rest.split(' ')
      .map(Number)
    expect(exposed).toEqual([defaults.intake.port, defaults.admin.port])
    const published = (service('leadsync').ports ?? []).map((port) => port.split(':'))
    expect(published).toEqual(exposed?.map((port) => ['127.0.0.1', String(port), String(port)]))
  })

  it('holds no secret', () => {
    expect(Object.keys(envOf(stage)).filter((name) => /TOKEN|PASSWORD|SECRET|KEY/.test(name))).toEqual([])
    expect(text('Dockerfile')).not.toMatch(/^ARG/m)
    expect(text('.gitignore').split('\n')).toContain('secrets/')
  })
})

function settingsOf(env: Readonly<Record<string, string>>) {
  const loaded = loadConfig(join(root, 'config'), { env, connectors })
  const problems = loaded.ok ? loaded.config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems)) : loaded.problems
  if (!loaded.ok || problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'))
  return loaded.config.leadsync
}

describe('docker-compose.yml', () => {
  it('names nothing that is not there', () => {
    for (const [name, { secrets = [], networks = [], volumes = [] }] of Object.entries(compose.services)) {
      for (const secret of secrets) expect(Object.keys(compose.secrets), name).toContain(secret)
      for (const network of networks) expect(Object.keys(compose.networks), name).toContain(network)
      for (const volume of volumes.map((one) => one.split(':')[0] ?? '')) {
        if (volume.startsWith('./')) expect(checkedIn(volume.slice(2)), volume).not.toEqual([])
        else expect(Object.keys(compose.volumes), name).toContain(volume)
      }
    }
  })

  it('gives the shipped configuration all that it needs, secrets as files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadsync-secrets-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { environment = {}, secrets = [] } = service('leadsync')
    for (const secret of secrets) writeFileSync(join(folder, secret), `secret-of-${secret}-0123456789\n`)
    const given = Object.entries(environment).map(([name, value]) => [name, filledIn(value).replace('/run/secrets', folder)])
    const { intake, admin, redis, dataDir } = settingsOf({ ...envOf(stage), ...Object.fromEntries(given) })
    expect(intake).toMatchObject({
      host: '0.0.0.0',
      trustProxy: true,
      tokens: [{ value: 'secret-of-marketplace_token-0123456789' }],
    })
    expect(admin).toMatchObject({ host: '0.0.0.0', password: 'secret-of-admin_password-0123456789' })
    expect(redis).toEqual({ mode: 'url', url: 'redis://valkey:6379' })
    expect(service('leadsync').volumes).toContain(`data:${dataDir}`)
    for (const secret of secrets) expect(Object.values(environment)).toContain(`/run/secrets/${secret}`)
  })

  it('starts the daemon when its Valkey answers, and stops it after what is in hand is done', () => {
    expect(service('leadsync').depends_on).toEqual({ valkey: { condition: 'service_healthy' } })
    const { workers } = settingsOf({ LEADSYNC_MARKETPLACE_TOKEN: 'x'.repeat(32), HUBSPOT_TOKEN: 'x' })
    expect(Number.parseInt(service('leadsync').stop_grace_period ?? '', 10)).toBeGreaterThan(workers.graceSeconds)
  })

  it('lets Leadsync write to its volume only, and Valkey be reached by Leadsync only', () => {
    for (const name of ['leadsync', 'sandbox']) {
      expect(service(name)).toMatchObject({ user: 'node', read_only: true, cap_drop: ['ALL'] })
    }
    expect(service('valkey').ports).toBeUndefined()
    expect(compose.networks.store).toEqual({ internal: true })
    const inStore = Object.entries(compose.services).filter(([, { networks }]) => networks?.includes('store'))
    expect(inStore.map(([name]) => name)).toEqual(['leadsync', 'valkey'])
  })

  it('adds the sandbox and Caddy only when asked for, and Caddy knows the intake only', () => {
    const profiles = Object.entries(compose.services).map(([name, { profiles }]) => [name, profiles?.[0]])
    expect(Object.fromEntries(profiles)).toEqual({ leadsync: undefined, valkey: undefined, sandbox: 'demo', caddy: 'public' })
    expect(service('sandbox').network_mode).toBe('service:leadsync')
    const upstreams = [...text('config/Caddyfile').matchAll(/reverse_proxy (\S+)/g)].map((match) => match[1])
    expect(upstreams).toEqual(['leadsync:8080'])
    expect(text('config/Caddyfile')).toMatch(/@intake path \/intake\/\* \/healthz\n/)
  })
})

describe('the image', () => {
  it('runs its own command and health check on production packages only, against the Valkey of the compose file', async () => {
    const home = mkdtempSync(join(tmpdir(), 'leadsync-image-'))
    const app = join(home, 'app')
    const children: ChildProcess[] = []
    onTestFinished(async () => {
      for (const child of children) await end(child)
      rmSync(home, { recursive: true, force: true })
    })
    expect(installProduction(app)).toBeGreaterThan(50)
    copyInto(app, stage)
    const before = snapshot(app)

    const redisPort = await startCompanion(home, children)
    const port = await portForServer()
    const env = {
      ...foreignEnvironment(),
      ...envOf(stage),
      LEADSYNC_DATA_DIR: join(home, 'data'),
      LEADSYNC_INTAKE_HOST: '127.0.0.1',
      LEADSYNC_ADMIN_HOST: '127.0.0.1',
      LEADSYNC_INTAKE_PORT: String(port),
      LEADSYNC_ADMIN_PORT: '0',
      LEADSYNC_MARKETPLACE_TOKEN_FILE: secret(home, 'marketplace_token'),
      HUBSPOT_TOKEN_FILE: secret(home, 'hubspot_token'),
      HUBSPOT_BASE_URL: `http://127.0.0.1:${await portForServer()}`,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    }
    const run = (command: readonly string[]) => {
      const [program = '', ...args] = command.map((word) => word.replace(/^\/app\//, `${app}/`))
      const child = spawn(program === 'node' ? process.execPath : program, args, { cwd: app, env, stdio: 'pipe' })
      children.push(child)
      return child
    }
    const healthy = async () => (await once(run(execForm(stage, 'HEALTHCHECK')), 'exit'))[0] === 0

    const daemon = run([...execForm(stage, 'ENTRYPOINT'), ...execForm(stage, 'CMD')])
    const said: string[] = []
    for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    onTestFailed(() => console.error(said.join('')))
    await until('the health check is content', healthy, { withinMs: 15_000, shows: () => said.join('') })
    // What Leadsync says about a server that could lose what it acknowledged.
    expect(said.join('')).not.toMatch(/append-only|evicts|appendfsync/)

    daemon.kill('SIGTERM')
    expect(await once(daemon, 'exit')).toEqual([0, null])
    expect(await healthy()).toBe(false)
    expect(snapshot(app)).toEqual(before)
  })
})

function secret(home: string, name: string): string {
  const file = join(home, name)
  writeFileSync(file, 'a-secret-that-is-long-enough-0123456789\n')
  return file
}

/** The server binary of this machine with the arguments of the compose file. */
async function startCompanion(home: string, children: ChildProcess[]): Promise<number> {
  const port = await portForServer()
  const [, ...args] = service('valkey').command ?? []
  const server = spawn(await findRedisServer(), [...args, '--port', String(port), '--bind', '127.0.0.1', '--dir', home])
  children.push(server)
  const said: string[] = []
  server.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  await until('the server is ready', () => /Ready to accept connections/.test(said.join('')), { shows: () => said.join('') })
  return port
}

/** Every file with its time of change: a read-only root would refuse whatever changes here. */
function snapshot(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return `${file} ${statSync(file).mtimeMs}`
  })
}
