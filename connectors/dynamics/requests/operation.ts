import type { Refusal } from '../errors.ts'

/** What became of one operation: the JSON of a 2xx (null where there is none), or why it was not done. */
export type Reply =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown; readonly headers: Headers }
  | ({ readonly kind: 'refused' } & Refusal)

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the service root, percent-encoded: `leads(GUID)?$select=leadid`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}
