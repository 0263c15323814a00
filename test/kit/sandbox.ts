import { onTestFinished } from 'vitest'
import { startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'

export const SandboxToken = 'sandbox-token'

export type Fields = Readonly<Record<string, string>>

export interface SeenRequest {
  /** ISO 8601. */
  readonly at: string
  readonly method: string
  readonly path: string
  readonly status: number | null
}

export interface Sandbox {
  readonly url: string
  readonly port: number
  /** The fields of every contact that HubSpot would show now. */
  contacts(): Promise<readonly Fields[]>
  /** Answers given since the start, by path and status. */
  requests(): Promise<readonly SeenRequest[]>
  /** Arms faults in the form that `POST /_sandbox/faults` takes; `[]` disarms all. */
  arm(faults: readonly object[]): Promise<void>
  stop(): Promise<void>
}

export interface SandboxSetup {
  readonly port?: number
  /** So that requests are in flight when something happens. */
  readonly latencyMs?: number
  /** Where records persist over a restart. */
  readonly file?: string
}

/** A HubSpot stand-in without a rate limit in the way. It ends with the test. */
export async function startSandbox({ port = 0, latencyMs = 0, file }: SandboxSetup = {}): Promise<Sandbox> {
  const limits = { burst: 1_000_000, daily: 100_000_000, searchPerSecond: 1_000_000 }
  const sandbox = await startHubspotSandbox({ token: SandboxToken, port, latencyMs, limits, ...(file ? { file } : {}) })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= sandbox.stop()
    return stopped
  }
  onTestFinished(stop)
  return {
    url: sandbox.url,
    port: sandbox.port,
    async contacts() {
      const { records } = await read<{ records: { object: string; fields: Fields }[] }>(`${sandbox.url}/_sandbox/records`)
      return records.filter(({ object }) => object === 'contact').map(({ fields }) => fields)
    },
    async requests() {
      const answer = await read<{ requests: SeenRequest[] }>(`${sandbox.url}/_sandbox/requests`)
      return answer.requests
    },
    async arm(faults) {
      const response = await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) })
      if (!response.ok) throw new Error(await response.text())
    },
    stop,
  }
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url)
  return (await response.json()) as T
}

/** The e-mails, sorted: one that stands there twice is there twice. */
export function emailsOf(contacts: readonly Fields[]): readonly string[] {
  return contacts.map(({ email }) => email ?? '').sort()
}
