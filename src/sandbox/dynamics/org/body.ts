import { type Binding, readBinding, resolveBinding } from './bindings.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { type ColumnDefinition, queryNameOf, targetNameOf } from './column.ts'
import type { Instance } from './instance.ts'
import type { OrgError, OrgRow, RowValues } from './org.ts'
import { isProblem, problem } from './problem.ts'
import { checkValue, readLiteral } from './values.ts'

/** A body after OData's deserializer: every name known, every value of its column's type. */
export interface ParsedBody {
  readonly values: readonly { readonly column: ColumnDefinition; readonly value: unknown }[]
  readonly bindings: readonly Binding[]
}

/** Without a look at any record, as the deserializer works: unknown names and wrong types are 400 0x80048d19. */
export function parseBody(instance: Instance, table: TableDefinition, body: RowValues): ParsedBody | OrgError {
  const values: { column: ColumnDefinition; value: unknown }[] = []
  const bindings: Binding[] = []
  for (const [name, raw] of Object.entries(body)) {
    const at = name.indexOf('@')
    if (at >= 0 && name.slice(at) !== '@odata.bind') continue
    const parsed = at >= 0 ? readBinding(instance, table, name.slice(0, at), raw) : readProperty(instance, table, name, raw)
    if (isProblem(parsed)) return parsed
    if ('navigation' in parsed) bindings.push(parsed)
    else values.push(parsed)
  }
  return { values, bindings }
}

/** The columns that the body sets, under their query names. What the platform computes is left out without a word. */
export function toChanges(
  instance: Instance,
  table: TableDefinition,
  { values, bindings }: ParsedBody,
  creating: boolean,
): { readonly changes: OrgRow } | OrgError {
  const changes: Record<string, unknown> = {}
  for (const { column, value } of values) {
    if (!(creating ? column.validForCreate : column.validForUpdate)) continue
    const verdict = checkSecured(instance, table, column, creating) ?? checkValue(column, table.logicalName, value, instance.say)
    if (isProblem(verdict)) return verdict
    changes[queryNameOf(column)] = verdict.value
  }
  for (const binding of bindings) {
    const { column } = binding.navigation
    if (!(creating ? column.validForCreate : column.validForUpdate)) {
      return problem(400, '0x80040203', instance.say.notWritable(column.logicalName, table.logicalName))
    }
    const target = checkSecured(instance, table, column, creating) ?? resolveBinding(instance, binding)
    if (target !== null && isProblem(target)) return target
    if (target === null && column.type === 'Owner') return problem(400, '0x80040200', instance.say.required(column.logicalName))
    changes[queryNameOf(column)] = target?.id ?? null
    changes[targetNameOf(queryNameOf(column))] = target?.table ?? null
  }
  return { changes }
}

function readProperty(
  instance: Instance,
  table: TableDefinition,
  name: string,
  raw: unknown,
): ParsedBody['values'][number] | OrgError {
  const { schema, say } = instance
  const column = schema.column(table.logicalName, name)
  const isLookup = column?.type === 'Lookup' || column?.type === 'Owner'
  if (column !== undefined && !isLookup) {
    const verdict = readLiteral(column, raw, say)
    return isProblem(verdict) ? verdict : { column, value: verdict.value }
  }
  const named = isLookup || schema.columnByQueryName(table.logicalName, name) !== undefined
  if (named || schema.navigation(table.logicalName, name) !== undefined) {
    return problem(400, '0x80048d19', say.noDirectLookup(name))
  }
  return problem(400, '0x80048d19', say.undeclared(name, table.logicalName))
}

function checkSecured(instance: Instance, table: TableDefinition, column: ColumnDefinition, creating: boolean): OrgError | null {
  if (!instance.rules.securedColumns.has(`${table.logicalName}.${column.logicalName}`)) return null
  // https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes: AttributePrivilegeCreateIsMissing, AttributePermissionUpdateIsMissingDuringUpdate
  const [code, verb] = creating ? (['0x8004F502', 'create'] as const) : (['0x8004F507', 'update'] as const)
  return problem(403, code, instance.say.secured(verb, column.logicalName, table.logicalName))
}
