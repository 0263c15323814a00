import { isTimeZone } from '../../src/core/index.ts'

const DayMs = 24 * 60 * 60_000

/**
 * Ms until the next midnight in a time zone, undefined when the zone is not known. On the two days when clocks change it is an hour off:
 * too early costs one more refused request, too late one hour.
 */
export function msUntilMidnight(now: number, timeZone: string | null): number | undefined {
  if (timeZone === null || !isTimeZone(timeZone)) return undefined
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = new Map(clock.formatToParts(now).map(({ type, value }) => [type, Number(value)]))
  const seconds = (parts.get('hour') ?? 0) * 3_600 + (parts.get('minute') ?? 0) * 60 + (parts.get('second') ?? 0)
  return DayMs - seconds * 1_000
}
