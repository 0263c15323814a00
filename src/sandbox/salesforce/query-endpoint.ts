import type { ApiAnswer } from '../exchange.ts'
import { json, Refusal } from './answers.ts'
import type { QueryPage } from './cursors.ts'
import type { Call, Instance } from './instance.ts'
import { query } from './soql/query.ts'

const longestSoql = 100_000
const largestPage = 2000
const smallestPage = 200

/** `GET /query?q=`, `GET /queryAll?q=` (deleted records, too) and the further pages of both. */
export function answerQuery(instance: Instance, call: Call): ApiAnswer {
  const [resource, locator] = call.rest
  if (locator !== undefined) return json(200, furtherPage(instance, call, locator))
  const soql = call.request.query.get('q')
  if (soql === null)
    throw new Refusal({ status: 400, errorCode: 'MALFORMED_QUERY', message: 'A query string has to be specified' })
  if (soql.length > longestSoql) {
    const message = `SOQL statements cannot be longer than ${longestSoql} characters.`
    throw new Refusal({ status: 400, errorCode: 'MALFORMED_QUERY', message })
  }
  const answer = query(soql, instance.org, { includeDeleted: resource === 'queryAll' })
  if (answer.kind === 'error') throw new Refusal({ status: 400, errorCode: answer.errorCode, message: answer.message })
  if (answer.count !== null) return json(200, { totalSize: answer.count, done: true, records: [] })
  return json(200, shown(call, instance.cursors.open(answer.rows, pageSize(call))))
}

function furtherPage(instance: Instance, call: Call, locator: string): object {
  const page = instance.cursors.page(locator)
  if (page === null) throw new Refusal({ status: 400, errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' })
  return shown(call, page)
}

/** Pages of queryAll are fetched from `query`, too. */
function shown(call: Call, { totalSize, rows, next }: QueryPage): object {
  const more = next === null ? {} : { nextRecordsUrl: `${call.base}/query/${next}` }
  return { totalSize, done: next === null, ...more, records: rows }
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_queryoptions.htm */
function pageSize(call: Call): number {
  const wanted = /batchSize=(\d+)/i.exec(String(call.request.headers['sforce-query-options'] ?? ''))?.[1]
  return Math.min(largestPage, Math.max(smallestPage, Number(wanted ?? largestPage)))
}
