import type { FieldPolicy, FieldRule, FieldType, MappingRules } from './field-rule.ts'
import { convert, type Scalar } from './field-type.ts'
import { type LeadScope, pathFault, pathSegments, readPath } from './lead-paths.ts'
import type { FieldValue } from './record.ts'
import { createTemplateEngine, type TemplateEngine } from './template.ts'

/** One checked rule. */
export interface MappingField {
  readonly name: string
  readonly policy: FieldPolicy
  readonly type: FieldType | undefined
  readonly required: boolean
  readonly maxLength: number | undefined
  /** Where the value comes from, as the reasons for dropping one call it. */
  readonly origin: string
  /** What the lead has there, unconverted. Throws when a template fails. */
  read(scope: LeadScope): unknown
  /** Stands for the whole rule: a literal needs no lead. */
  readonly literal: FieldValue | undefined
  readonly fallback: FieldValue | undefined
  readonly values: ValueTable | null
  readonly onUnknown: 'drop' | 'keep' | 'default' | 'park'
  /** It shows the lead's stage, and no lead of an earlier one may turn it back. */
  readonly stage: boolean
}

export interface ValueTable {
  readonly exact: ReadonlyMap<string, FieldValue>
  readonly folded: ReadonlyMap<string, FieldValue>
}

/** Object kind → its fields, in the order of the rules. */
export type Mapping = ReadonlyMap<string, readonly MappingField[]>

/** A rule that can't work. `message` is a sentence without the rule's place: whoever shows it knows file and line. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly object: string
  readonly field: string
  /** The rule's key that is wrong; null when it is the rule as a whole. */
  readonly key: keyof FieldRule | null

  constructor(object: string, field: string, key: keyof FieldRule | null, message: string) {
    super(message)
    this.object = object
    this.field = field
    this.key = key
  }
}

type Refuse = (key: keyof FieldRule | null, message: string) => MappingError

/** Checks every rule and makes it ready to run; throws a `MappingError` for the first that can't work. */
export function compileMapping(rules: MappingRules): Mapping {
  const engine = createTemplateEngine()
  const mapping = new Map<string, readonly MappingField[]>()
  for (const [object, fields] of Object.entries(rules)) {
    mapping.set(
      object,
      Object.entries(fields).map(([name, rule]) =>
        compileField(name, rule, engine, (key, message) => new MappingError(object, name, key, message)),
      ),
    )
  }
  return mapping
}

function compileField(name: string, rule: FieldRule, engine: TemplateEngine, refuse: Refuse): MappingField {
  checkRule(rule, refuse)
  const type = rule.type ?? impliedType(rule)
  return {
    name,
    policy: rule.policy ?? 'fill-if-empty',
    type,
    required: rule.required ?? false,
    maxLength: rule.maxLength,
    origin: rule.from ?? (rule.template === undefined ? 'the literal' : 'the template'),
    read: reader(rule, engine, refuse),
    literal: constant(rule.value, type, 'value', refuse),
    fallback: constant(rule.default, type, 'default', refuse),
    values: valueTable(rule, type, refuse),
    onUnknown: rule.onUnknown ?? 'drop',
    stage: rule.from === 'stage' && rule.mayGoBack !== true,
  }
}

function checkRule(rule: FieldRule, refuse: Refuse): void {
  const sources = [rule.from, rule.value, rule.template].filter((source) => source !== undefined)
  if (sources.length !== 1)
    throw refuse(null, 'A field needs exactly one of from (a path into the lead), value (a literal) and template (Liquid).')
  if (rule.maxLength !== undefined && !(Number.isInteger(rule.maxLength) && rule.maxLength > 0)) {
    throw refuse('maxLength', 'maxLength counts code points: it is a whole number above 0.')
  }
  if (rule.onUnknown === 'default' && rule.default === undefined) throw refuse('onUnknown', 'onUnknown: default needs a default.')
  if (rule.onUnknown !== undefined && rule.values === undefined)
    throw refuse('onUnknown', 'onUnknown says what to do with what values does not list, but there are no values.')
  if (rule.mayGoBack !== undefined && rule.from !== 'stage')
    throw refuse('mayGoBack', "mayGoBack is about the lead's stage: only a field with from: stage has it.")
}

/** So that a path to a time is compared as a time, and a number in a literal as a number, without being told. */
function impliedType(rule: FieldRule): FieldType | undefined {
  if (rule.values) return undefined
  if (rule.from === 'occurredAt' || rule.from === 'receivedAt') return 'datetime'
  if (rule.from === 'score') return 'number'
  const kind = typeof rule.value
  return kind === 'number' || kind === 'boolean' ? kind : undefined
}

function reader(rule: FieldRule, engine: TemplateEngine, refuse: Refuse): MappingField['read'] {
  if (rule.template !== undefined) return templateReader(rule.template, engine, refuse)
  const segments = pathSegments(rule.from ?? '')
  const fault = rule.from === undefined ? null : pathFault(segments)
  if (fault) throw refuse('from', fault)
  return (scope) => readPath(scope, segments)
}

function templateReader(source: string, engine: TemplateEngine, refuse: Refuse): MappingField['read'] {
  try {
    const template = engine(source)
    return (scope) => template.render(scope)
  } catch (error) {
    throw refuse('template', error instanceof Error ? error.message : 'The template cannot be read.')
  }
}

function valueTable(rule: FieldRule, type: FieldType | undefined, refuse: Refuse): ValueTable | null {
  if (!rule.values) return null
  const exact = new Map<string, FieldValue>()
  const folded = new Map<string, FieldValue>()
  for (const [said, meant] of Object.entries(rule.values)) {
    const value = constant(meant, type, 'values', refuse) ?? null
    exact.set(said, value)
    if (!folded.has(said.toLowerCase())) folded.set(said.toLowerCase(), value)
  }
  return { exact, folded }
}

function constant(
  value: FieldValue | undefined,
  type: FieldType | undefined,
  key: keyof FieldRule,
  refuse: Refuse,
): FieldValue | undefined {
  if (value === undefined || value === null) return value
  const converted: Scalar | undefined = convert(value, type)
  if (converted === undefined) throw refuse(key, `${JSON.stringify(value)} is not a ${type ?? 'number'}.`)
  if (converted === '') throw refuse(key, 'An empty text writes nothing: leave it out, or write null to clear the field.')
  return converted
}
