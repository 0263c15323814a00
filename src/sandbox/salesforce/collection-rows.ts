import * as z from 'zod'
import { type Row, unreadable } from './bodies.ts'
import type { Instance } from './instance.ts'
import type { RowResult, RowValues } from './org/org.ts'

const Attributes = z.object({ type: z.string() })

/** One record of a collection, taken apart. */
export interface CollectionRow {
  readonly object: string
  readonly id: string | null
  /** Without `attributes` and Id. */
  readonly values: RowValues
}

/** Throws for a record without a type: that makes the whole request unreadable, not the row wrong. */
export function takeApart(row: Row): CollectionRow {
  const { attributes, ...rest } = row
  const typed = Attributes.safeParse(attributes)
  if (!typed.success) throw unreadable('Every record needs its type under [attributes.type]')
  const entries = Object.entries(rest)
  const id = entries.find(([name]) => name.toLowerCase() === 'id')?.[1]
  const values = Object.fromEntries(entries.filter(([name]) => name.toLowerCase() !== 'id'))
  return { object: typed.data.type, id: typeof id === 'string' ? id : null, values }
}

export function failed(code: string, message: string, fields: readonly string[] = []): RowResult {
  return { success: false, id: null, errors: [{ code, message, fields }] }
}

/** The keys, folded, that stand in more than one row. All rows of such a key fail: which one was meant can't be known. */
export function repeated(keys: readonly (string | null)[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const key of keys) {
    if (key === null) continue
    if (seen.has(key)) twice.add(key)
    seen.add(key)
  }
  return twice
}

/**
 * Runs the rows in order, each by itself, or with `allOrNone` undoes all of them when one fails; those that were fine then
 * carry ALL_OR_NONE_OPERATION_ROLLED_BACK.
 */
export function runRows<T>(
  { org, words }: Instance,
  rows: readonly T[],
  allOrNone: boolean,
  run: (row: T) => RowResult,
): RowResult[] {
  if (!allOrNone) return rows.map(run)
  return org.atomically(() => {
    const results = rows.map(run)
    const keep = results.every((one) => one.success)
    if (keep) return { keep, value: results }
    const value = results.map((one) => (one.success ? failed('ALL_OR_NONE_OPERATION_ROLLED_BACK', words.rolledBack) : one))
    return { keep, value }
  })
}
