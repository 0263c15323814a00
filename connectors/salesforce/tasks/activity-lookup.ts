import { DeliveryError } from '../../../src/core/index.ts'
import type { Suspicion } from '../../kit/doubt.ts'
import type { Marked } from '../../kit/make-once.ts'
import { markersIn } from '../../kit/marks.ts'
import type { Api } from '../api.ts'
import { type Refusal, sentence } from '../errors.ts'
import type { Org } from '../org/org.ts'
import { ownUser } from '../requests/own-user.ts'
import { query, type Soql } from '../requests/query.ts'
import { inList, literal } from '../requests/soql.ts'
import { decode } from '../wire.ts'
import { BatchSize } from '../write/plan.ts'

/** A task, open or completed; its marker stands in its Description, and in the org's field for it where there is one. */
export interface Activity extends Marked {
  /** The Lead or Contact. */
  readonly whoId: string
  readonly fields: Readonly<Record<string, string>>
}

export interface ActivityContext {
  readonly api: Api
  readonly crm: string
  readonly org: Org
  /** The setting; '' or `none` where the org has no such field. */
  readonly taskIdField: string
  readonly now: () => number
  readonly suspicion: Suspicion
  readonly signal: AbortSignal
}

/** By what one is looked for. */
export type Sought = Pick<Activity, 'whoId' | 'marker'>

const MarkerLength = 33

/** The org's field for markers, as it spells it; null where it has none that can be written and asked for. */
export function idFieldOf({ org, taskIdField }: Pick<ActivityContext, 'org' | 'taskIdField'>): string | null {
  const field = org.object('task')?.field(taskIdField)
  return field?.createable && field.filterable && field.length >= MarkerLength ? field.name : null
}

/**
 * Which of these are there: marker → id. By the org's field, and among our own tasks of these people for what was made while the org had
 * no such field. Tasks of a Lead become its Contact's when it is converted, and the survivor's when it is merged: the marker tells.
 */
export async function findActivities(
  activities: readonly Sought[],
  context: ActivityContext,
): Promise<ReadonlyMap<string, string> | DeliveryError> {
  const found = new Map<string, string>()
  if (activities.length === 0) return found
  const user = await ownUser(context)
  if (user instanceof DeliveryError) return user
  const field = idFieldOf(context)
  const doubted: DeliveryError[] = []
  const onRefusal = (_: number, refusal: Refusal) => doubted.push(...changedFields(refusal, context))
  const answers = await query(lookUps(activities, field, user), { ...context, onRefusal })
  const wanted = new Set(activities.map(({ marker }) => marker))
  for (const answer of answers) {
    if (answer instanceof DeliveryError) return doubted[0] ?? answer
    for (const { Id, ...record } of answer) {
      const text = decode(record[field ?? '']) ?? decode(record.Description) ?? ''
      for (const marker of markersIn(String(text))) if (wanted.has(marker)) found.set(marker, String(Id))
    }
  }
  return found
}

/** For a field that was there when the org was last described: the org is described again, and the call made again. */
export function changedFields({ statusCode, error }: Refusal, { org, crm, now }: ActivityContext): DeliveryError[] {
  if (statusCode !== 'INVALID_FIELD' && statusCode !== 'INVALID_FIELD_FOR_INSERT_UPDATE') return []
  org.doubt(now())
  const say =
    "a field of Task is not there, or not writable, any more. Leadsync looks at the org's fields again, then tries again."
  return [new DeliveryError('conflict', sentence(crm, say), { ...(error.status === undefined ? {} : { status: error.status }) })]
}

function lookUps(activities: readonly Sought[], field: string | null, user: string): Soql[] {
  const byText = chunksOf(activities.map(({ whoId }) => whoId)).map(
    (part) =>
      `SELECT Id, Description FROM Task WHERE ${inList('WhoId', part)} AND CreatedById = ${literal(user)}${field ? ` AND ${field} = null` : ''}`,
  )
  const markers = field ? chunksOf(activities.map(({ marker }) => marker)) : []
  const byField = markers.map((part) => `SELECT Id, ${field} FROM Task WHERE ${inList(String(field), part)}`)
  return [...byField, ...byText].map((soql) => ({ soql }))
}

export function chunksOf(values: readonly string[]): (readonly string[])[] {
  const distinct = [...new Set(values)]
  const chunks: (readonly string[])[] = []
  for (let from = 0; from < distinct.length; from += BatchSize) chunks.push(distinct.slice(from, from + BatchSize))
  return chunks
}
