import { instant } from '../../src/core/index.ts'

/** A text as a CRM holds it, without white space around it; null where there is none. */
export function heldText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** A time as a CRM holds it (ISO 8601, or epoch milliseconds), as ISO 8601 in UTC; null where the field is empty or holds no time. */
export function heldTime(value: unknown): string | null {
  const ms = typeof value === 'string' || typeof value === 'number' ? instant(value) : undefined
  return ms === undefined ? null : new Date(ms).toISOString()
}
