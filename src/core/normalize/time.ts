import { z } from 'zod'

const Instant = z.iso.datetime({ offset: true })
const Day = z.iso.date()
const UtcInstant = z.iso.datetime()

export interface ReadTime {
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string
  readonly precision: 'exact' | 'day'
}

/**
 * An ISO 8601 time with a zone, or a day. Null for anything else: a time without a zone could be off by a day, and would then decide
 * which of two leads is the newer one.
 */
export function readTime(text: string): ReadTime | null {
  const trimmed = text.trim().toUpperCase()
  const precision = Day.safeParse(trimmed).success ? 'day' : 'exact'
  if (precision === 'exact' && !Instant.safeParse(trimmed).success) return null
  const date = new Date(trimmed)
  if (Number.isNaN(date.getTime())) return null
  const at = date.toISOString()
  return UtcInstant.safeParse(at).success ? { at, precision } : null
}

/** The earlier of two instants as `readTime` writes them: nothing occurs after it was received. */
export function notAfter(at: string, limit: string): string {
  return Date.parse(at) > Date.parse(limit) ? limit : at
}
