import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { basic, openParts, startAdmin } from '../admin/running-admin.ts'
import { startIntake } from '../intake/support.ts'
import { type Daemon, startDaemon } from '../kit/daemon.ts'
import { ApiToken, createHome, type Home, MarketplaceToken } from '../kit/home.ts'
import { type RawAnswer, sendRaw } from '../kit/raw-http.ts'
import { startSandbox } from '../kit/sandbox.ts'
import { Canary, type Route, routesOf } from './attacks.ts'

export const Viewer = { username: 'admin', password: 'viewer-secret-1' }
const Operator = { username: 'operator', password: 'operator-secret-2' }
export const ViewerLogin = `Authorization: ${basic(Viewer.username, Viewer.password)}`
export const OperatorLogin = `Authorization: ${basic(Operator.username, Operator.password)}`
export const Bearer = `Authorization: Bearer ${ApiToken}`
const Secrets = [MarketplaceToken, ApiToken, Viewer.password, Operator.password, ViewerLogin.slice(21), OperatorLogin.slice(21)]

const AtOnce = 32
export const IntakeHeaders = ['x-content-type-options', 'cache-control']
export const AdminHeaders = [
  ...IntakeHeaders,
  'content-security-policy',
  'x-frame-options',
  'referrer-policy',
  'cross-origin-resource-policy',
  'cross-origin-opener-policy',
]
/** All that the admin listener tells strangers: that it lives, whether it is ready, and numbers. */
export const OpenAnswer = /^(\{"status":"ok"\}|\{"ready":(true|false),.*\}|# HELP [\s\S]*|)$/

interface Attack {
  readonly url: string
  readonly text: string
}

interface Struck extends Attack {
  readonly answers: readonly RawAnswer[]
}

interface House {
  readonly home: Home
  readonly daemon: Daemon
  /** What the two listeners of this daemon are made of. */
  readonly routes: { readonly intake: readonly Route[]; readonly admin: readonly Route[] }
}

/** A daemon with both listeners, which logs all that it can. */
export async function startHouse(hubspot: Readonly<Record<string, unknown>> = {}): Promise<House> {
  const sandbox = await startSandbox()
  const home = await createHome({
    hubspotUrl: sandbox.url,
    hubspot,
    leadsync: {
      'admin.password': Viewer.password,
      'admin.operator.password': Operator.password,
      'log.level': 'trace',
    },
  })
  const daemon = await startDaemon(home)
  const parts = await openParts(daemon.urls.redis)
  const intake = await routesOf(async () => (await startIntake()).stop())
  const admin = await routesOf(async () => (await startAdmin(parts, { operator: Operator })).app.close())
  await parts.close()
  return { home, daemon, routes: { intake, admin } }
}

export function request(method: string, target: string, headers: readonly string[] = [], body = ''): string {
  const sized = body === '' ? [] : [`Content-Length: ${body.length}`]
  return [`${method} ${target} HTTP/1.1`, 'Host: leadsync', ...headers, ...sized, 'Connection: close', '', body].join('\r\n')
}

export function filled({ pattern }: Route): string {
  return pattern
    .replace('/marketplace/:token', `/marketplace/${MarketplaceToken}`)
    .replace(':queueName', 'deliver-hubspot')
    .replace(':queueStatus', 'failed')
    .replace(/:\w+/g, 'abc')
    .replace('*', 'favicon.ico')
}

let strikes = 0

/** Each from an address of its own, so that no limit hides what would be answered without one. */
export async function strike(attacks: readonly Attack[]): Promise<readonly Struck[]> {
  const struck: Struck[] = []
  const queue = attacks.values()
  async function go(): Promise<void> {
    for (const attack of queue) {
      strikes += 1
      const from = `127.${1 + (strikes >> 15)}.${(strikes >> 7) & 255}.${1 + (strikes & 127)}`
      struck.push({ ...attack, answers: await sendRaw(attack.url, attack.text, from) })
    }
  }
  await Promise.all(Array.from({ length: AtOnce }, go))
  return struck
}

export function every(struck: readonly Struck[]): readonly { readonly text: string; readonly answer: RawAnswer }[] {
  return struck.flatMap(({ text, answers }) => answers.map((answer) => ({ text: text.slice(0, 200), answer })))
}

/** What holds for every answer of a listener, whoever asked for whatever. */
export function expectDecent(struck: readonly Struck[], headers: readonly string[], files: readonly string[]): void {
  const said = every(struck)
  expect(struck.filter(({ answers }) => answers.length === 0).map(({ text }) => text.slice(0, 200))).toEqual([])
  expect(said.filter(({ answer }) => answer.status >= 500)).toEqual([])
  expect(said.filter(({ answer }) => !isNodesOwn(answer) && !headers.every((name) => answer.headers.has(name)))).toEqual([])
  const forged = ['set-cookie', 'forged', 'access-control-allow-origin', 'x-powered-by']
  expect(said.filter(({ answer }) => forged.some((name) => answer.headers.has(name)))).toEqual([])
  const refused = said.filter(({ answer }) => answer.status >= 400)
  const leaks = [Canary, 'forged', 'node_modules', ...Secrets]
  expect(refused.filter(({ answer }) => leaks.some((leak) => answer.body.includes(leak)))).toEqual([])
  expect(said.filter(({ answer }) => files.some((file) => answer.body.includes(file)))).toEqual([])
}

/** What Node refuses before any code of ours is asked: no Host, or an Expect that nobody can meet. There is nothing in it. */
function isNodesOwn({ status, body }: RawAnswer): boolean {
  return (status === 400 || status === 417) && body === '0\r\n\r\n'
}

/** A line of each file that somebody might want. */
export async function filesOf({ configDir, dataDir }: Home): Promise<readonly string[]> {
  const config = await readFile(join(configDir, 'leadsync.yaml'), 'utf8')
  const installation = JSON.parse(await readFile(join(dataDir, 'installation.json'), 'utf8')) as { secret: string }
  return ['root:x:0:0', '"devDependencies"', config.slice(0, 60), installation.secret]
}

/** Ends the daemon and reads all that it wrote. */
export async function expectCleanLog(daemon: Daemon, personal: readonly string[] = []): Promise<void> {
  const { stdout, stderr, code } = await daemon.kill('SIGTERM')
  expect([code, stderr]).toEqual([0, ''])
  const lines = stdout.split('\n')
  const broken = lines.filter((line) => !/^\{"level":"[a-z]+","time":"[\dT:.-]+Z",.*"msg":".*"\}$/.test(line) || !isObject(line))
  expect(broken).toEqual([])
  const unwanted = [Canary, 'forged', ...Secrets, ...personal]
  expect(lines.filter((line) => unwanted.some((word) => line.includes(word)))).toEqual([])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for, raw or as JSON writes them.
  expect(lines.filter((line) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\\u00[019]|\\u007f/.test(line))).toEqual([])
}

function isObject(line: string): boolean {
  const value: unknown = JSON.parse(line)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export async function expectOpenPagesClean({ urls }: Daemon, personal: readonly string[] = []): Promise<void> {
  for (const page of ['/metrics', '/readyz']) {
    const text = await (await fetch(urls.admin + page)).text()
    expect(
      [Canary, 'forged', ...Secrets, ...personal].filter((word) => text.includes(word)),
      page,
    ).toEqual([])
  }
}
