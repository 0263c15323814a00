import { expect, it } from 'vitest'
import { createAllowance } from '../../../connectors/hubspot/allowance.ts'

const Noon = Date.UTC(2026, 10, 23, 12)

function allowanceAt(start: number) {
  const clock = { now: start }
  return { clock, allowance: createAllowance(() => clock.now) }
}

it('sends nothing more in the interval whose requests are used up, and goes on after it', () => {
  const { clock, allowance } = allowanceAt(Noon)
  allowance.note(
    new Headers({ 'x-hubspot-ratelimit-remaining': '0', 'x-hubspot-ratelimit-interval-milliseconds': '10000' }),
    null,
  )
  clock.now += 4_000
  expect(allowance.spent()).toEqual({ what: 'burst', forMs: 6_000 })
  clock.now += 6_000
  expect(allowance.spent()).toBeNull()
})

it('holds no longer when the clock is set back', () => {
  const { clock, allowance } = allowanceAt(Noon)
  allowance.note(new Headers({ 'x-hubspot-ratelimit-remaining': '0' }), null)
  clock.now -= 3_600_000
  expect(allowance.spent()).toEqual({ what: 'burst', forMs: 10_000 })
  clock.now += 10_000
  expect(allowance.spent()).toBeNull()
})

it('sends nothing more on a day whose requests are used up, until midnight in the portal’s zone', () => {
  const { clock, allowance } = allowanceAt(Noon)
  allowance.note(new Headers({ 'x-hubspot-ratelimit-daily-remaining': '0' }), 'America/New_York')
  expect(allowance.spent()).toEqual({ what: 'day', forMs: 17 * 3_600_000 })
  clock.now += 17 * 3_600_000
  expect(allowance.spent()).toBeNull()
})

it.each([
  ['says nothing', {}],
  ['leaves some', { 'x-hubspot-ratelimit-remaining': '1', 'x-hubspot-ratelimit-daily-remaining': '1' }],
])('sends on after an answer that %s', (_what, headers) => {
  const { allowance } = allowanceAt(Noon)
  allowance.note(new Headers(headers), null)
  expect(allowance.spent()).toBeNull()
})
