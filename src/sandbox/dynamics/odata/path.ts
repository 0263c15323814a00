import { attempt, ODataProblem, refuse, syntaxError } from './problem.ts'
import type { QueryError } from './table.ts'
import { readTokens, type Token, type Tokens } from './tokens.ts'

export type KeyValue = string | number | boolean | null

/** `leads(guid)` or `leads(name='v',other=2)`; a GUID is in lower case. */
export type KeyPredicate = { readonly id: string } | { readonly alternate: Readonly<Record<string, KeyValue>> }

export interface PathSegment {
  /** `leads`, `WhoAmI`, `$batch`, `$1`; without the namespace when it is qualified. */
  readonly name: string
  /** It stood as `Microsoft.Dynamics.CRM.<name>`: a cast or a bound operation. */
  readonly qualified: boolean
  /** What is in the parentheses: a key, or the arguments of a function; null: none, or nothing in them. */
  readonly key: KeyPredicate | null
}

export interface ODataPath {
  readonly kind: 'path'
  /** None: the service document. */
  readonly segments: readonly PathSegment[]
}

const namespace = 'Microsoft.Dynamics.CRM.'

// What the front end lets into no path, encoded or not:
// https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity#invalid-characters-in-alternate-key-value
const dangerous = /[<>*%&:\\?+/]/

/**
 * Takes a path below the API version apart, which comes as it was sent: percent-encoded, no slash in front, no query.
 * It is decoded exactly once, so that a value encoded twice has a `%` left and is refused.
 */
export function parsePath(path: string): ODataPath | QueryError {
  return attempt(() => ({ kind: 'path', segments: split(path).map(readSegment) }))
}

/** `leads(leadid=guid)` is `leads(guid)`. */
export function plainKey(key: KeyPredicate, primaryId: string): KeyPredicate {
  if ('id' in key) return key
  const { [primaryId]: id, ...others } = key.alternate
  return typeof id === 'string' && Object.keys(others).length === 0 ? { id } : key
}

function split(path: string): string[] {
  const segments = path.split('/')
  if (segments.at(-1) === '') segments.pop()
  return segments
}

function readSegment(encoded: string): PathSegment {
  const text = decode(encoded)
  const [found] = dangerous.exec(text) ?? []
  if (found !== undefined) throw refuse(`A potentially dangerous Request.Path value was detected from the client (${found}).`)
  const [, fullName, predicate] = /^(\$?[\w.]+)(\(.*\))?$/s.exec(text) ?? []
  if (fullName === undefined) throw notFound(text)
  const qualified = fullName.startsWith(namespace)
  const name = qualified ? fullName.slice(namespace.length) : fullName
  return { name, qualified, key: predicate === undefined ? null : readPredicate(predicate) }
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw refuse('Bad Request - Error in query syntax.')
  }
}

function notFound(segment: string): ODataProblem {
  const message = `Resource not found for the segment '${segment}'.`
  return new ODataProblem({ kind: 'error', status: 404, code: '0x8006088a', message })
}

function readPredicate(text: string): KeyPredicate | null {
  const tokens = readTokens(text)
  tokens.need('(')
  if (tokens.take(')')) return ended(tokens, null, text)
  const first = tokens.peek()
  const key = first.kind === 'guid' ? { id: tokens.next().text.toLowerCase() } : { alternate: readNamed(tokens, text) }
  tokens.need(')')
  return ended(tokens, key, text)
}

function ended<T>(tokens: Tokens, value: T, text: string): T {
  if (tokens.peek().kind !== 'end') throw syntaxError(tokens.peek().at, text)
  return value
}

function readNamed(tokens: Tokens, text: string): Record<string, KeyValue> {
  const values = new Map<string, KeyValue>()
  do {
    const name = tokens.next()
    if (name.kind !== 'word' || values.has(name.text)) throw syntaxError(name.at, text)
    tokens.need('=')
    values.set(name.text, readValue(tokens.next(), text))
  } while (tokens.take(','))
  return Object.fromEntries(values)
}

/** No parameter aliases: Dataverse takes none in a key. */
function readValue(token: Token, text: string): KeyValue {
  if (token.kind === 'string') return token.text
  if (token.kind === 'guid') return token.text.toLowerCase()
  if (token.kind === 'number') return Number.parseFloat(token.text)
  if (token.kind === 'word' && token.text === 'null') return null
  if (token.kind === 'word' && (token.text === 'true' || token.text === 'false')) return token.text === 'true'
  throw syntaxError(token.at, text)
}
