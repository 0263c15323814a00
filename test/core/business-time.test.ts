import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BusinessHours, dueWithin } from '../../src/core/index.ts'

const HourMs = 60 * 60_000
const DayMs = 24 * HourMs
const QuarterMs = 15 * 60_000

const everyDay = [1, 2, 3, 4, 5, 6, 7]
const always = { days: everyDay, from: '00:00', to: '24:00' }
const lateIn2026 = { holidays: daysOff(1, 60) }

function hours(some: Partial<BusinessHours> = {}): BusinessHours {
  return { timeZone: 'UTC', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', holidays: [], ...some }
}

function due(from: string, until: string, some: Partial<BusinessHours> = {}): string {
  return new Date(dueWithin(Date.parse(from), Date.parse(until), hours(some))).toISOString().replace(':00.000Z', 'Z')
}

// 2026-11-23 is a Monday.
describe('what is to be done within a time', () => {
  it.each<[string, string, string, string, Partial<BusinessHours>?]>([
    ['in the hours of both days is due at the end of it', '2026-11-23T10:00Z', '2026-11-24T10:00Z', '2026-11-24T10:00Z'],
    ['until the evening is due at closing time', '2026-11-23T20:00Z', '2026-11-24T20:00Z', '2026-11-24T17:00Z'],
    ['until the early morning is due at the last closing', '2026-11-23T10:00Z', '2026-11-24T03:00Z', '2026-11-23T17:00Z'],
    ['from exactly the opening is due at the next', '2026-11-23T09:00Z', '2026-11-24T09:00Z', '2026-11-24T09:00Z'],
    ['from exactly the closing is due at the next', '2026-11-23T17:00Z', '2026-11-24T17:00Z', '2026-11-24T17:00Z'],
    ['from the closing over a weekend is due then', '2026-11-20T17:00Z', '2026-11-21T17:00Z', '2026-11-20T17:00Z'],
    ['from Friday noon is due at its closing', '2026-11-20T12:00Z', '2026-11-21T12:00Z', '2026-11-20T17:00Z'],
    ['from Friday evening is due when Monday opens', '2026-11-20T18:00Z', '2026-11-21T18:00Z', '2026-11-23T09:00Z'],
    ['a moment after the closing is due when Monday opens', '2026-11-20T17:01Z', '2026-11-21T17:01Z', '2026-11-23T09:00Z'],
    ['before a Monday off is due when Tuesday opens', '2026-11-20T18:00Z', '2026-11-21T18:00Z', '2026-11-24T09:00Z', off('23')],
    ['over nothing but days off too', '2026-11-20T18:00Z', '2026-11-23T18:00Z', '2026-11-26T09:00Z', off('23', '24', '25')],
    ['that is no time is due at once in the hours', '2026-11-23T10:00Z', '2026-11-23T10:00Z', '2026-11-23T10:00Z'],
    ['that is over before it began is due at once', '2026-11-23T10:00Z', '2026-11-22T10:00Z', '2026-11-23T10:00Z'],
    ['that is over before it began is due at closing too', '2026-11-23T17:00Z', '2026-11-22T10:00Z', '2026-11-23T17:00Z'],
    ['that is over before it began waits for the opening', '2026-11-22T10:00Z', '2026-11-20T10:00Z', '2026-11-23T09:00Z'],
    ['where nobody goes home before midnight', '2026-11-20T20:00Z', '2026-11-21T20:00Z', '2026-11-21T00:00Z', { to: '24:00' }],
    ['where somebody is always there', '2026-11-20T20:00Z', '2026-11-21T20:00Z', '2026-11-21T20:00Z', always],
    [
      'of a year goes back to the last business moment',
      '2026-01-05T10:00Z',
      '2026-12-31T23:00Z',
      '2026-11-23T17:00Z',
      lateIn2026,
    ],
  ])('%s', (_, from, until, expected, some) => {
    expect(due(from, until, some)).toBe(expected)
  })

  it.each([
    // 23:30 on the wall clock of both, in winter and in summer: a late lead is due when the next day closes, there.
    ['America/Los_Angeles', '2026-11-24T07:30Z', '2026-11-25T01:00Z'],
    ['America/Los_Angeles', '2026-07-07T06:30Z', '2026-07-08T00:00Z'],
    ['Pacific/Auckland', '2026-11-23T10:30Z', '2026-11-24T04:00Z'],
    ['Pacific/Auckland', '2026-07-06T11:30Z', '2026-07-07T05:00Z'],
    // On the eve of the change, and on its day.
    ['America/Los_Angeles', '2026-03-08T07:30Z', '2026-03-09T00:00Z'],
    ['America/Los_Angeles', '2026-03-09T06:30Z', '2026-03-10T00:00Z'],
    ['America/Los_Angeles', '2026-11-01T06:30Z', '2026-11-02T01:00Z'],
    ['America/Los_Angeles', '2026-11-02T07:30Z', '2026-11-03T01:00Z'],
    ['Pacific/Auckland', '2026-04-04T10:30Z', '2026-04-05T05:00Z'],
    ['Pacific/Auckland', '2026-04-05T11:30Z', '2026-04-06T05:00Z'],
    ['Pacific/Auckland', '2026-09-26T11:30Z', '2026-09-27T04:00Z'],
    ['Pacific/Auckland', '2026-09-27T10:30Z', '2026-09-28T04:00Z'],
    ['Asia/Kolkata', '2026-11-23T18:00Z', '2026-11-24T11:30Z'],
    ['Australia/Lord_Howe', '2026-10-03T13:00Z', '2026-10-04T06:00Z'],
  ])('within 24 hours in %s from 23:30 (%s) is due when the next day closes', (timeZone, from, expected) => {
    expect(due(from, inADay(from), { timeZone, days: everyDay })).toBe(expected)
  })

  it.each<[string, string, string, string, string, string]>([
    // Los Angeles goes from 02:00 PST to 03:00 PDT at 10:00Z on 8 March, and back from 02:00 PDT to 01:00 PST at 09:00Z on 1 November.
    [
      'hours that the clocks skip are not there',
      'America/Los_Angeles',
      '02:00',
      '03:00',
      '2026-03-08T08:00Z',
      '2026-03-09T09:00Z',
    ],
    ['hours that begin in them begin after', 'America/Los_Angeles', '02:30', '03:15', '2026-03-08T08:00Z', '2026-03-08T10:00Z'],
    [
      'hours that come twice count the first time',
      'America/Los_Angeles',
      '01:00',
      '02:00',
      '2026-11-01T07:00Z',
      '2026-11-01T08:00Z',
    ],
    ['and the second', 'America/Los_Angeles', '01:15', '01:45', '2026-11-01T08:50Z', '2026-11-01T09:15Z'],
    ['midnight that is skipped', 'America/Sao_Paulo', '00:00', '08:00', '2018-11-04T02:00Z', '2018-11-04T03:00Z'],
    ['at a midnight that is taken back', 'America/St_Johns', '00:00', '23:30', '2010-11-07T02:15Z', '2010-11-07T02:30Z'],
    ['the evening that is taken back', 'America/St_Johns', '23:15', '23:45', '2010-11-07T02:30Z', '2010-11-07T02:45Z'],
    ['a day that is skipped', 'Pacific/Apia', '09:00', '17:00', '2011-12-30T09:00Z', '2011-12-30T19:00Z'],
  ])('next opens rightly: %s (%s, %s to %s)', (_, timeZone, from, to, at, expected) => {
    expect(due(at, at, { timeZone, from, to, days: everyDay })).toBe(expected)
  })

  it.each<[string, string, string, string, string, string]>([
    ['in the gap', 'America/Los_Angeles', '01:00', '02:30', '2026-03-08T09:00Z', '2026-03-08T10:00Z'],
    ['after the gap', 'America/Los_Angeles', '02:30', '03:15', '2026-03-08T09:00Z', '2026-03-08T10:15Z'],
    ['the second time', 'America/Los_Angeles', '01:00', '02:00', '2026-11-01T07:00Z', '2026-11-01T10:00Z'],
    ['at a midnight that is skipped', 'America/Sao_Paulo', '09:00', '24:00', '2018-11-03T20:00Z', '2018-11-04T03:00Z'],
    ['before a day that is skipped', 'Pacific/Apia', '09:00', '24:00', '2011-12-30T08:00Z', '2011-12-30T10:00Z'],
    // It went back to 23:01 at 00:01, into the day before.
    ['never', 'America/St_Johns', '00:00', '24:00', '2010-11-06T19:00Z', '2010-11-07T03:00Z'],
    [
      'on that day once more, after a minute of the next',
      'America/St_Johns',
      '23:15',
      '23:45',
      '2010-11-07T02:30Z',
      '2010-11-07T03:15Z',
    ],
    ['a minute into a day, before that', 'America/St_Johns', '00:00', '23:00', '2010-11-06T19:00Z', '2010-11-07T02:31Z'],
  ])('last closes rightly: %s (%s, %s to %s)', (_, timeZone, from, to, at, expected) => {
    const until = new Date(Date.parse(at) + 8 * HourMs).toISOString()
    expect(due(at, until, { timeZone, from, to, days: everyDay })).toBe(expected)
  })

  it.each<[string, Partial<BusinessHours>]>([
    ['whose holidays cover years', { holidays: daysOff(0, 4_000) }],
    ['without a working day', { days: [] }],
    ['that end before they begin', { from: '17:00', to: '09:00' }],
    ['without a time', { from: 'nine', to: '' }],
    ['in a zone that is none', { timeZone: 'No/Where' }],
  ])('is due at the end of it by hours %s', (_, some) => {
    expect(due('2026-11-23T10:00Z', '2026-11-24T10:00Z', some)).toBe('2026-11-24T10:00Z')
    expect(due('2026-11-23T10:00Z', '2026-11-22T10:00Z', some)).toBe('2026-11-23T10:00Z')
  })

  it('of ages ends too, and is due at the last business moment before the days off', () => {
    expect(due('0001-01-01T00:00Z', '2037-01-01T00:00Z', { holidays: daysOff(0, 4_000) })).toBe('2026-11-20T17:00Z')
  })

  it.each([
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY],
    [-8.64e15, 8.64e15],
    [8.64e15, 8.64e15],
    [9e15, 9.1e15],
  ])('from %d until %d ends', (from, until) => {
    expect(typeof dueWithin(from, until, hours({ days: [1] }))).toBe('number')
  })

  // Quarters of an hour are the finest grain of all these zones, hours and instants, so the wall clock can be asked at each.
  it.each<[string, string]>([
    ['America/Los_Angeles', '2026-03-08T10:00Z'],
    ['America/Los_Angeles', '2026-11-01T09:00Z'],
    ['Pacific/Auckland', '2026-04-04T14:00Z'],
    ['Pacific/Auckland', '2026-09-26T14:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['Asia/Kathmandu', '2026-01-01T00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00Z'],
    ['America/Sao_Paulo', '2018-02-18T02:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z'],
    ['Asia/Beirut', '2026-10-24T21:00Z'],
    ['America/Nuuk', '2026-10-25T01:00Z'],
  ])('is due by the wall clock of %s about %s, never earlier the longer it may take', (timeZone, about) => {
    const wall = wallClock(timeZone)
    fc.assert(
      fc.property(
        someHours(timeZone, about),
        quarters(-4 * DayMs, 4 * DayMs),
        quarters(-DayMs, 4 * DayMs),
        (open, at, within) => {
          const from = Date.parse(about) + at
          const until = from + within
          const result = dueWithin(from, until, open)
          expect(result).toBe(expected(from, until, open, wall))
          expect(result).toBeGreaterThanOrEqual(from)
          expect(dueWithin(from, until + QuarterMs, open)).toBeGreaterThanOrEqual(result)
          expect(dueWithin(from, until + DayMs, open)).toBeGreaterThanOrEqual(result)
        },
      ),
      { numRuns: 60 },
    )
  })
})

function off(...days: string[]): Partial<BusinessHours> {
  return { holidays: days.map((day) => `2026-11-${day}`) }
}

/** Dates from so many days after 2026-11-23 on. */
function daysOff(from: number, count: number): string[] {
  const days = Array.from({ length: count }, (_, day) => Date.parse('2026-11-23') + (from + day) * DayMs)
  return days.map((day) => new Date(day).toISOString().slice(0, 10))
}

function inADay(from: string): string {
  return new Date(Date.parse(from) + DayMs).toISOString()
}

function quarters(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: min / QuarterMs, max: max / QuarterMs }).map((count) => count * QuarterMs)
}

function someHours(timeZone: string, about: string): fc.Arbitrary<BusinessHours> {
  const clocks = fc.uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 2 })
  const day = fc.integer({ min: -3, max: 3 }).map((days) => new Date(Date.parse(about) + days * DayMs).toISOString().slice(0, 10))
  const days = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })
  return fc.record({ days, clocks, holidays: fc.array(day, { maxLength: 3 }) }).map(({ clocks: both, ...rest }) => {
    const [from = '', to = ''] = both.toSorted((one, other) => one - other).map(clock)
    return { timeZone, from, to, ...rest }
  })
}

function clock(count: number): string {
  return `${String(Math.floor(count / 4)).padStart(2, '0')}:${String((count % 4) * 15).padStart(2, '0')}`
}

type WallClock = (instant: number) => { readonly day: string; readonly weekday: number; readonly time: string }

function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const shown = new Map<number, ReturnType<WallClock>>()
  return (instant) => {
    const [day = '', time = ''] = format.format(instant).split(' ')
    const now = shown.get(instant) ?? { day, time, weekday: new Date(day).getUTCDay() || 7 }
    shown.set(instant, now)
    return now
  }
}

function expected(from: number, until: number, open: BusinessHours, wall: WallClock): number {
  const isIn = (instant: number) => {
    const { day, weekday, time } = wall(instant)
    return open.days.includes(weekday) && !open.holidays.includes(day) && time >= open.from && time < open.to
  }
  // A quarter that is in the hours ends with a moment that belongs to them, the closing moment.
  const isOpen = (instant: number) => isIn(instant) || isIn(instant - QuarterMs)
  for (let at = until; at >= from; at -= QuarterMs) if (isOpen(at)) return at
  for (let at = Math.max(from, until); ; at += QuarterMs) if (isOpen(at)) return at
}
