import { generateKeyPairSync, sign } from 'node:crypto'
import jsforce from 'jsforce'
import { setDefaults } from 'jsforce/lib/request.js'
import { onTestFinished } from 'vitest'
import { type SalesforceSandboxOptions, startSalesforceSandbox } from '../../../src/sandbox/salesforce/index.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape; an expectation is the check
  readonly json: any
}

export interface TestInstance {
  readonly url: string
  readonly token: string
  /** A path that doesn't start with `/` is one below the newest API version. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  /** Puts what is made by one POST into the org; answers its id. */
  make(object: string, fields: object): Promise<string>
  query(soql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  records(): Promise<{ object: string; id: string; fields: Record<string, unknown> }[]>
  control(name: string, body?: unknown): Promise<Reply>
  connect(): jsforce.Connection
  stop(): Promise<void>
}

export const base = '/services/data/v68.0'
export const username = 'leadsync@example.com'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const app = {
  clientId: 'leadsync-app',
  clientSecret: 'a-secret',
  publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  username,
}

/** A key that the org has never heard of. */
export const strangerKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

/** Starts a sandbox for one test, opens a session by client credentials and speaks plain fetch; it is stopped when the test ends. */
export async function openInstance(options: Partial<SalesforceSandboxOptions> = {}): Promise<TestInstance> {
  // Without this jsforce retries five times and waits half an hour.
  setDefaults({ timeout: 5000, retry: { maxRetries: 0 } })
  const sandbox = await startSalesforceSandbox({ apps: [app], ...options })
  onTestFinished(() => sandbox.stop())
  const granted = await askToken(sandbox.url, {
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.clientSecret,
  })
  const token: string = granted.json.access_token

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const address = path.startsWith('/') ? path : `${base}/${path}`
    const authorization = { authorization: `Bearer ${token}` }
    return read(await fetch(sandbox.url + address, { method, headers: { ...authorization, ...type, ...headers }, ...sent }))
  }

  return {
    url: sandbox.url,
    token,
    call,
    async make(object, fields) {
      const reply = await call('POST', `sobjects/${object}`, fields)
      if (reply.status !== 201) throw new Error(`The ${object} was refused: ${reply.text}`)
      return reply.json.id
    },
    async query(soql) {
      const reply = await call('GET', `query?q=${encodeURIComponent(soql)}`)
      if (reply.status !== 200) throw new Error(reply.text)
      return reply.json.records
    },
    records: async () => (await call('GET', '/_sandbox/records')).json.records,
    control: (name, body = {}) => call('POST', `/_sandbox/${name}`, body),
    connect: () => new jsforce.Connection({ instanceUrl: sandbox.url, accessToken: token, version: '68.0' }),
    stop: () => sandbox.stop(),
  }
}

export async function askToken(url: string, form: Record<string, string>): Promise<Reply> {
  return read(await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) }))
}

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A signed assertion for `url`, with claims, key or algorithm that differ from a good one's. */
export function assertion(
  claims: Readonly<Record<string, unknown>>,
  { key = keys.privateKey, alg = 'RS256' }: { key?: typeof keys.privateKey; alg?: string } = {},
): string {
  const text = [{ alg }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
