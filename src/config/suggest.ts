import { nearMatches } from '../core/index.ts'

/** `; did you mean "firstname"?` for a near miss, else what there is, else nothing. */
export function suggestion(written: string, known: readonly string[]): string {
  const near = didYouMean(written, known)
  if (near !== '' || known.length === 0) return near
  return `; known here: ${[...new Set(known)].sort().join(', ')}`
}

/** As `suggestion`, but silent when nothing is near. */
export function didYouMean(written: string, known: readonly string[]): string {
  const [nearest] = nearMatches(written, known, 1)
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`
}
