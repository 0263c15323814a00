import { DeliveryError, type Judged } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import { protocolError, type Refusal, sentence } from '../errors.ts'
import type { Org } from '../org/org.ts'
import { IdColumns } from '../org/table.ts'
import { idAny, isGuid } from '../requests/odata.ts'
import type { Operation, Reply } from '../requests/operation.ts'
import { Page, type WireRecord } from '../wire.ts'

export type ActivitySet = 'tasks' | 'annotations'

export interface ActivityContext {
  readonly api: Api
  readonly crm: string
  readonly org: Org
  readonly now: () => number
  readonly signal: AbortSignal
}

const IdColumnsOfSets = { tasks: IdColumns.task, annotations: 'annotationid' } as const

/** So that a filter stays far below what a URL may have, and one that goes wrong takes few with it. */
const PerQuery = 100

/**
 * Reads tasks or notes by id; what is not there has no entry. By filter and not by address: one that the application user may not see is
 * then absent, instead of a refusal that would stop the whole CRM for a task that somebody handed on.
 */
export async function readActivities(
  set: ActivitySet,
  ids: readonly string[],
  columns: readonly string[],
  context: ActivityContext,
): Promise<ReadonlyMap<string, Judged<WireRecord>>> {
  const read = new Map<string, Judged<WireRecord>>()
  const chunks = chunksOf(ids)
  if (chunks.length === 0) return read
  const replies = await context.api.all(
    chunks.map((chunk) => query(set, chunk, columns)),
    context.signal,
  )
  for (const [index, chunk] of chunks.entries()) {
    const page = pageOf(replies[index], context)
    if (page instanceof DeliveryError) for (const id of chunk) read.set(id, page)
    else for (const record of page) read.set(String(record[IdColumnsOfSets[set]]).toLowerCase(), record)
  }
  return read
}

/**
 * For a column or lookup that was there when the environment was last described: it is described again, and the call made again. Null
 * where that was done a moment ago: then the refusal itself is the answer.
 */
export function changedTable({ code, error }: Refusal, { org, crm, now }: ActivityContext): DeliveryError | null {
  if (code !== '0x80048d19') return null
  org.doubt(now())
  if (org.staleAt > now()) return null
  const say =
    "a column of a task or note is not there, or not writable, any more. Leadsync looks at the environment's tables again, then tries again."
  return new DeliveryError('conflict', sentence(crm, say), error.status === undefined ? {} : { status: error.status })
}

function query(set: ActivitySet, ids: readonly string[], columns: readonly string[]): Operation {
  const idColumn = IdColumnsOfSets[set]
  return { method: 'GET', path: `${set}?$select=${[idColumn, ...columns].join(',')}&$filter=${idAny(idColumn, ids)}` }
}

function pageOf(reply: Reply | undefined, context: ActivityContext): readonly WireRecord[] | DeliveryError {
  if (reply?.kind === 'refused') return changedTable(reply, context) ?? reply.error
  const page = Page.safeParse(reply?.body).data
  // Who is absent from a part of the list may stand in the rest.
  if (page && !page['@odata.nextLink']) return page.value
  return protocolError(context.crm, 'its list of tasks could not be read. Please report it.', reply?.status)
}

function chunksOf(ids: readonly string[]): (readonly string[])[] {
  const distinct = [...new Set(ids.filter(isGuid).map((id) => id.toLowerCase()))]
  const chunks: (readonly string[])[] = []
  for (let from = 0; from < distinct.length; from += PerQuery) chunks.push(distinct.slice(from, from + PerQuery))
  return chunks
}
