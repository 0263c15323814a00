import { domainToUnicode } from 'node:url'
import { decodeHTMLStrict } from 'entities'
import type { Lead } from './lead.ts'

/** Whom a search through what was kept is about. */
export interface Sought {
  /** Whether the lead is that person's, from the time that is to be forgotten. */
  isLead(lead: Lead): boolean
  /** The same of a text that no lead could be read from. `receivedAt` is ISO 8601. */
  isText(text: string, receivedAt: string): boolean
}

/** A text within JSON within a form, and one more. */
const MostLayers = 4
const JsonEscape = /\\(?:u([0-9a-f]{4})|(.))/gi
const PercentEscapes = /(?:%[0-9a-f]{2})+/gi
const JsonControls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/**
 * Whether the text has this address in it, in whatever letter case, and also where it is written as JSON, a form or HTML would. The address
 * must be in the form of `readEmail`. Longer addresses that contain it are somebody else's.
 */
export function mentionsEmail(text: string, email: string): boolean {
  const at = email.lastIndexOf('@')
  const spellings = new Set([email, `${email.slice(0, at)}@${domainToUnicode(email.slice(at + 1))}`])
  let layer = text
  for (let depth = 0; depth < MostLayers; depth += 1) {
    const folded = layer.normalize('NFC').toLowerCase()
    if ([...spellings].some((spelling) => standsIn(folded, spelling))) return true
    const inner = unescaped(layer)
    if (inner === layer) return false
    layer = inner
  }
  return false
}

/** Of bytes that are no UTF-8 what can be read in one encoding or another: without its zeros UTF-16 looks like Latin-1. */
export function verbatimText({ encoding, body }: { readonly encoding: 'utf8' | 'base64'; readonly body: string }): string {
  // UTF-16 of an English text without its mark is UTF-8 with zeros in between.
  if (encoding === 'utf8') return body.includes('\0') ? `${body}\n${body.replaceAll('\0', '')}` : body
  const bytes = Buffer.from(body, 'base64')
  return `${bytes.toString('utf8')}\n${bytes.toString('latin1').replaceAll('\0', '')}`
}

function standsIn(text: string, spelling: string): boolean {
  for (let at = text.indexOf(spelling); at !== -1; at = text.indexOf(spelling, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at)
    const after = text.slice(at + spelling.length, at + spelling.length + 2)
    if (!/[\p{L}\p{N}._%+-]$/u.test(before) && !/^(?:[\p{L}\p{N}-]|\.[\p{L}\p{N}])/u.test(after)) return true
  }
  return false
}

function unescaped(text: string): string {
  const percent = text.replace(PercentEscapes, (escapes) => percentDecoded(escapes))
  const json = percent.replace(JsonEscape, (_, hex?: string, letter = '') =>
    hex === undefined ? (JsonControls[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return decodeHTMLStrict(json)
}

function percentDecoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes)
  } catch {
    return escapes
  }
}
