import type { ApiRequest } from '../exchange.ts'
import type { Access } from './access.ts'
import type { Limits } from './limits.ts'
import type { Org } from './org/org.ts'

export type Headers = Readonly<Record<string, string | undefined>>

/** One environment behind one address: what all request handlers share. */
export interface Instance {
  readonly org: Org
  readonly access: Access
  readonly limits: Limits
  /** The app registration behind every token. */
  readonly clientId: string
  /** `x-ms-dop-hint`; null: not sent. */
  readonly dopHint: number | null
  readonly maxPageSize: number
  /** What `$batch` answers where a gateway lets none through; null: batches are taken. */
  readonly batchRefused: number | null
}

/** One admitted request below an API version, single or out of a batch. */
export interface Call {
  readonly method: string
  /** `http://host/api/data/v9.2` as the caller addressed it: what addresses in answers begin with. */
  readonly base: string
  /** After the version, still encoded, no slash in front. */
  readonly path: string
  /** Still encoded, no question mark. */
  readonly query: string
  readonly headers: Headers
  readonly body: string
  readonly userId: string
  readonly faultInside: ApiRequest['faultInside']
}
