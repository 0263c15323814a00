import type { DeliveryErrorCode } from '../../src/core/index.ts'

/** One row of a connector's error tables, as docs/errors.md shows it. */
export interface ErrorRow {
  /** Unique in its connector, and never changed: other pages and people's notes link to it. */
  readonly id: string
  /** By what of the CRM's answer it is known. */
  readonly says: string
  readonly code: DeliveryErrorCode
  /** The sentence that a person reads: what it means, and what to do. */
  readonly say: string
  /** What is said of each field that the answer names instead of `say`, where it names any; the error is `invalid` then. */
  readonly field?: string
}

/** `404`, or `500 to 599`. */
export function statusWords(status: number | readonly [number, number]): string {
  return typeof status === 'number' ? String(status) : `${status[0]} to ${status[1]}`
}

/** `A`, `B` or `C`, as a page shows them. */
export function codeWords(codes: readonly (string | number)[]): string {
  return codes.map((code) => `\`${code}\``).join(', ')
}
