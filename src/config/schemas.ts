import { z } from 'zod'
import { leadSchema } from '../core/index.ts'
import { crmFile } from './crm-settings.ts'
import { LeadsyncFile } from './leadsync-file.ts'
import type { ConnectorRegistry } from './load.ts'

export type SchemaName = 'lead' | 'leadsync' | 'crm'
export type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schemas of the lead contract and of both kinds of configuration file, as committed in `config/schema/NAME.schema.json`. */
export function configSchemas(connectors: ConnectorRegistry): Readonly<Record<SchemaName, JsonSchema>> {
  const kinds = Object.entries(connectors).map(([key, module]) => crmFile(key, module))
  return {
    lead: leadSchema(),
    leadsync: forEditors('leadsync.yaml', z.toJSONSchema(LeadsyncFile, { io: 'input', unrepresentable: 'any' })),
    crm: forEditors('crm/NAME.yaml', z.toJSONSchema(z.union(kinds), { io: 'input', unrepresentable: 'any' })),
  }
}

/** The text of a schema file: what is committed, byte for byte. */
export function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

const FromEnvironment = { type: 'string', pattern: '\\$\\{' }

/** An editor checks the file as it is written, where a port may still be the text `${PORT:-8080}`: so every narrow value may also be such a text. */
function forEditors(title: string, schema: JsonSchema): JsonSchema {
  const { $schema, ...rest } = schema
  return { $schema, title, ...(widen(rest) as JsonSchema), $defs: { fromEnvironment: FromEnvironment } }
}

function widen(node: unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => widen(each))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, Verbatim.has(key) ? value : widen(value)])
  const widened: Record<string, unknown> = Object.fromEntries(entries)
  if (!isNarrow(widened)) return widened
  const { description, default: fallback, ...narrow } = widened
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [narrow, { $ref: '#/$defs/fromEnvironment' }],
  }
}

/** Their values are data or apply to keys, which are never interpolated. */
const Verbatim = new Set(['default', 'enum', 'const', 'required', 'propertyNames'])

function isNarrow(node: Readonly<Record<string, unknown>>): boolean {
  if ('const' in node) return false
  if (node.type === 'number' || node.type === 'integer' || node.type === 'boolean') return true
  return node.type === 'string' && ['enum', 'pattern', 'format', 'allOf'].some((key) => key in node)
}
