import type { FieldPath } from './syntax.ts'
import { type Tokens, unexpected } from './tokens.ts'

/** Reads a field with the relationships that lead to it. */
export function parsePath(tokens: Tokens): FieldPath {
  const token = tokens.next()
  if (token.kind !== 'word') throw unexpected(token)
  return { names: token.text.split('.'), at: token.at }
}
