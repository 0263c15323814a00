import { cut } from '../../src/core/index.ts'

/** The longest beginning of a text that has at most `units` UTF-16 units, and ends between two characters. */
export function cutUnits(text: string, units: number): string {
  let points = units
  let beginning = cut(text, points)
  while (beginning.length > units && points > 1) {
    points -= Math.ceil((beginning.length - units) / 2)
    beginning = cut(text, Math.max(points, 1))
  }
  return beginning
}
