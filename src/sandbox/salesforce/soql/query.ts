import { compileWhere } from './filter.ts'
import { compileOrder } from './order.ts'
import type { QueryAnswer, QueryableOrg } from './org.ts'
import { describeProblem, SoqlProblem } from './problem.ts'
import { compileProjection } from './projection.ts'
import { parseQuery } from './query-parser.ts'
import { openScope } from './scope.ts'

export interface QueryOptions {
  /** The difference between /query and /queryAll. */
  readonly includeDeleted: boolean
}

/** Runs a SOQL query over the org. Never throws for what is wrong with the query: that is an answer, too. */
export function query(soql: string, org: QueryableOrg, options: QueryOptions): QueryAnswer {
  try {
    return answer(soql, org, options)
  } catch (error) {
    if (!(error instanceof SoqlProblem)) throw error
    return { kind: 'error', errorCode: error.errorCode, message: describeProblem(error, soql) }
  }
}

function answer(soql: string, org: QueryableOrg, { includeDeleted }: QueryOptions): QueryAnswer {
  const { select, source, orderBy, limit, offset } = parseQuery(soql)
  const scope = openScope(source, org, includeDeleted)
  const { object } = scope
  const show = select === 'count' ? null : compileProjection(select, scope)
  const isWanted = compileWhere(source.where, scope)
  const compare = compileOrder(orderBy, scope)
  const found = scope.visible().filter(isWanted)
  const hits = found.sort(compare).slice(offset, limit === null ? undefined : offset + limit)
  if (show === null) return { kind: 'rows', object: object.name, rows: [], count: hits.length }
  return { kind: 'rows', object: object.name, rows: hits.map((row) => show({ object, row })), count: null }
}
