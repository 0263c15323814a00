import { domainToASCII } from 'node:url'
import { cleanLine } from './text.ts'

export interface ReadEmail {
  /** The one form under which an address is stored and compared; null when it can't be read. */
  readonly email: string | null
  /** What arrived, where the address does not say all of it: then it is kept for a person to read. */
  readonly unread: string | null
}

const Wrapped = /^(?:<(.*)>|"(.*)"|'(.*)'|\((.*)\)|\[(.*)\]|[^<>]*<([^<>]+)>)$/s
const MailTo = /^mailto:([^?]*)(?:\?.*)?$/is
const LocalPart = /^[^\s@<>()[\]\\,;:"\u200C\u200D]+$/
/** Percent signs, slashes and colons would be read as parts of a URL: `a/b.com` would become `a`. */
const DomainText = /^[\p{L}\p{M}\p{N}.\-\u3002\uFF0E\uFF61]+$/u
/** At least two labels, the last one no number: `1.2` would become the address 1.0.0.2. */
const DomainName = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)$/
const LongestDomain = 253
/** Far above what a mail host takes; it bounds the work that wrappings within wrappings make. */
const LongestText = 1_000

/**
 * Reads an address: wrappings go, letter case goes, the domain gets its ASCII form; plus tags and dots stay, since only the mail host knows
 * what they mean. Of a list of addresses the first counts. Never guesses: `jane doe@contoso.com` is not `doe@contoso.com`.
 */
export function readEmail(text: string | null): ReadEmail {
  const line = cleanLine(text)
  if (line === null) return { email: null, unread: null }
  if (line.length > LongestText) return { email: null, unread: line }
  const whole = address(line)
  if (whole !== null) return { email: whole, unread: null }
  const parts = line.split(/[;,]/).map(address)
  const email = parts.every((part) => part !== null) ? (parts[0] ?? null) : null
  return { email, unread: line }
}

function address(text: string): string | null {
  const bare = unwrapped(text)
  const at = bare.lastIndexOf('@')
  const local = bare.slice(0, at)
  const host = domain(bare.slice(at + 1))
  if (at < 1 || host === null || !LocalPart.test(local)) return null
  return `${local.toLowerCase().normalize('NFC')}@${host}`
}

function domain(text: string): string | null {
  if (text.length > LongestDomain || !DomainText.test(text)) return null
  const ascii = domainToASCII(text.normalize('NFC')).replace(/\.$/, '')
  return DomainName.test(ascii) && ascii.length <= LongestDomain ? ascii : null
}

function unwrapped(text: string): string {
  let current = text.trim()
  for (;;) {
    const inner = (Wrapped.exec(current) ?? MailTo.exec(current))?.slice(1).find((group) => group !== undefined)
    if (inner === undefined) return current
    current = inner.trim()
  }
}
