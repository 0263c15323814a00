import { type ParsedBody, parseBody, toChanges } from './body.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { completeRow, freshRow } from './derived.ts'
import { checkDuplicates } from './duplicates.ts'
import { newGuid } from './guid.ts'
import type { Instance } from './instance.ts'
import { checkUnique, type FoundRow, type KnownKey, missing, readKey } from './keys.ts'
import type { Key, OrgError, OrgRow, RowValues, WriteOptions, WriteResult } from './org.ts'
import { checkPrivilege } from './privileges.ts'
import { failed, isProblem, problem } from './problem.ts'
import { checkClosed, pairStates } from './states.ts'
import { checkValue, readLiteral } from './values.ts'

/** A POST to the entity set. */
export function createRow(instance: Instance, table: TableDefinition, values: RowValues, options: WriteOptions): WriteResult {
  const body = parseBody(instance, table, values)
  if (isProblem(body)) return failed(body)
  return insert(instance, table, body, { id: null, values: {}, found: null }, options)
}

/**
 * A PATCH of one key: updates what is there, creates what isn't, unless the headers say only one of them. The platform's
 * order: the body is read first, then the key, then the headers, then the user's privileges, and the values at last.
 */
export function upsertRow(
  instance: Instance,
  table: TableDefinition,
  key: Key,
  values: RowValues,
  options: WriteOptions,
): WriteResult {
  const body = parseBody(instance, table, values)
  if (isProblem(body)) return failed(body)
  const known = readKey(instance, table, key)
  if (isProblem(known)) return failed(known)
  const refusal = checkHeaders(instance, table, known, options)
  if (refusal !== null) return failed(refusal)
  if (known.found === null) return insert(instance, table, body, known, options)
  return update(instance, table, body, known.found, Object.keys(known.values), options)
}

export function etagOf(row: OrgRow): string {
  return `W/"${String(row.versionnumber)}"`
}

/** `If-Match` of a PATCH or DELETE against what is there. */
export function checkMatch({ say }: Instance, row: OrgRow, ifMatch: string | null): OrgError | null {
  if (ifMatch === null || ifMatch === '*' || ifMatch === etagOf(row)) return null
  return problem(412, '0x80060882', say.versionMismatch())
}

function checkHeaders(instance: Instance, table: TableDefinition, known: KnownKey, options: WriteOptions): OrgError | null {
  const { found } = known
  if (found === null) return options.ifMatch === null ? null : missing(instance, table, known)
  if (options.ifNoneMatch) return problem(412, '0x80040237', instance.say.rowExists())
  return checkMatch(instance, found.row, options.ifMatch)
}

function insert(instance: Instance, table: TableDefinition, body: ParsedBody, key: KnownKey, options: WriteOptions): WriteResult {
  const refusal = checkAllowed(instance, table, body, 'Create', options.userId)
  if (refusal !== null) return failed(refusal)
  const set = toChanges(instance, table, body, true)
  if (isProblem(set)) return failed(set)
  const keyed = readKeyValues(instance, table, key)
  if (isProblem(keyed)) return failed(keyed)
  // A key column in the body wins over the URL's: https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record
  const { [table.primaryId]: chosen, ...given } = { ...keyed.values, ...set.changes }
  const id = key.id ?? (typeof chosen === 'string' ? chosen : newGuid())
  if (instance.store.find(table.logicalName, id) !== undefined)
    return failed(problem(412, '0x80040237', instance.say.rowExists()))
  const paired = pairStates(instance, table, null, given, id)
  if (isProblem(paired)) return failed(paired)
  const fresh = freshRow(instance, table, id, options.userId)
  return commit(instance, table, { id, before: null, changes: paired.changes, merged: { ...fresh, ...paired.changes } }, options)
}

function update(
  instance: Instance,
  table: TableDefinition,
  body: ParsedBody,
  { id, row }: FoundRow,
  keyColumns: readonly string[],
  options: WriteOptions,
): WriteResult {
  const refusal = checkAllowed(instance, table, body, 'Write', options.userId)
  if (refusal !== null) return failed(refusal)
  const set = toChanges(instance, table, body, false)
  if (isProblem(set)) return failed(set)
  const given = Object.fromEntries(Object.entries(set.changes).filter(([name]) => !keyColumns.includes(name)))
  const closed = checkClosed(instance, table, row, given, id)
  if (closed !== null) return failed(closed)
  const paired = pairStates(instance, table, row, given, id)
  if (isProblem(paired)) return failed(paired)
  return commit(instance, table, { id, before: row, changes: paired.changes, merged: { ...row, ...paired.changes } }, options)
}

/** The key's values as a new row takes them: a key longer than its column is refused here, not when it is looked up. */
function readKeyValues(instance: Instance, table: TableDefinition, { values }: KnownKey): { readonly values: OrgRow } | OrgError {
  const kept: Record<string, unknown> = {}
  for (const [name, raw] of Object.entries(values)) {
    const column = instance.schema.columnByQueryName(table.logicalName, name)
    if (column === undefined) continue
    const literal = readLiteral(column, raw, instance.say)
    const verdict = isProblem(literal) ? literal : checkValue(column, table.logicalName, literal.value, instance.say)
    if (isProblem(verdict)) return verdict
    kept[name] = verdict.value
  }
  return { values: kept }
}

interface Plan {
  readonly id: string
  readonly before: OrgRow | null
  readonly changes: OrgRow
  readonly merged: OrgRow
}

function commit(instance: Instance, table: TableDefinition, plan: Plan, options: WriteOptions): WriteResult {
  const { id, before, changes, merged } = plan
  const refusal =
    checkPlugIn(instance, table, merged) ??
    (options.detectDuplicates ? checkDuplicates(instance, table, id, changes) : null) ??
    checkUnique(instance, table, id, merged)
  if (refusal !== null) return failed(refusal)
  const fault = instance.faults.take(table.logicalName, merged)
  if (fault !== null && !fault.commit) return failed(fault.error)
  instance.store.put(table.logicalName, id, completeRow(instance, table, merged, before, options.userId))
  if (fault !== null) return failed(fault.error)
  return { kind: before === null ? 'created' : 'updated', id }
}

function checkAllowed(
  instance: Instance,
  table: TableDefinition,
  body: ParsedBody,
  verb: 'Create' | 'Write',
  userId: string,
): OrgError | null {
  const own = checkWritable(instance, table, verb, userId) ?? checkPrivilege(instance, table, verb, userId)
  if (own !== null) return own
  for (const { navigation, target } of body.bindings) {
    if (target === null) continue
    const isOwner = navigation.column.type === 'Owner'
    // Assigning is Assign on the row; any other reference is Append on it and AppendTo on what it points to.
    const refusal = isOwner
      ? checkPrivilege(instance, table, 'Assign', userId)
      : (checkPrivilege(instance, table, 'Append', userId) ?? checkPrivilege(instance, target.table, 'AppendTo', userId))
    if (refusal !== null) return refusal
  }
  return null
}

function checkWritable({ say }: Instance, table: TableDefinition, verb: string, userId: string): OrgError | null {
  if (table.writable) return null
  return problem(403, '0x80040220', say.missingPrivilege(userId, `prv${verb}${table.privilege}`, table.logicalName))
}

function checkPlugIn({ rules, say }: Instance, table: TableDefinition, merged: OrgRow): OrgError | null {
  const rule = rules.plugIn
  if (rule === null || rule.table !== table.logicalName || merged[rule.column] !== rule.forbidden) return null
  return problem(400, '0x80040265', say.plugIn())
}
