import { DynamicsWebApi } from 'dynamics-web-api'
import { onTestFinished } from 'vitest'
import { type DynamicsSandboxOptions, startDynamicsSandbox } from '../../src/sandbox/dynamics/index.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape; an expectation is the check
  readonly json: any
}

export interface TestEnvironment {
  readonly url: string
  /** A path that doesn't start with `/` is one below the newest API version. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  /** Puts what is made by one POST into the org; answers its id. */
  make(entitySet: string, values: object): Promise<string>
  batch(operations: readonly string[], headers?: Record<string, string>): Promise<Reply>
  records(): Promise<{ object: string; id: string; fields: Record<string, unknown> }[]>
  control(name: string, body?: unknown): Promise<Reply>
  connect(): DynamicsWebApi
  stop(): Promise<void>
}

export const base = '/api/data/v9.2'
export const token = 'a-token'
export const jane = { subject: 'Contoso Analytics', lastname: 'Doe', companyname: 'Contoso' }
export const ids = [
  '11111111-1111-5111-8111-111111111111',
  '22222222-2222-5222-8222-222222222222',
  '33333333-3333-5333-8333-333333333333',
] as const

/** Starts a sandbox for one test and speaks plain fetch; it is stopped when the test ends. */
export async function openEnvironment(options: DynamicsSandboxOptions = {}): Promise<TestEnvironment> {
  const sandbox = await startDynamicsSandbox({ token, ...options })
  onTestFinished(() => sandbox.stop())

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const address = path.startsWith('/') ? path : `${base}/${path}`
    const all = { authorization: `Bearer ${token}`, ...type, ...headers }
    return read(await fetch(sandbox.url + address, { method, headers: all, ...sent }))
  }

  return {
    url: sandbox.url,
    call,
    async make(entitySet, values) {
      const reply = await call('POST', entitySet, values)
      const [, id] = /\(([^)]+)\)$/.exec(reply.headers.get('odata-entityid') ?? '') ?? []
      if (reply.status !== 204 || id === undefined) throw new Error(`The record was refused: ${reply.text}`)
      return id
    },
    batch(operations, headers = {}) {
      const body = `${operations.map((operation) => `--batch_1\r\n${operation}\r\n`).join('')}--batch_1--\r\n`
      return call('POST', '$batch', body, { 'content-type': 'multipart/mixed; boundary="batch_1"', ...headers })
    },
    records: async () => (await call('GET', '/_sandbox/records')).json.records,
    control: (name, body = {}) => call('POST', `/_sandbox/${name}`, body),
    connect: () =>
      new DynamicsWebApi({
        serverUrl: sandbox.url,
        dataApi: { version: '9.2' },
        onTokenRefresh: async () => token,
        propagateErrors: true,
      }),
    stop: () => sandbox.stop(),
  }
}

/** One request as a part of a batch or, with a content id, of a change set. */
export function operation(
  method: string,
  target: string,
  body: object | null = null,
  headers: Record<string, string> = {},
  contentId: string | null = null,
): string {
  const address = target.startsWith('/') || target.startsWith('$') ? target : `${base}/${target}`
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `${method} ${address} HTTP/1.1`,
    ...(body === null ? [] : ['Content-Type: application/json']),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body === null ? '' : JSON.stringify(body),
  ].join('\r\n')
}

export function changeSet(operations: readonly string[]): string {
  const parts = operations.map((part) => `--changeset_1\r\n${part}\r\n`).join('')
  return `Content-Type: multipart/mixed; boundary="changeset_1"\r\n\r\n${parts}--changeset_1--`
}

/** Status codes of the parts of a batch's answer, in order, change sets unfolded. */
export function statuses(reply: Reply): number[] {
  return [...reply.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status))
}

/** The error codes in a batch's answer, in order. */
export function codes(reply: Reply): string[] {
  return [...reply.text.matchAll(/"error":\{"code":"([^"]*)"/g)].map(([, code]) => code ?? '')
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
