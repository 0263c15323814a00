import { decodeHTMLStrict } from 'entities'

const PlainAscii = /^[ -%'-~]*$/
const LineBreak = /\r\n?|[\u0085\u2028\u2029\v\f]/g

/**
 * What is never part of a value but changes how it is stored, compared or shown: control characters, halves of surrogate pairs,
 * non-characters, zero-width spaces, bidi controls and the invisible tag characters.
 */
const Harmful =
  /[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]--[\t\n]]/gv

/** Zero-width joiners spell words in Persian and Indic scripts and join emoji; anywhere else they only make equal names unequal. */
const StrayJoiner =
  /(?<![[\p{L}\p{M}\p{Emoji_Modifier}\p{Extended_Pictographic}]--[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}]])[\u200C\u200D]|[\u200C\u200D](?![\p{L}\p{M}\p{Extended_Pictographic}])/gv

const MostDecodings = 8

/** A value for one line: cleaned, entities decoded, whitespace collapsed. Blank → null. Cleaning a clean value changes nothing. */
export function cleanLine(text: string | null): string | null {
  if (text === null) return null
  if (PlainAscii.test(text)) return collapse(text) || null
  return decoded(text, (value) => collapse(withoutHarm(value))) || null
}

/** The same for text of several lines: line breaks become `\n` and stay, spaces at the ends of lines go. Blank → null. */
export function cleanText(text: string | null): string | null {
  if (text === null) return null
  return decoded(text, tidyLines) || null
}

/** An id from outside: only what would break keys and logs goes, since two ids that differ must stay two ids. Blank → null. */
export function cleanId(text: string | null): string | null {
  return text?.replace(Harmful, '').trim() || null
}

/** Text, numbers and booleans as text; anything else (an object where a name should be) → null. */
export function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/**
 * Decodes until nothing changes: what was escaped twice on its way would otherwise be escaped a little less with every replay. Only
 * entities with their semicolon, so that `?a=1&copy=2` stays. What is still changing after eight rounds is an attack and stays encoded.
 */
function decoded(text: string, tidy: (text: string) => string): string {
  const start = tidy(text)
  let current = start
  for (let round = 0; round < MostDecodings; round += 1) {
    const next = current.includes('&') ? tidy(decodeHTMLStrict(current)) : current
    if (next === current) return next
    current = next
  }
  return start
}

function tidyLines(text: string): string {
  const lines = withoutHarm(text).split('\n')
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}

function withoutHarm(text: string): string {
  return text.replace(LineBreak, '\n').replace(Harmful, '').replace(StrayJoiner, '').normalize('NFC')
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
