import { describe, expect, it } from 'vitest'
import { createAllowance } from '../../../connectors/dynamics/requests/allowance.ts'
import { createSlots } from '../../../connectors/dynamics/requests/slots.ts'
import { DeliveryError, type DeliveryErrorCode } from '../../../src/core/index.ts'

function open() {
  const clock = { now: Date.parse('2026-11-23T12:00:00Z') }
  const slots = createSlots(8, () => clock.now)
  return { clock, slots, allowance: createAllowance(slots, () => clock.now) }
}

function refusal(code: string | null, retryAfterMs = 5_000, kind: DeliveryErrorCode = 'rate_limited') {
  return { error: new DeliveryError(kind, 'Too many.', { retryAfterMs }), code, fields: [], holder: null }
}

describe('how many requests run at once', () => {
  it.each([
    ['0x80072321', 4],
    ['0x80072326', 4],
    ['0x80072327', 4],
    ['0x80072322', 8],
    ['0x8005f103', 8],
    [null, 8],
  ])('after %s, of eight, are %i', (code, limit) => {
    const { allowance, slots, clock } = open()
    allowance.refused(refusal(code), clock.now)
    expect(slots.limit()).toBe(limit)
  })

  it('is what Dynamics 365 recommends, where that is less', () => {
    const { allowance, slots } = open()
    allowance.note(new Headers({ 'x-ms-dop-hint': '3' }))
    allowance.note(new Headers())
    expect(slots.limit()).toBe(3)
  })
})

describe('a hold', () => {
  it('is as long as the longest that was asked for', () => {
    const { allowance, clock } = open()
    allowance.refused(refusal(null, 60_000), clock.now)
    allowance.refused(refusal(null, 5_000), clock.now)
    expect(allowance.held()).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000, message: 'Too many.' })
    clock.now += 60_000
    expect(allowance.held()).toBeNull()
  })

  it('does not outlast the time that was asked for by much when the clock is set back', () => {
    const { allowance, clock } = open()
    allowance.refused(refusal(null, 60_000), clock.now)
    clock.now -= 24 * 60 * 60_000
    expect(allowance.held()).toMatchObject({ retryAfterMs: 60_000 })
    clock.now += 60_000
    expect(allowance.held()).toBeNull()
  })

  it('is not made of other refusals', () => {
    const { allowance, clock } = open()
    allowance.refused(refusal('0x80072560', 5_000, 'misconfigured'), clock.now)
    expect(allowance.held()).toBeNull()
  })
})
