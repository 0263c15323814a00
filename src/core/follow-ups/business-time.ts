import { IANAZone } from 'luxon'

/** When people work. */
export interface BusinessHours {
  /** IANA, e.g. Europe/Berlin. */
  readonly timeZone: string
  /** 1 is Monday, 7 Sunday; at least one. */
  readonly days: readonly number[]
  /** `HH:mm` on the wall clock of the zone. */
  readonly from: string
  /** Later than `from`; `24:00` is the end of the day. */
  readonly to: string
  /** `YYYY-MM-DD` in the zone. */
  readonly holidays: readonly string[]
}

/** From its opening to its closing moment, both included. In ms since the epoch. */
interface Span {
  readonly opens: number
  readonly closes: number
}

/** The business hours of a day; days are counted from 1970-01-01 on the calendar of the zone. */
type HoursOfDay = (day: number) => readonly Span[]

const MinuteMs = 60_000
const DayMs = 24 * 60 * MinuteMs

/** Who finds no working day within a year has a mistake in the list of holidays, and a task next year helps nobody. */
const MostDaysAhead = 366

/**
 * When something is due that is to be done within [from, until]: the last business moment in it, the closing moment of a day included. Where
 * there is none, the next opening at or after the later of the two; an instant within business hours is its own next opening. Where none is
 * found within a year, the later of the two. Never before `from`. All in ms since the epoch.
 */
export function dueWithin(from: number, until: number, hours: BusinessHours): number {
  const later = Math.max(from, until)
  const zone = IANAZone.create(hours.timeZone)
  const hoursOf = hoursIn(zone, hours)
  const latest = (day: number) => latestIn(hoursOf(day), from, until)
  const earliest = (day: number) => earliestIn(hoursOf(day), later)
  // Where clocks go back over midnight two days lie within each other, so the day beside is asked as well.
  const first = dayAt(from, zone) - 1
  const last = dayAt(later, zone) + 1
  if (!Number.isFinite(first) || !Number.isFinite(last)) return later
  const oldest = Math.max(first, last - mostDaysOff(hours))
  for (let day = last; day >= oldest; day -= 1) {
    if (latest(day) >= from) return Math.max(latest(day), latest(day - 1))
  }
  for (let day = last - 2; day <= last + MostDaysAhead; day += 1) {
    if (earliest(day) < Infinity) return Math.min(earliest(day), earliest(day + 1))
  }
  return later
}

/** Each week has a working day, which only a holiday takes away, or, in some years, a change of clocks: nobody is ever away for longer. */
function mostDaysOff({ holidays }: BusinessHours): number {
  return 7 * (2 * holidays.length + 8)
}

function latestIn(spans: readonly Span[], from: number, until: number): number {
  const within = spans.map(({ opens, closes }) => (opens <= until && closes >= from ? Math.min(closes, until) : -Infinity))
  return Math.max(...within)
}

function earliestIn(spans: readonly Span[], from: number): number {
  return Math.min(...spans.map(({ opens, closes }) => (closes >= from ? Math.max(opens, from) : Infinity)))
}

/**
 * The hours that the wall clock really shows. Libraries resolve a time that does not exist to one that is an hour later, and one that comes
 * twice to one of both: 02:30 to 03:15 would end before it begins. So a day on which clocks change is cut at the change: what the clocks skip
 * is no business time, and what they repeat is, both times.
 */
function hoursIn(zone: IANAZone, { days, from, to, holidays }: BusinessHours): HoursOfDay {
  const closed = new Set(holidays)
  return (day) => {
    const date = new Date(day * DayMs)
    if (Number.isNaN(date.getTime()) || !days.includes(date.getUTCDay() || 7)) return []
    if (closed.has(date.toISOString().slice(0, 10))) return []
    const opens = day * DayMs + clockMs(from)
    const closes = day * DayMs + clockMs(to)
    const before = offsetMs(opens - DayMs, zone)
    const after = offsetMs(closes + DayMs, zone)
    const change = before === after ? Infinity : changeWithin(opens - DayMs, closes + DayMs, zone)
    const spans = [
      { opens: opens - before, closes: Math.min(closes - before, change) },
      { opens: Math.max(opens - after, change), closes: closes - after },
    ]
    return spans.filter((span) => span.opens < span.closes)
  }
}

/** The first instant of the new offset, given that it is another one at the end than at the beginning. */
function changeWithin(from: number, to: number, zone: IANAZone): number {
  const offset = offsetMs(from, zone)
  let before = from
  let after = to
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetMs(middle, zone) === offset) before = middle
    else after = middle
  }
  return after
}

function dayAt(instant: number, zone: IANAZone): number {
  return Math.floor((instant + offsetMs(instant, zone)) / DayMs)
}

/** NaN for a zone or an instant that is none. */
function offsetMs(instant: number, zone: IANAZone): number {
  return zone.offset(instant) * MinuteMs
}

function clockMs(time: string): number {
  const [hours, minutes] = time.split(':').map(Number)
  return ((hours ?? Number.NaN) * 60 + (minutes ?? Number.NaN)) * MinuteMs
}
