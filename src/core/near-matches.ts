/** The known words nearest to a mistyped one, best first; empty when nothing is near enough to be worth saying. */
export function nearMatches(word: string, known: readonly string[], most = 3): string[] {
  const limit = Math.max(2, Math.floor(word.length / 3))
  const ranked: { word: string; distance: number }[] = []
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), limit)
    if (distance <= limit) ranked.push({ word: candidate, distance })
  }
  ranked.sort((a, b) => a.distance - b.distance)
  return ranked.slice(0, most).map((match) => match.word)
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, char] of [...a].entries()) {
    previous = nextRow(previous, row + 1, char, b)
  }
  return previous[b.length] ?? limit + 1
}

function nextRow(previous: readonly number[], first: number, char: string, b: string): number[] {
  const current = [first]
  for (let column = 1; column <= b.length; column++) {
    const replaced = (previous[column - 1] ?? 0) + (b[column - 1] === char ? 0 : 1)
    current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
  }
  return current
}
