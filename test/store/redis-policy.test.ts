import { expect, it } from 'vitest'
import { risksIn } from '../../src/store/redis-policy.ts'

const Safe = 'used_memory:1\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n'

it('finds nothing to say about the settings that we ship', () => {
  expect(risksIn(Safe)).toEqual([])
})

it.each([
  ['a server that evicts', Safe.replace('noeviction', 'allkeys-lru'), /noeviction/],
  ['a server without an append-only file', Safe.replace('aof_enabled:1', 'aof_enabled:0'), /appendonly yes/],
])('says what %s could lose and what to set', (_what, info, sentence) => {
  expect(risksIn(info)).toEqual([expect.stringMatching(sentence)])
})
