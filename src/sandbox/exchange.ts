import type { IncomingHttpHeaders } from 'node:http'
import type { Asked, Fault } from './faults.ts'

/** One request as a stand-in sees it: the body is read whole, the path still percent-encoded. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  /** Path and query as they came, byte for byte: what a limit on the length of the address counts. */
  readonly target: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** What befalls a request that this one carries inside. */
  faultInside(asked: Asked): Fault | null
}

/** What goes on the wire, byte for byte: no header is added that is not named here. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SandboxRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * A stand-in for one CRM. `answer` is synchronous on purpose: a request is then one indivisible change, so that a hang or a
 * reset injected around it can only be before it or after it, never in the middle.
 */
export interface SandboxApi {
  answer(request: ApiRequest): ApiAnswer
  records(): SandboxRecord[]
  reset(): void
  /** What this stand-in answers under `/_sandbox/` beside what all have; null: it has no such thing. */
  control?(request: ApiRequest): ApiAnswer | null
  stop(): Promise<void>
}

/** A running stand-in. `stop` closes open sockets, hanging ones too, and flushes the record file. */
export interface RunningSandbox {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}
