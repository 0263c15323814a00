import { expect, it } from 'vitest'
import { readAge } from '../../src/cli/age-option.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { WrongUse } from '../../src/cli/wrong-use.ts'

/** What a stream was given while a thousand of ten thousand go by every second. */
function written(isTTY: boolean): string {
  const texts: string[] = []
  let at = 0
  const stream = { isTTY, write: (text: string) => texts.push(text) }
  const progress = createProgress({ total: 10_000, stream, now: () => at })
  for (let count = 1_000; count <= 10_000; count += 1_000) {
    at += 1_000
    progress.reached(count, `${count - 1} replayed`)
  }
  progress.end()
  return texts.join('')
}

it('a progress is a line now and then where nobody watches', () => {
  expect(written(false)).toBe('5000 of 10000: 4999 replayed\n10000 of 10000: 9999 replayed\n')
})

it('a progress is a bar at a terminal, and is gone at its end', () => {
  const lines = written(true).split('\r\u001b[2K')
  expect(lines).toHaveLength(12)
  expect(lines[5]).toBe(`[${'#'.repeat(15)}${'-'.repeat(15)}] 5000 of 10000: 4999 replayed`)
  expect(lines.at(-1)).toBe('')
})

it.each([
  ['2d', 172_800_000],
  ['4h', 14_400_000],
  ['30m', 1_800_000],
  ['1.5h', 5_400_000],
])('an age of %s is %i ms', (text, ms) => {
  expect(readAge('older-than', text)).toBe(ms)
})

it.each(['', '2', 'd', '2w', '-2d', '2d4h', '1e9d', '٢d'])('an age of "%s" is refused with an example', (text) => {
  expect(() => readAge('older-than', text)).toThrow(WrongUse)
  expect(() => readAge('older-than', text)).toThrow('e.g. 2d')
})
