/** Whether this machine knows a time zone of this name. A fixed offset like `+01:00` is none: it does not know when clocks change. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The day that an instant (ms since the epoch) is in a zone, `YYYY-MM-DD`. Throws a RangeError for a zone or an instant that is none. */
export function dayIn(instant: number, timeZone: string): string {
  return wallTimeIn(instant, timeZone).slice(0, 10)
}

/** What calendar and clock say in a zone at an instant (ms since the epoch), `YYYY-MM-DD HH:mm`. Throws as `dayIn` does. */
export function wallTimeIn(instant: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const { year, month, day, hour, minute } = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, value]),
  )
  return `${year?.padStart(4, '0')}-${month}-${day} ${hour}:${minute}`
}
