/** `character` is in lower case. */
export type PatternPart =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'character'; readonly character: string }

/** Does the whole text fit, whatever its case? No regular expression: one of many wildcards can take it for ever. */
export function fitsPattern(text: string, parts: readonly PatternPart[]): boolean {
  const letters = [...text].map((letter) => letter.toLowerCase())
  let at = 0
  let part = 0
  let retry: { part: number; at: number } | null = null
  while (at < letters.length) {
    const wanted = parts[part]
    if (wanted?.kind === 'any') {
      retry = { part, at }
      part += 1
    } else if (wanted !== undefined && fitsOne(letters[at], wanted)) {
      at += 1
      part += 1
    } else if (retry !== null) {
      // The latest `%` takes one letter more; an earlier one never needs to.
      retry = { part: retry.part, at: retry.at + 1 }
      at = retry.at
      part = retry.part + 1
    } else return false
  }
  return parts.slice(part).every((rest) => rest.kind === 'any')
}

function fitsOne(letter: string | undefined, part: PatternPart): boolean {
  return part.kind === 'one' || (part.kind === 'character' && part.character === letter)
}
