import { STATUS_CODES } from 'node:http'
import type { ApiAnswer } from '../exchange.ts'
import type { Headers } from './instance.ts'

/** One part of a multipart body: its own headers in lower case, and what follows them. */
export interface Part {
  readonly headers: Headers
  readonly body: string
}

/** A request inside of an `application/http` part. */
export interface PartRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body: string
}

/** `multipart/mixed; boundary="x"` with or without quotes; null: another content type or no boundary. */
export function boundaryOf(contentType: string | undefined): string | null {
  if (!/^multipart\/mixed\s*;/i.test(contentType ?? '')) return null
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType ?? '') ?? []
  return quoted ?? bare ?? null
}

/** Null where lines end in LF only, a boundary is missing or the last one is not closed: Dataverse takes CRLF and nothing else. */
export function splitParts(body: string, boundary: string): Part[] | null {
  // A line that only begins like the boundary is content: the boundary of a change set may well do so.
  const delimiter = new RegExp(`\r\n--${boundary.replaceAll(/\W/g, '\\$&')}(?=--|[ \t]*\r\n)`)
  const [, ...sections] = `\r\n${body}`.split(delimiter)
  const parts: Part[] = []
  for (const section of sections) {
    if (section.startsWith('--')) return parts
    const [, content] = /^[ \t]*\r\n([\s\S]*)$/.exec(section) ?? []
    const part = content === undefined ? null : readPart(content)
    if (part === null) return null
    parts.push(part)
  }
  return null
}

/** Null: not a request. */
export function readPartRequest(text: string): PartRequest | null {
  const line = /^([A-Z]+) (\S+) HTTP\/1\.1(?:\r\n|$)/.exec(text)
  const [whole, method, target] = line ?? []
  if (whole === undefined || method === undefined || target === undefined) return null
  const part = readPart(text.slice(whole.length))
  return part === null ? null : { method, target, ...part }
}

/** Headers end at an empty line, or at the end: a GET may have nothing after them, not even that line. */
function readPart(text: string): Part | null {
  const headers: Record<string, string> = {}
  let rest = text
  while (rest !== '' && !rest.startsWith('\r\n')) {
    const [line, name, value] = /^([^\s:]+):[ \t]*([^\r\n]*)(?:\r\n|$)/.exec(rest) ?? []
    if (line === undefined || name === undefined) return null
    headers[name.toLowerCase()] = value ?? ''
    rest = rest.slice(line.length)
  }
  return { headers, body: rest.slice(2) }
}

/** An answer as the part that carries it. */
export function httpPart({ status, headers, body }: ApiAnswer, contentId: string | null): string {
  const lines = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    ...(contentId === null ? [] : [`Content-ID: ${contentId}`]),
    '',
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ]
  return lines.join('\r\n')
}

/** Parts inside of a boundary: the body of a batch's answer, or the part of a change set. */
export function joinParts(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
}
