import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, type YAMLError } from 'yaml'
import { type Interpolated, interpolate, type Surroundings } from './interpolate.ts'
import { formatPath, type Path, type Problem } from './problem.ts'

/** A YAML file as plain data with every key's place, before anything was checked against a schema. */
export interface YamlSource {
  /** Undefined when the file is no YAML mapping at all. */
  readonly value: Readonly<Record<string, unknown>> | undefined
  readonly problems: readonly Problem[]
  /** Paths whose `${…}` could not be put in: already reported, so what a schema says about them is noise. */
  readonly unresolved: ReadonlySet<string>
  /** Paths whose text came from a `${…}`: a number or boolean may be written in it. */
  readonly interpolated: ReadonlySet<string>
  /** A problem at `path`, or at the nearest ancestor that is written in the file. */
  problemAt(path: Path, message: string): Problem
}

interface Place {
  readonly line: number
  readonly column: number
}

/** More aliases inside aliases than this is an attack or a mistake, not a configuration. */
const MostNodes = 5_000

/**
 * Reads one YAML 1.2 mapping. We walk the syntax tree ourselves instead of calling `toJS()`: it keeps each key's line, and a key written without
 * a value (all its entries commented out) counts as not written.
 */
export function readYaml(file: string, text: string, surroundings: Surroundings): YamlSource {
  const lines = new LineCounter()
  // prettyErrors would quote the line, and the line may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const problems: Problem[] = []
  const places = new Map<string, Place>()
  const unresolved = new Set<string>()
  const interpolated = new Set<string>()
  let nodes = 0

  function placeOf(offset: number): Place {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  function problemAt(path: Path, message: string): Problem {
    let place: Place | undefined
    for (let length = path.length; length >= 0 && place === undefined; length--)
      place = places.get(formatPath(path.slice(0, length)))
    return { file, line: place?.line ?? 1, column: place?.column ?? 1, key: formatPath(path), message }
  }

  /** A file that begins with `%YAML 1.1` has dates where others have text: here all have text. */
  function read(node: ParsedNode | null, path: Path): unknown {
    if (++nodes > MostNodes) return undefined
    if (node === null) return null
    if (isAlias(node)) {
      const target = node.resolve(document)
      const cyclic = target?.range && node.range && target.range[2] > node.range[0]
      if (target && !cyclic) return read(target as ParsedNode, path)
      problems.push(
        problemAt(path, `there is no &${node.source} before this *${node.source}; quote the value if the * belongs to it`),
      )
      return undefined
    }
    if (isMap(node)) return readMap(node.items, path)
    if (isSeq(node)) return node.items.map((item, index) => readItem(item as ParsedNode, [...path, index]))
    if (isScalar(node) && node.value instanceof Date) return node.source
    return isScalar(node) && typeof node.value === 'string' ? readText(node.value, path) : node.value
  }

  function readItem(item: ParsedNode, path: Path): unknown {
    places.set(formatPath(path), placeOf(item.range[0]))
    return read(item, path)
  }

  function readMap(items: readonly { key: unknown; value: unknown }[], path: Path): Record<string, unknown> {
    const entries: [string, unknown][] = []
    for (const { key, value } of items) {
      const keyNode = key as ParsedNode
      if (!isScalar(keyNode)) {
        unresolved.add(formatPath(path))
        problems.push({
          ...problemAt(path, 'a key must be plain text; quote a value that begins with { or ['),
          ...placeOf(keyNode.range[0]),
        })
        continue
      }
      const here = [...path, String(keyNode.value)]
      places.set(formatPath(here), placeOf(keyNode.range[0]))
      const valueNode = value as ParsedNode | null
      if (valueNode === null || (isScalar(valueNode) && valueNode.value === null && valueNode.source === '')) continue
      entries.push([String(keyNode.value), read(valueNode, here)])
    }
    return Object.fromEntries(entries)
  }

  function readText(written: string, path: Path): string | undefined {
    const result: Interpolated = interpolate(written, surroundings)
    if (!result.ok) {
      problems.push(problemAt(path, result.message))
      unresolved.add(formatPath(path))
      return undefined
    }
    if (result.replaced) interpolated.add(formatPath(path))
    return result.text
  }

  const [syntaxError] = document.errors
  if (syntaxError !== undefined) {
    // Only the first: the parser's later errors are mostly consequences of it.
    problems.push({ file, ...placeOf(syntaxError.pos[0]), key: '', message: syntaxMessage(syntaxError, text) })
    return { value: undefined, problems, unresolved, interpolated, problemAt }
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    problems.push({
      file,
      line: 1,
      column: 1,
      key: '',
      message: 'the file is empty; a documented one is in the repository under config/',
    })
    return { value: undefined, problems, unresolved, interpolated, problemAt }
  }
  if (!isMap(document.contents)) {
    problems.push({ file, ...placeOf(document.contents.range[0]), key: '', message: 'the file must hold `key: value` lines' })
    return { value: undefined, problems, unresolved, interpolated, problemAt }
  }
  const value = readMap(document.contents.items, [])
  if (nodes > MostNodes) {
    problems.push(problemAt([], 'the file repeats itself through aliases (*name) too often; write it out'))
    return { value: undefined, problems, unresolved, interpolated, problemAt }
  }
  return { value, problems, unresolved, interpolated, problemAt }
}

/** The parser's own messages may quote the offending text, so we say it in our words. */
function syntaxMessage(error: YAMLError, text: string): string {
  const lineStart = text.lastIndexOf('\n', error.pos[0] - 1) + 1
  const lineEnd = text.indexOf('\n', error.pos[0])
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd)
  const sentence =
    SyntaxSentences[error.code] ?? 'this is no valid YAML; look at the indentation and quotes here and in the line above'
  return line.includes('${')
    ? `${sentence} (a \${…} inside [ ] or { }, or with ": " or " #" in it, must stand in quotes)`
    : sentence
}

const SyntaxSentences: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML does not allow tabs as indentation; use spaces',
  DUPLICATE_KEY: 'this key is written twice in the same mapping; keep one of them',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a value may not begin with this character; put it in quotes',
  BAD_DQ_ESCAPE: 'a backslash in double quotes must begin a known escape; use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line; put the value in quotes',
  MULTIPLE_DOCS: 'the file holds several documents (---); only one is allowed',
  MULTILINE_IMPLICIT_KEY: 'a line without a colon; every line must be `key: value` or `- item`',
  MISSING_CHAR: 'a quote, comma, colon or bracket is missing here or in the line above',
  UNEXPECTED_TOKEN: 'something stands here that YAML does not expect; is a quote or bracket missing?',
}
