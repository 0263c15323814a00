import { expect, it } from 'vitest'
import { readOptions } from './options.ts'

it('are what is typed, else a run of 20,000 leads with everything', () => {
  const usual = { seed: null, leads: 20_000, pace: 80, table: null, json: false, keep: false, without: [] }
  expect(readOptions([])).toEqual(usual)
  const typed = ['--seed', '7', '--leads=500', '--pace', '20', '--json', '--without', 'crmHangs', '--without', 'redisEmptied']
  expect(readOptions(typed)).toEqual({
    ...usual,
    seed: 7,
    leads: 500,
    pace: 20,
    json: true,
    without: ['crmHangs', 'redisEmptied'],
  })
})

it.each([
  ['--without nope', '--without takes one of the faults, not nope; there are workerKilled, '],
  ['--nope', 'There is no option --nope; there are --seed, '],
  ['-x', 'There is no option -x; '],
  ['--leads', '--leads needs a value.'],
  ['--seed=', '--seed needs a value.'],
  ['--leads -5', '--leads takes a whole number from 1 on, not -5.'],
  ['--pace 0', '--pace takes a whole number from 1 on, not 0.'],
  ['--table 1.5', '--table takes a whole number from 1 on, not 1.5.'],
  ['--json=no', '--json takes no value.'],
  ['20000', 'There is nothing to be done with 20000: '],
])('%s is refused in one sentence', (typed, sentence) => {
  let said = ''
  try {
    readOptions(typed.split(' '))
  } catch (error) {
    said = String((error as Error).message)
  }
  expect(said).toContain(sentence)
  expect(said).toMatch(/^[^\n]+\.$/)
})
