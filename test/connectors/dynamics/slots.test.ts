import { describe, expect, it } from 'vitest'
import { createSlots } from '../../../connectors/dynamics/requests/slots.ts'
import { anySignal } from './tiny-environment.ts'

const Minute = 60_000

function open(configured: number) {
  const clock = { now: Date.parse('2026-11-23T12:00:00Z') }
  return { clock, slots: createSlots(configured, () => clock.now) }
}

/** Runs that end when they are told to, in the order in which they began. */
function running(slots: ReturnType<typeof createSlots>, signal = anySignal()) {
  const ends: (() => void)[] = []
  const run = () => slots.within(signal, () => new Promise<void>((resolve) => ends.push(resolve)))
  return { ends, run, turns: () => new Promise((resolve) => setImmediate(resolve)) }
}

describe('requests under way', () => {
  it('are never more than configured; the next goes when one ends', async () => {
    const { slots } = open(2)
    const { ends, run, turns } = running(slots)
    const all = [run(), run(), run(), run()]
    await turns()
    expect(ends).toHaveLength(2)
    ends[0]?.()
    await turns()
    expect(ends).toHaveLength(3)
    ends[1]?.()
    ends[2]?.()
    await turns()
    ends[3]?.()
    await Promise.all(all)
  })

  it('give their slot back when they fail', async () => {
    const { slots } = open(1)
    await expect(slots.within(anySignal(), () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await slots.within(anySignal(), async () => 'next')).toBe('next')
  })

  it('that are cancelled while they wait do not wait any longer, and take nobody’s slot', async () => {
    const { slots } = open(1)
    const { ends, run, turns } = running(slots)
    const first = run()
    const stopping = new AbortController()
    const left = slots.within(stopping.signal, async () => 'told')
    const third = slots.within(anySignal(), async () => 'third')
    stopping.abort()
    expect(await left).toBe('told')
    await turns()
    expect(await Promise.race([third, Promise.resolve('waiting')])).toBe('waiting')
    ends[0]?.()
    expect(await third).toBe('third')
    await first
  })
})

describe('how many', () => {
  it.each([
    [4, 2, 2],
    [4, 8, 4],
    [4, 0, 4],
    [4, Number.NaN, 4],
    [4, 2.5, 4],
  ])('%i configured and %d recommended are %i', (configured, recommended, limit) => {
    const { slots } = open(configured)
    slots.recommend(recommended)
    expect(slots.limit()).toBe(limit)
  })

  it('are half after a refusal, then one more per minute', () => {
    const { slots, clock } = open(8)
    slots.lower(clock.now)
    expect(slots.limit()).toBe(4)
    clock.now += 2 * Minute
    expect(slots.limit()).toBe(6)
    slots.lower(clock.now)
    expect(slots.limit()).toBe(3)
    clock.now += 60 * Minute
    expect(slots.limit()).toBe(8)
  })

  it('are never none, even when the clock is set back: nobody would ever be woken', async () => {
    const { slots, clock } = open(4)
    slots.lower(clock.now)
    clock.now -= 60 * Minute
    expect(slots.limit()).toBe(2)
    expect(await slots.within(anySignal(), async () => 'sent')).toBe('sent')
  })

  it('are lowered once by requests that were under way together, and never below one', () => {
    const { slots, clock } = open(8)
    const startedAt = clock.now
    clock.now += 100
    slots.lower(startedAt)
    clock.now += 100
    slots.lower(startedAt + 50)
    expect(slots.limit()).toBe(4)
    for (let n = 0; n < 5; n += 1) {
      clock.now += 1
      slots.lower(clock.now)
    }
    expect(slots.limit()).toBe(1)
  })
})
