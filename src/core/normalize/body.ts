import { MostLevels, tooDeep } from './keys.ts'

export type ReadBody =
  | { readonly ok: true; readonly parsed: unknown; readonly repaired: boolean }
  /** `reason` is a sentence for a person. It quotes nothing of the body: `JSON.parse` would, and the body is personal data. */
  | { readonly ok: false; readonly reason: string }

/** A text need not end: looking for its end again from every quote within would take minutes on a hostile body. */
const Token = /"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s"]/gs

/**
 * The body of a marketplace POST as JSON. One repair is made, the one that Microsoft's own sample needs: a comma is missing between a
 * text value and the next key. Anything else stays for a person, since a guessed lead is worse than a late one.
 */
export function readMarketplaceBody(body: string): ReadBody {
  const text = body.replace(/^\uFEFF/, '')
  if (text.trim() === '') return { ok: false, reason: 'The body is empty.' }
  const strict = parse(text)
  const read = strict ?? parse(withMissingComma(text))
  if (!read) return { ok: false, reason: 'The body is not valid JSON, so no lead could be read from it.' }
  if (tooDeep(read.parsed)) return { ok: false, reason: `The body nests deeper than ${MostLevels} levels; no lead does.` }
  return { ok: true, parsed: read.parsed, repaired: strict === null }
}

function parse(text: string | null): { parsed: unknown } | null {
  try {
    return text === null ? null : { parsed: JSON.parse(text) }
  } catch {
    return null
  }
}

/** Token by token, so that quotes and colons inside of values are never taken for structure. */
function withMissingComma(text: string): string | null {
  const tokens = [...text.matchAll(Token)]
  for (const [index, value] of tokens.entries()) {
    const [before, key, colon] = [tokens[index - 1], tokens[index + 1], tokens[index + 2]]
    const missing = before?.[0] === ':' && isText(value[0]) && key && isText(key[0]) && colon?.[0] === ':'
    if (!missing) continue
    const end = value.index + value[0].length
    return `${text.slice(0, end)},${text.slice(end)}`
  }
  return null
}

function isText(token: string): boolean {
  return token.length > 1 && token.endsWith('"')
}
