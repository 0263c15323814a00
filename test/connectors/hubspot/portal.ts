import { onTestFinished } from 'vitest'
import type { Connector } from '../../../src/core/index.ts'
import { DeliveryError, type Judged } from '../../../src/core/index.ts'
import { type HubspotSandboxOptions, startHubspotSandbox } from '../../../src/sandbox/hubspot/index.ts'
import { anySignal, connect, token, write } from './tiny-server.ts'

export interface StoredRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export interface TestPortal {
  readonly url: string
  readonly connector: Connector
  /** Log lines of the connector, as text. */
  readonly logged: string[]
  records(object: string): Promise<StoredRecord[]>
  /** `METHOD path` of every request so far, without the query. */
  requests(): Promise<string[]>
  arm(...faults: object[]): Promise<void>
  /** A call as somebody else in the portal makes it. */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  /** Enters contacts and returns their ids. */
  enter(...emails: string[]): Promise<string[]>
}

const NoLimits = { burst: 1_000_000, daily: 100_000_000, searchPerSecond: 1_000_000 }

/** A sandbox portal and a connector to it, for one test. */
export async function openPortal(options: Partial<HubspotSandboxOptions> = {}, settings = {}): Promise<TestPortal> {
  const sandbox = await startHubspotSandbox({ token, limits: NoLimits, ...options })
  const logged: string[] = []
  const line = (about: object, message: string) => void logged.push(`${JSON.stringify(about)} ${message}`)
  const connector = connect(sandbox.url, settings, { log: { debug: line, info: line, warn: line, error: line } })
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${sandbox.url}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }

  return {
    url: sandbox.url,
    connector,
    logged,
    call,
    async records(object) {
      const { records } = (await call('GET', '/_sandbox/records')) as { records: StoredRecord[] }
      return records.filter((one) => one.object === object)
    },
    async requests() {
      const { requests } = (await call('GET', '/_sandbox/requests')) as { requests: { method: string; path: string }[] }
      return requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)
    },
    arm: async (...faults) => void (await call('POST', '/_sandbox/faults', faults)),
    async enter(...emails) {
      const writes = emails.map((email, n) => write({ contactId: `entered-${n}`, email, fields: { email } }))
      return good(await connector.write(writes, anySignal())).map(({ id }) => id)
    },
  }
}

export function good<T>(judged: readonly Judged<T>[]): T[] {
  return judged.map((one) => {
    if (one instanceof DeliveryError) throw one
    return one
  })
}

export function objects(path: string): string {
  return `/crm/objects/2026-09/${path}`
}
