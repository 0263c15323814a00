import { z } from 'zod'
import { readAge } from './age-option.ts'
import { WrongUse } from './wrong-use.ts'

const Day = z.iso.date()
const Time = z.iso.datetime({ offset: true })
const MsPerDay = 86_400_000

/**
 * The value of `--since` or `--until` in ms since the epoch: a time with its zone, a day in UTC (`until` has the whole of it), or how long ago
 * (`7d`).
 */
export function readTime(option: 'since' | 'until', text: string, now: number): number {
  if (Time.safeParse(text).success) return Date.parse(text)
  if (Day.safeParse(text).success) return Date.parse(text) + (option === 'until' ? MsPerDay : 0)
  if (/^\d+(\.\d+)?[mhd]$/.test(text)) return now - readAge(option, text)
  throw new WrongUse(
    `--${option} takes a day (2026-11-23), a time with its zone (2026-11-23T10:00:00Z) or how long ago (7d); "${text}" is none`,
  )
}
