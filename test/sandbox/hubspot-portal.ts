import { onTestFinished } from 'vitest'
import { type HubspotSandboxOptions, startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape; an expectation is the check
  readonly json: any
}

export interface TestPortal {
  readonly url: string
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  contact(properties: Record<string, string>): Promise<string>
  stop(): Promise<void>
}

export const token = 'pat-na1-test'
export const contacts = '/crm/objects/2026-09/contacts'

/** Starts a sandbox for one test and speaks plain fetch to it; it is stopped when the test ends. */
export async function openPortal(options: Partial<HubspotSandboxOptions> = {}): Promise<TestPortal> {
  const sandbox = await startHubspotSandbox({ token, ...options })
  onTestFinished(() => sandbox.stop())

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...type, ...headers },
      ...sent,
    })
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  return {
    url: sandbox.url,
    call,
    async contact(properties) {
      const reply = await call('POST', contacts, { properties })
      if (reply.status !== 201) throw new Error(`The contact was refused: ${reply.text}`)
      return reply.json.id
    },
    stop: () => sandbox.stop(),
  }
}

/** A clock that a test moves by hand. */
export function handClock(start = Date.UTC(2026, 10, 23, 10)): { now: () => number; advance: (ms: number) => void } {
  let at = start
  return {
    now: () => at,
    advance(ms) {
      at += ms
    },
  }
}
