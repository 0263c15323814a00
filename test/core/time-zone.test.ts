import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dayIn, isTimeZone, wallTimeIn } from '../../src/core/index.ts'

it.each([
  ['Europe/Berlin', true],
  ['Pacific/Auckland', true],
  ['UTC', true],
  ['US/Eastern', true],
  ['Middle/Earth', false],
  ['+01:00', false],
  ['local', false],
  ['', false],
])('%j is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected)
})

it.each([
  ['America/Los_Angeles', '2026-11-24T07:30:59.999Z', '2026-11-23 23:30'],
  ['Pacific/Auckland', '2026-11-24T10:30:00.000Z', '2026-11-24 23:30'],
  ['Pacific/Auckland', '2026-11-24T11:00:00.000Z', '2026-11-25 00:00'],
  ['America/Los_Angeles', '2026-03-08T10:00:00.000Z', '2026-03-08 03:00'],
  ['America/Los_Angeles', '2026-11-01T09:00:00.000Z', '2026-11-01 01:00'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00.000Z', '2026-01-01 05:45'],
  ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31 00:00'],
])('in %s it is, at %s, %s', (timeZone, instant, expected) => {
  expect(wallTimeIn(Date.parse(instant), timeZone)).toBe(expected)
  expect(dayIn(Date.parse(instant), timeZone)).toBe(expected.slice(0, 10))
})

it('days and times are as ISO 8601 writes them', () => {
  const instants = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  const iso = (instant: Date) => instant.toISOString().slice(0, 16).replace('T', ' ')
  fc.assert(fc.property(instants, (instant) => wallTimeIn(instant.getTime(), 'UTC') === iso(instant)))
})

it.each([
  [0, 'No/Where'],
  [Number.NaN, 'UTC'],
])('there is no day at %d in %s', (instant, timeZone) => {
  expect(() => dayIn(instant, timeZone)).toThrow(RangeError)
})
