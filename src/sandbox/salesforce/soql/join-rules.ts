import type { Column } from './column.ts'
import { malformed } from './problem.ts'
import type { Scope } from './scope.ts'
import type { Condition, JoinCondition } from './syntax.ts'

/** "No more than two IN or NOT IN statements per WHERE clause": SOQL reference, Comparison Operators. */
const mostJoins = 2

/** The same page: objects that a subquery cannot read. */
const unsupported = new Set(['ActivityHistory', 'Attachment', 'Event', 'EventAttendee', 'Note', 'OpenActivity', 'Task'])

/** Throws MALFORMED_QUERY where a subquery stands below OR or NOT, or where there are more than two. */
export function checkPlacesOfJoins(where: Condition): void {
  const joins = joinsAtTop(where)
  if (joins.length > mostJoins)
    throw malformed(`Maximum ${mostJoins} semi join sub-selects are allowed`, joins[mostJoins]?.path.at ?? null)
  for (const join of joinsBelow(where)) {
    if (!joins.includes(join))
      throw malformed('Semi join sub-selects are only allowed at the top level WHERE expressions.', join.path.at)
    const [nested] = join.source.where === null ? [] : joinsBelow(join.source.where)
    if (nested !== undefined) throw malformed('Nesting of semi join sub-selects is not supported', nested.path.at)
  }
}

function joinsAtTop(condition: Condition): JoinCondition[] {
  if (condition.kind === 'join') return [condition]
  return condition.kind === 'and' ? condition.parts.flatMap(joinsAtTop) : []
}

function joinsBelow(condition: Condition): JoinCondition[] {
  switch (condition.kind) {
    case 'join':
      return [condition]
    case 'and':
    case 'or':
      return condition.parts.flatMap(joinsBelow)
    case 'not':
      return joinsBelow(condition.part)
    default:
      return []
  }
}

/** Throws MALFORMED_QUERY unless both sides are ids of the same object, and of another object than the query's. */
export function checkJoin(join: JoinCondition, outer: Column, inner: Column, scope: Scope, innerScope: Scope): void {
  const innerName = innerScope.object.name
  if (unsupported.has(innerName)) {
    throw malformed(`Entity '${innerName}' is not supported for semi join inner selects`, join.source.objectAt)
  }
  if (innerName === scope.object.name) {
    throw malformed('The inner and outer selects should not be on the same object type', join.source.objectAt)
  }
  const names = join.path.names.join('.')
  const outerTargets = targetsOf(outer, scope)
  if (outerTargets.length === 0) {
    throw malformed(
      `The left operand field in the where expression for outer query should be an id field, cannot use: '${names}'`,
      join.path.at,
    )
  }
  if (targetsOf(inner, innerScope).some((target) => outerTargets.includes(target))) return
  throw malformed(
    `The selected field '${join.selected.names.join('.')}' in the subquery and the left operand field in the where expression in the outer query '${names}' should point to the same object type`,
    join.path.at,
  )
}

/** Which objects a column holds ids of; none when it is reached through a relationship, which Salesforce refuses here. */
function targetsOf({ field, steps }: Column, scope: Scope): readonly string[] {
  if (steps.length > 0) return []
  return field.type === 'id' ? [scope.object.name] : field.referenceTo
}
