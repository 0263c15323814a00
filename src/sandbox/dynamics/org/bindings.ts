import type { TableDefinition } from './catalog/table-definition.ts'
import { isGuid } from './guid.ts'
import type { Instance } from './instance.ts'
import { findByKey } from './keys.ts'
import type { Key, OrgError } from './org.ts'
import { isProblem, problem } from './problem.ts'
import type { Navigation } from './schema.ts'

/** `name@odata.bind` as it was written, its names checked, its record not yet looked for. */
export interface Binding {
  readonly navigation: Navigation
  /** Null clears the lookup. */
  readonly target: { readonly table: TableDefinition; readonly key: Key } | null
}

// `/leads(…)`, `leads(…)`, or the record's whole URL.
const referencePattern = /^(?:(?:https?:\/\/[^/]+)?\/api\/data\/v\d+\.\d+)?\/?(\w+)\(([^()]*)\)$/
const keyPartPattern = /^(\w+)=(?:'((?:[^']|'')*)'|([\w.-]+))$/

/** Reads one `@odata.bind`. A navigation name in another case is an unknown one. */
export function readBinding(instance: Instance, table: TableDefinition, name: string, raw: unknown): Binding | OrgError {
  const { schema, say } = instance
  const navigation = schema.navigation(table.logicalName, name)
  if (navigation === undefined) return problem(400, '0x80048d19', say.undeclaredBind(name))
  if (raw === null) return { navigation, target: null }
  const [, entitySet = '', inside = ''] = typeof raw === 'string' ? (referencePattern.exec(raw) ?? []) : []
  const target = schema.bySet(entitySet)
  if (target === undefined) return problem(400, '0x80060888', say.unknownSegment(entitySet === '' ? String(raw) : entitySet))
  const key = readKey(inside)
  if (key === null) return problem(400, '0x80060888', say.unknownKey(target.logicalName))
  if (!navigation.tables.includes(target.logicalName)) {
    return problem(400, '0x80048d19', say.wrongTarget(name, target.logicalName))
  }
  return { navigation, target: { table: target, key } }
}

/** The bound record's id. Missing: 404 0x80040217; a disabled user can own nothing. */
export function resolveBinding(
  instance: Instance,
  { navigation, target }: Binding,
): { readonly id: string; readonly table: string } | OrgError | null {
  if (target === null) return null
  const found = findByKey(instance, target.table, target.key)
  if (isProblem(found)) return found
  if (navigation.column.type === 'Owner' && found.row.isdisabled === true) {
    return problem(400, '0x80040225', instance.say.inactiveOwner(found.id))
  }
  return { id: found.id, table: target.table.logicalName }
}

function readKey(inside: string): Key | null {
  if (isGuid(inside)) return { id: inside }
  const parts: [string, string][] = []
  for (const part of inside.split(',')) {
    const [, name, quoted, bare] = keyPartPattern.exec(part.trim()) ?? []
    if (name === undefined) return null
    parts.push([name, quoted?.replaceAll("''", "'") ?? bare ?? ''])
  }
  return { alternate: Object.fromEntries(parts) }
}
