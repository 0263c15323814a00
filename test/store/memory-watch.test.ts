import { expect, it } from 'vitest'
import { memoryRatio } from '../../src/store/memory-watch.ts'

it.each([
  { of: 'maxmemory', info: { used_memory: 90, maxmemory: 100, total_system_memory: 1_000 }, ratio: 0.9 },
  { of: 'the machine’s where there is none', info: { used_memory: 90, maxmemory: 0, total_system_memory: 1_000 }, ratio: 0.09 },
  { of: 'what counts against it', info: { used_memory: 90, mem_not_counted_for_evict: 40, maxmemory: 100 }, ratio: 0.5 },
  { of: 'nothing that it says', info: { used_memory: 90 }, ratio: null },
])('the memory of Redis is a part of $of', ({ info, ratio }) => {
  const lines = Object.entries(info).map(([name, value]) => `${name}:${value}`)
  expect(memoryRatio(`# Memory\r\n${lines.join('\r\n')}\r\nused_memory_human:1M\r\n`)).toBe(ratio)
})
