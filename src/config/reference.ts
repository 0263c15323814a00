import { parse } from 'yaml'
import { z } from 'zod'
import { crmFile } from './crm-settings.ts'
import { LeadsyncFile } from './leadsync-file.ts'
import type { ConnectorRegistry } from './load.ts'
import type { Outline } from './schema-outline.ts'

/** A configuration file that is shipped: which environment variables there are stands only there. */
export interface ShippedFile {
  readonly name: string
  readonly text: string
}

/** `docs/configuration.md`, byte for byte: every key of both kinds of file, and every variable that the shipped ones read. */
export function configurationReference(connectors: ConnectorRegistry, shipped: readonly ShippedFile[]): string {
  const kinds = Object.entries(connectors).map(([connector, module]) => [
    `## config/crm/NAME.yaml, connector: ${connector}`,
    'One file for each CRM; its name is the CRM’s name. A mistake in it stops this CRM only.',
    keyTable(crmFile(connector, module)),
  ])
  const parts = [Intro, '## Environment', Environment, variableTable(shipped)]
  const ownFile = ['## config/leadsync.yaml', 'Leadsync itself. With a mistake in it nothing starts.', keyTable(LeadsyncFile)]
  return `${[...parts, ...ownFile, ...kinds.flat()].join('\n\n')}\n`
}

const Intro = `# Configuration

<!-- Written by npm run schema: change the schemas in src/config, not this file. -->

Two kinds of YAML files in \`config/\` (another folder: \`--config DIR\`). Unknown keys are errors. \`npx leadsync check\` tells every mistake with file,
line and key; what has no default and is not said to be optional must be there.`

const Environment = `A value may hold \`\${NAME}\`, \`\${NAME:-default}\` (when NAME is unset or empty) or \`\${file:PATH}\` (relative to the configuration's
folder); \`$\${\` is a literal \`\${\`. Where \`NAME_FILE\` is set instead of \`NAME\`, the text of that file is taken: so containers get their secrets.
Which variables there are is for the files to say. The shipped ones read:`

function variableTable(shipped: readonly ShippedFile[]): string {
  const rows = shipped.flatMap(({ name, text }) =>
    placeholders(parse(text), '').map(({ variable, fallback, key }) => [
      code(variable),
      fallback === undefined ? 'must be set' : code(fallback),
      `${code(key)} in ${name}`,
    ]),
  )
  return table(['variable', 'default', 'is'], rows)
}

interface Placeholder {
  readonly variable: string
  readonly fallback: string | undefined
  readonly key: string
}

function placeholders(node: unknown, key: string): readonly Placeholder[] {
  if (typeof node === 'string') {
    return [...node.matchAll(/\$\{([A-Z_]+)(?::-([^}]*))?\}/g)].map(([, variable = '', fallback]) => ({
      variable,
      fallback,
      key,
    }))
  }
  if (Array.isArray(node)) return node.flatMap((each, index) => placeholders(each, `${key}[${index}]`))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, each]) => placeholders(each, key === '' ? name : `${key}.${name}`))
}

function keyTable(schema: z.ZodType): string {
  const outline = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Outline
  return table(['key', 'value', 'default', 'what it is'], keysOf(outline, '').map(rowOf))
}

interface Key {
  readonly path: string
  readonly outline: Outline
  readonly required: boolean
}

function keysOf(outline: Outline, prefix: string): readonly Key[] {
  const { properties = {}, required = [], additionalProperties, items, anyOf = [] } = outline
  const own = Object.entries(properties).filter(([name]) => name !== '$schema')
  const named = own.flatMap(([name, each]) =>
    withInner({ path: `${prefix}${name}`, outline: each, required: required.includes(name) }),
  )
  const free = typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${prefix}FIELD.`) : []
  const inside = items === undefined ? [] : keysOf(items, `${prefix.slice(0, -1)}[].`)
  return [...named, ...free, ...inside, ...anyOf.flatMap((branch) => keysOf(branch, prefix))]
}

function withInner(key: Key): readonly Key[] {
  const inner = keysOf(key.outline, `${key.path}.`)
  // A row that only says that there are keys below, which follow anyway.
  const isMute = inner.length > 0 && key.outline.description === undefined && key.outline.type === 'object'
  return isMute ? inner : [key, ...inner]
}

function rowOf({ path, outline, required }: Key): readonly string[] {
  const standard = defaultWords(outline.default)
  return [code(path), valueWords(outline), standard === '' && required ? 'required' : standard, outline.description ?? '']
}

const LongestDefault = 60

function defaultWords(standard: unknown): string {
  const text = typeof standard === 'string' ? standard : JSON.stringify(standard)
  if (text === undefined || text === '{}') return ''
  return text.length > LongestDefault ? 'as in the shipped file' : code(text)
}

function valueWords(outline: Outline): string {
  if (outline.const !== undefined) return code(String(outline.const))
  if (outline.enum !== undefined) return outline.enum.map((value) => code(String(value))).join(', ')
  if (outline.anyOf !== undefined) return [...new Set(outline.anyOf.map(valueWords))].join(' or ')
  if (typeof outline.type === 'object') return outline.type.map((type) => Words[type] ?? type).join(' or ')
  const word = typeof outline.type === 'string' ? (Words[outline.type] ?? outline.type) : 'anything'
  if (outline.type === 'array') return outline.items === undefined ? word : `list of ${valueWords(outline.items)}`
  return `${word}${rangeWords(outline)}`
}

const Words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'keys',
  null: '`null`',
}

function rangeWords({ minimum, exclusiveMinimum, maximum }: Outline): string {
  const from = minimum ?? exclusiveMinimum
  if (from === undefined) return ''
  // What zod says of any whole number is no limit of ours.
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
  const start = minimum === undefined ? `over ${from}` : to === '' ? `from ${from}` : `${from}`
  return `, ${start}${to}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function code(text: string): string {
  return text === '' ? 'empty' : `\`${text}\``
}
