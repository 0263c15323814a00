import type { TableDefinition } from './catalog/table-definition.ts'
import type { Instance } from './instance.ts'
import type { OrgError, OrgRow } from './org.ts'
import { problem } from './problem.ts'

/**
 * Keeps `statecode` and `statuscode` a pair: a state alone gets its first reason, a reason of another state is 400 0x80048408.
 * `before` is null for a new row, which is in state 0.
 */
export function pairStates(
  { schema, say }: Instance,
  table: TableDefinition,
  before: OrgRow | null,
  changes: OrgRow,
  id: string,
): { readonly changes: OrgRow } | OrgError {
  const reasons = schema.column(table.logicalName, 'statuscode')?.options ?? []
  if (reasons.length === 0 || !('statecode' in changes || 'statuscode' in changes)) return { changes }
  const state = changes.statecode ?? before?.statecode ?? 0
  const moved = before !== null && state !== before.statecode
  const known = changes.statuscode ?? (moved ? null : before?.statuscode) ?? null
  const first = reasons.find((reason) => reason.state === state)
  const reason = known === null ? first : reasons.find((one) => one.value === known && one.state === state)
  if (reason === undefined) {
    const label = schema.column(table.logicalName, 'statecode')?.options.find((one) => one.value === state)?.label
    const text = say.badStatus(known, `${table.schemaName}State.${label ?? String(state)}`, table.logicalName, id)
    return problem(400, '0x80048408', text)
  }
  return { changes: { ...changes, statecode: state, statuscode: reason.value } }
}

/**
 * A completed or cancelled task is read-only, and a closed lead where the org says so; who sets the state back may write.
 * Whether Dataverse refuses a write of a closed lead isn't settled: its table reference says so, practitioners report that it takes it.
 */
export function checkClosed(
  { rules, say }: Instance,
  table: TableDefinition,
  before: OrgRow,
  changes: OrgRow,
  id: string,
): OrgError | null {
  const guarded = table.logicalName === 'task' || (table.logicalName === 'lead' && rules.closedLeads === 'reject')
  const closed = (before.statecode ?? 0) !== 0
  if (!guarded || !closed || changes.statecode === 0) return null
  return problem(400, '0x80040230', say.inactive(table.logicalName, id))
}
