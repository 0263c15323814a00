import { onTestFailed } from 'vitest'
import { chanceOf, type Random } from './chance.ts'

export type { Random } from './chance.ts'

/** Chance that can be had again: the seed of a test that failed is printed, and `LEADSYNC_TEST_SEED` sets it. */
export function seededRandom(seed = Number(process.env.LEADSYNC_TEST_SEED ?? Date.now() % 2 ** 31)): Random {
  onTestFailed(() => console.error(`To have it again: LEADSYNC_TEST_SEED=${seed}`))
  return chanceOf(seed)
}
