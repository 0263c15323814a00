import type { FieldValue } from './record.ts'

/**
 * When a mapped value may change what the CRM holds. `fill-if-empty`: only where it holds nothing. `overwrite`: whenever a newer lead says
 * otherwise. `create-only`: on a new record only. `ours`: as `overwrite`, but only while the CRM still holds what Leadsync last wrote.
 */
export type FieldPolicy = 'fill-if-empty' | 'overwrite' | 'create-only' | 'ours'
export type FieldType = 'string' | 'number' | 'boolean' | 'date' | 'datetime'

/** How one CRM field is made. Exactly one of `from` (a path into the lead), `value` (a literal), `template` (Liquid). */
export interface FieldRule {
  readonly from?: string | undefined
  readonly value?: FieldValue | undefined
  readonly template?: string | undefined
  readonly type?: FieldType | undefined
  readonly policy?: FieldPolicy | undefined
  /** In code points; longer text is cut, never in the middle of one. */
  readonly maxLength?: number | undefined
  /** Used when the lead has nothing there. */
  readonly default?: FieldValue | undefined
  /** Translates what the lead says into what the CRM allows. */
  readonly values?: Readonly<Record<string, FieldValue>> | undefined
  /** What to do with a value that `values` does not list. Default `drop`. */
  readonly onUnknown?: 'drop' | 'keep' | 'default' | 'park' | undefined
  /** The CRM must have it: a delivery whose value is refused is parked instead of delivered without it. */
  readonly required?: boolean | undefined
  /** For `from: stage` only: a lead of an earlier stage may overwrite a later one. */
  readonly mayGoBack?: boolean | undefined
}

/** Object kind → CRM field → rule. */
export type MappingRules = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>
