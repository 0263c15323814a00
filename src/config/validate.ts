import type { z } from 'zod'
import { formatPath, type Path, type Problem } from './problem.ts'
import { descriptionAt, enumAt, keysAt } from './schema-outline.ts'
import { didYouMean, suggestion } from './suggest.ts'
import type { YamlSource } from './yaml-source.ts'

type Issue = z.core.$ZodIssue

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Checks a file's data against a schema. Text that came from a `${…}` is read as the number or boolean that the schema asks for at that place
 * (an environment holds only text); text that somebody quoted in the file stays text.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  source: YamlSource,
  value: unknown = source.value,
): Validated<z.output<S>> {
  const first = schema.safeParse(value)
  if (first.success) return { ok: true, value: first.data }
  const converted = convert(value, first.error.issues, source)
  const result = schema.safeParse(converted)
  if (result.success) return { ok: true, value: result.data }
  const problems: Problem[] = []
  for (const issue of result.error.issues.flatMap((each) => unwrapUnion(each))) {
    if (concernsUnresolved(issue.path, source)) continue
    problems.push(...describe(issue, schema, converted, source))
  }
  return { ok: false, problems }
}

/** A copy of `value` in which interpolated text is a number or boolean wherever an issue says that one was expected. */
function convert(value: unknown, issues: readonly Issue[], source: YamlSource): unknown {
  const converted = structuredClone(value)
  for (const issue of issues.flatMap((each) => allBranches(each))) {
    if (issue.code !== 'invalid_type' || !source.interpolated.has(formatPath(issue.path))) continue
    const text = valueAt(converted, issue.path)
    const replacement = typeof text === 'string' ? scalar(text.trim(), issue.expected) : undefined
    if (replacement !== undefined) setAt(converted, issue.path, replacement)
  }
  return converted
}

const Booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

function scalar(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean') return Booleans[text.toLowerCase()]
  if (expected !== 'number' && expected !== 'int') return undefined
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}

/** The branch of a union that the writer most likely meant: one that fails inside the value rather than at it. */
function unwrapUnion(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const inside = issue.errors.find(
    (branch) => branch.length > 0 && branch.every((each) => each.path.length > 0 || each.code !== 'invalid_type'),
  )
  if (inside === undefined) return [issue]
  return inside.flatMap((each) => unwrapUnion({ ...each, path: [...issue.path, ...each.path] }))
}

function allBranches(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  return issue.errors.flat().flatMap((each) => allBranches({ ...each, path: [...issue.path, ...each.path] }))
}

function concernsUnresolved(path: Path, source: YamlSource): boolean {
  return path.some((_, index) => source.unresolved.has(formatPath(path.slice(0, index + 1))))
}

function describe(issue: Issue, schema: z.ZodType, value: unknown, source: YamlSource): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.map((key) => source.problemAt([...issue.path, key], `unknown key${suggestion(key, known)}`))
  }
  const actual = valueAt(value, issue.path)
  const description = actual === undefined && ZodWords.test(issue.message) ? descriptionAt(schema, issue.path) : null
  const sentence = sentenceFor(issue, actual, source.interpolated.has(formatPath(issue.path)), enumAt(schema, issue.path))
  return [source.problemAt(issue.path, description === null ? sentence : `${sentence} (${description})`)]
}

function sentenceFor(issue: Issue, actual: unknown, interpolated: boolean, options: readonly string[]): string {
  const missing = actual === undefined ? 'is missing; it ' : ''
  if (!ZodWords.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `${missing}must be ${typeWord(issue.expected)}${typeHint(issue.expected, actual, interpolated)}`
    case 'invalid_value':
      return `${missing}must be ${oneOf(issue.values)}${nearHint(actual, issue.values)}`
    case 'invalid_union':
      return `${missing}must be ${options.length > 0 ? oneOf(options) : unionWords(issue.errors)}${nearHint(actual, options)}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return `must ${sizeVerb(issue.origin)} at most ${issue.maximum}${sizeUnit(issue.origin)}`
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is no valid key'
    case 'invalid_format':
      return `must be a valid ${issue.format}`
    default:
      return 'is not valid here'
  }
}

/** How zod's own sentences begin. A schema that brings a better one is quoted as it is; zod's are replaced, since they speak of types and patterns. */
const ZodWords = /^(Invalid|Too small|Too big|Unrecognized)\b/

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  const { origin, minimum, inclusive } = issue
  if (minimum === 1 && (origin === 'string' || origin === 'array')) return 'must not be empty; leave the key out instead'
  return `must ${sizeVerb(origin)} ${inclusive === false ? 'more than' : 'at least'} ${minimum}${sizeUnit(origin)}`
}

function typeWord(expected: string): string {
  return TypeWords[expected] ?? expected
}

const TypeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (lines that begin with "- ")',
  object: 'a mapping (indented `key: value` lines)',
  record: 'a mapping (indented `key: value` lines)',
  null: 'null',
}

function typeHint(expected: string, actual: unknown, interpolated: boolean): string {
  if (expected === 'string' && (typeof actual === 'number' || typeof actual === 'boolean')) return '; put it in quotes'
  if (typeof actual !== 'string' || (expected !== 'number' && expected !== 'int' && expected !== 'boolean')) return ''
  if (interpolated) return `; what its \${…} stands for is something else`
  return '; write it without quotes'
}

function nearHint(actual: unknown, options: readonly unknown[]): string {
  if (typeof actual !== 'string') return ''
  return didYouMean(
    actual,
    options.filter((option) => typeof option === 'string'),
  )
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => (value === '' ? 'empty' : String(value)))
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`
}

function sizeVerb(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'be' : 'have'
}

function sizeUnit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function unionWords(branches: readonly (readonly Issue[])[]): string {
  const words = new Set<string>()
  for (const issue of branches.flat()) {
    if (issue.code === 'invalid_type') words.add(typeWord(issue.expected))
  }
  return words.size === 0 ? 'something else' : [...words].join(' or ')
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined
    current = (current as Record<PropertyKey, unknown>)[step]
  }
  return current
}

function setAt(value: unknown, path: Path, replacement: unknown): void {
  const parent = valueAt(value, path.slice(0, -1))
  const last = path.at(-1)
  if (typeof parent !== 'object' || parent === null || last === undefined) return
  Object.defineProperty(parent, last, { value: replacement, writable: true, enumerable: true, configurable: true })
}
