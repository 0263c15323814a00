import { DeliveryError, type RecordRef } from '../../../src/core/index.ts'
import type { Holders } from '../../kit/holders.ts'
import { longId } from '../org/ids.ts'
import { type Kind, ObjectNames } from '../org/org.ts'
import { ownUser } from '../requests/own-user.ts'
import { type QueryContext, query } from '../requests/query.ts'
import { inList, literal } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'
import { type ClosedSettings, isDone } from './closed.ts'
import type { Row } from './plan.ts'

export interface MadeContext extends QueryContext {
  readonly holders: Holders<RecordRef>
  readonly settings: ClosedSettings
}

/** Open records that are this row, by e-mail or, for one without, by name, company and phone. */
export type Made = ReadonlyMap<Row, readonly string[]>

/**
 * Looks for what rows would make, in an org that has no field for the contact id. One without e-mail is looked for only among what our own
 * user made: name and phone are enough to know our own earlier try by, and not to know a stranger by.
 */
export async function findMade(rows: readonly Row[], context: MadeContext): Promise<Made | DeliveryError> {
  const me = rows.some(({ write }) => write.email === null) ? await ownUser(context) : ''
  if (me instanceof DeliveryError) return me
  const made = new Map<Row, readonly string[]>()
  for (const kind of ['lead', 'contact'] as const) {
    const mine = rows.filter((row) => row.kind === kind)
    const records = mine.length === 0 ? [] : await recordsLike(mine, kind, me, context)
    if (records instanceof DeliveryError) return records
    for (const row of mine) {
      const alike = records.filter((record) => isLike(row, record) && !isDone(record, context.settings))
      made.set(row, [...new Set(alike.map(({ Id }) => longId(String(Id))))])
    }
  }
  return made
}

async function recordsLike(
  rows: readonly Row[],
  kind: Kind,
  me: string,
  context: MadeContext,
): Promise<readonly WireRecord[] | DeliveryError> {
  const own = kind === 'lead' ? 'Company, IsConverted, Status' : 'AccountId'
  const select = `SELECT Id, Email, LastName, Phone, ${own} FROM ${ObjectNames[kind]} WHERE`
  const emails = rows.flatMap(({ write }) => write.email ?? [])
  const nameless = rows.filter(({ write }) => write.email === null)
  const names = nameless.map(({ record }) => text(record.LastName))
  const phones = nameless.map(({ record }) => text(record.Phone))
  const ours = `CreatedById = ${literal(me)} AND Email = null`
  const found = await query(
    [
      ...(emails.length === 0 ? [] : [{ soql: `${select} ${inList('Email', emails)}` }]),
      ...(names.length === 0
        ? []
        : [{ soql: `${select} ${ours} AND ${inList('LastName', names)} AND ${inList('Phone', phones)}` }]),
    ],
    context,
  )
  const refused = found.find((one) => one instanceof DeliveryError)
  return refused instanceof DeliveryError ? refused : found.flatMap((one) => (one instanceof DeliveryError ? [] : one))
}

function isLike({ kind, write, record }: Row, found: WireRecord): boolean {
  if (write.email !== null) return same(found.Email, write.email)
  if (!same(found.Email, '') || !['LastName', 'Phone'].every((name) => same(found[name], record[name]))) return false
  if (kind === 'lead') return same(found.Company, record.Company)
  // Salesforce answers with the long spelling; settings and mappings may have the other one.
  return longId(text(found.AccountId)) === longId(text(record.AccountId))
}

function same(left: unknown, right: unknown): boolean {
  return text(left).toLowerCase() === text(right).toLowerCase()
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
