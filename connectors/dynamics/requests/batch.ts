import { createHash } from 'node:crypto'
import type { Answer } from '../errors.ts'
import { isPath, ServiceRoot } from '../paths.ts'
import type { Operation } from './operation.ts'

export interface BatchRequest {
  readonly contentType: string
  readonly text: string
}

const Crlf = '\r\n'

/**
 * The operations as the body of `POST $batch`, each a part of its own: a change set is all or nothing, and says of its first failure only.
 * The boundary is a hash of what is sent: no lead can hold it, and the same operations are the same request.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
 */
export function writeBatch(operations: readonly Operation[]): BatchRequest {
  const parts = operations.map((operation, place) => partOf(operation, place + 1))
  const boundary = `batch_${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)}`
  const text = parts.map((part) => `--${boundary}${Crlf}${part}${Crlf}`).join('')
  return { contentType: `multipart/mixed; boundary="${boundary}"`, text: `${text}--${boundary}--${Crlf}` }
}

/** One answer per operation, in their order; null where nobody knows what became of it. By their names where all have one, else by place. */
export function readBatch(contentType: string, text: string, count: number): (Answer | null)[] {
  const boundary = /\bboundary="?([^\s";,]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return unknown(count)
  const { parts, isWhole } = partsIn(text, boundary)
  const named = byName(parts, count)
  if (named !== null) return named
  const answers = parts.map((part, place) => (isOfAnother(part, place, count) ? null : answerIn(part)))
  if (answers.length === count) return answers
  if (answers.length > count) return unknown(count)
  // Cut short on the way, or stopped at the first failure by a server that does not know the preference: what is there is in order. Else
  // a part is missing somewhere, and each one after it would be taken for its neighbour.
  const isBeginning = !isWhole || (answers.at(-1)?.status ?? 0) >= 400
  return isBeginning ? [...answers, ...unknown(count - answers.length)] : unknown(count)
}

function partOf({ method, path, headers, body }: Operation, name: number): string {
  if (!isPath(path)) throw new Error('An operation has a path that is no path below the service root, percent-encoded.')
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const lines = Object.entries({ Accept: 'application/json', ...json, ...headers }).map(headerLine)
  const mime = ['Content-Type: application/http', 'Content-Transfer-Encoding: binary', `Content-ID: ${name}`, '']
  const request = [`${method} ${ServiceRoot}${path} HTTP/1.1`, ...lines, '', body === undefined ? '' : JSON.stringify(body)]
  return [...mime, ...request].join(Crlf)
}

function headerLine([name, value]: readonly [string, string]): string {
  if (/[\r\n]/.test(`${name}${value}`)) throw new Error(`The header ${name} of an operation has a line break.`)
  return `${name}: ${value}`
}

/** Null unless each part names another operation. */
function byName(parts: readonly string[], count: number): (Answer | null)[] | null {
  const named = new Map(parts.map((part) => [nameOf(part, count), part]))
  if (parts.length === 0 || named.has(null) || named.size !== parts.length) return null
  return unknown(count).map((_, place) => {
    const part = named.get(place + 1)
    return part === undefined ? null : answerIn(part)
  })
}

/** Of a part that names the operation of another place nobody knows which it is about. */
function isOfAnother(part: string, place: number, count: number): boolean {
  const name = nameOf(part, count)
  return name !== null && name !== place + 1
}

/** The `Content-ID` that we gave to one of `count` operations; null where there is none, or none of ours. */
function nameOf(part: string, count: number): number | null {
  const [mime = ''] = atBlankLine(part)
  const name = Number(/^content-id:[ \t]*<?(\d{1,4})>?[ \t]*\r?$/im.exec(mime)?.[1] ?? 0)
  return name >= 1 && name <= count ? name : null
}

function partsIn(text: string, boundary: string): { parts: string[]; isWhole: boolean } {
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g')
  const parts: string[] = []
  let from: number | null = null
  for (const { 0: line, 1: isLast, index } of text.matchAll(delimiter)) {
    if (from !== null) parts.push(text.slice(from, index))
    if (isLast !== undefined) return { parts, isWhole: true }
    from = index + line.length
  }
  return { parts, isWhole: false }
}

function answerIn(part: string): Answer | null {
  const [mime = '', http] = atBlankLine(part)
  if (http === undefined || !/^content-type:[ \t]*application\/http\b/im.test(mime)) return null
  const [head = '', text = ''] = atBlankLine(http)
  const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)(?!\d)/.exec(head.trimStart())?.[1] ?? 0)
  if (status < 200) return null
  return { status, headers: headersIn(head), text: text.trim() }
}

function atBlankLine(text: string): [string, string?] {
  const found = /\r?\n\r?\n/.exec(text)
  return found ? [text.slice(0, found.index), text.slice(found.index + found[0].length)] : [text]
}

function headersIn(head: string): Headers {
  const headers = new Headers()
  for (const [, name = '', value = ''] of head.matchAll(/^([A-Za-z0-9_-]+):[ \t]*([\x20-\x7e]*)\r?$/gm))
    headers.append(name, value)
  return headers
}

function unknown(count: number): null[] {
  return Array<null>(count).fill(null)
}
