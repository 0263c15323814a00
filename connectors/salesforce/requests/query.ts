import type { DeliveryError } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import { protocolError, type Refusal, rowRefusalOf } from '../errors.ts'
import { CompositeAnswer, QueryPage, type WireRecord } from '../wire.ts'

export interface Soql {
  readonly soql: string
  /** Also what lies in the recycle bin, and archived activities. */
  readonly includeDeleted?: boolean
}

export interface QueryContext {
  readonly api: Api
  readonly crm: string
  readonly signal: AbortSignal
  /** Told of each query that Salesforce refuses, by its place in `queries`: for whom its code makes a difference. */
  readonly onRefusal?: (index: number, refusal: Refusal) => void
}

type Found = readonly WireRecord[] | DeliveryError

/** Salesforce's limit for query subrequests. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite_post.htm */
const QueriesPerRequest = 5
/** A page has up to 2,000 records; nobody has this many for one question, and a cursor that never ends must not hold a delivery for ever. */
const MostPages = 100

/**
 * Asks for records: same length and order as the queries, each all its pages or why there are none; never rejects. By POST, since a GET
 * whose address is over 16 KB is refused.
 */
export async function query(queries: readonly Soql[], context: QueryContext): Promise<Found[]> {
  const found: Found[] = []
  for (let from = 0; from < queries.length; from += QueriesPerRequest) {
    found.push(...(await ask(queries.slice(from, from + QueriesPerRequest), from, context)))
  }
  return found
}

async function ask(queries: readonly Soql[], from: number, context: QueryContext): Promise<Found[]> {
  const { api, signal } = context
  const compositeRequest = queries.map(({ soql, includeDeleted }, index) => ({
    method: 'GET',
    url: api.paths.query(soql, includeDeleted),
    referenceId: referenceOf(index),
  }))
  const reply = await api.send('POST', api.paths.composite, { allOrNone: false, compositeRequest }, signal)
  if (reply.kind === 'refused') return queries.map((_, index) => refused(from + index, reply, context))
  const answer = CompositeAnswer.safeParse(reply.body).data
  if (!answer) return queries.map(() => unreadable(context, reply.status))
  return Promise.all(queries.map((_, index) => allPages(answer, index, from, context)))
}

async function allPages(answer: CompositeAnswer, index: number, from: number, context: QueryContext): Promise<Found> {
  const { crm } = context
  const part = answer.compositeResponse.find(({ referenceId }) => referenceId === referenceOf(index))
  if (!part) return unreadable(context)
  if (part.httpStatusCode > 299) {
    return refused(from + index, rowRefusalOf(part.body, crm, part.httpStatusCode), context)
  }
  const records: WireRecord[] = []
  let page = QueryPage.safeParse(part.body).data
  for (let pages = 1; pages <= MostPages; pages += 1) {
    if (!page) return unreadable(context)
    records.push(...page.records)
    if (page.nextRecordsUrl === null) return page.done ? records : unreadable(context)
    const reply = await context.api.get(page.nextRecordsUrl, context.signal)
    if (reply.kind === 'refused') return refused(from + index, reply, context)
    page = QueryPage.safeParse(reply.body).data
  }
  return protocolError(crm, `a query has more than ${MostPages} pages. Please report it.`)
}

function refused(index: number, refusal: Refusal, { onRefusal }: QueryContext): DeliveryError {
  onRefusal?.(index, refusal)
  return refusal.error
}

function unreadable({ crm }: QueryContext, status?: number): DeliveryError {
  return protocolError(crm, 'its answer to a query could not be read. Please report it.', status)
}

function referenceOf(index: number): string {
  return `q${index}`
}
