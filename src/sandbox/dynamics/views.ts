import type { ApiAnswer } from '../exchange.ts'
import { json, Refusal } from './answers.ts'
import type { Call, Instance } from './instance.ts'
import { type PageOptions, runQuery } from './odata/query.ts'
import type { QueryRow, QueryRows, QueryTable } from './odata/table.ts'
import type { OrgRow, OrgTable } from './org/org.ts'
import { type Preferences, readPreferences } from './preferences.ts'

/** Runs the call's query. Throws what is wrong with it. */
export function queried(call: Call, table: QueryTable, pages: PageOptions = allRows): QueryRows {
  const result = runQuery(table, call.query, pages)
  if (result.kind === 'error') throw new Refusal(result)
  return result
}

const allRows: PageOptions = { maxPageSize: Number.MAX_SAFE_INTEGER }

/** One record as a read or `return=representation` answers it, with the columns of `$select`. */
export function entityAnswer(instance: Instance, call: Call, table: OrgTable, id: string, status: number): ApiAnswer {
  const row = table.row(id)
  const [selected] = queried(call, oneRowOf(table, row)).rows
  const preferences = readPreferences(call.headers)
  const shown = selected === undefined ? {} : withAnnotations(instance, table, selected, preferences)
  const value = { '@odata.context': `${contextOf(call, table.entitySet)}/$entity`, ...shown }
  const etag = instance.org.etag(table.entitySet, id)
  return json(status, value, { ...(etag === null ? {} : { ETag: etag }), ...appliedHeader(preferences) })
}

/** `$metadata#leads(leadid,subject)` */
export function contextOf({ base, query }: Call, entitySet: string): string {
  const select = new URLSearchParams(query).get('$select')
  return `${base}/$metadata#${entitySet}${select === null ? '' : `(${select.replaceAll(' ', '')})`}`
}

export function appliedHeader({ applied }: Preferences): Record<string, string> {
  return applied === null ? {} : { 'Preference-Applied': applied }
}

/** A selected row with its ETag and the annotations that the caller asked for. */
export function withAnnotations(instance: Instance, table: OrgTable, selected: QueryRow, preferences: Preferences): QueryRow {
  const id = String(selected[table.primaryId])
  const row = table.row(id) ?? {}
  const etag = instance.org.etag(table.entitySet, id)
  const shown: Record<string, unknown> = etag === null ? {} : { '@odata.etag': etag }
  for (const [name, value] of Object.entries(selected)) {
    Object.assign(shown, annotationsOf(table, name, row, preferences))
    shown[name] = value
  }
  return shown
}

const formattedValue = 'OData.Community.Display.V1.FormattedValue'
const lookupLogicalName = 'Microsoft.Dynamics.CRM.lookuplogicalname'

function annotationsOf(table: OrgTable, name: string, row: OrgRow, { annotates }: Preferences): Record<string, unknown> {
  const annotations: Record<string, unknown> = {}
  const formatted = annotates(formattedValue) ? table.formatted(name, row) : null
  if (formatted !== null) annotations[`${name}@${formattedValue}`] = formatted
  const target = annotates(lookupLogicalName) ? row[`${name}@${lookupLogicalName}`] : null
  if (typeof target === 'string') annotations[`${name}@${lookupLogicalName}`] = target
  return annotations
}

function oneRowOf(table: OrgTable, row: OrgRow | null): QueryTable {
  return { ...table, rows: () => (row === null ? [] : [row]) }
}
