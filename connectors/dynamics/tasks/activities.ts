import { DeliveryError, type Judged } from '../../../src/core/index.ts'
import type { Made } from '../../kit/make-once.ts'
import { protocolError, sentence } from '../errors.ts'
import { type Kind, SetNames } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import type { Operation, Reply } from '../requests/operation.ts'
import { OwnerColumn } from '../write/owners.ts'
import { type ActivityContext, type ActivitySet, changedTable, readActivities } from './activity-lookup.ts'

/** A task or note of ours; its id is made of our own id for it. */
export interface Activity {
  readonly id: string
  readonly columns: Readonly<Record<string, unknown>>
  /** The key among `columns` that binds the owner; null when nobody is named. */
  readonly ownerKey: string | null
}

const RecordThere = '0x80040237'

// An owner who is not there, is disabled, has no licence, or whose role has no right to tasks. Dataverse says all of these of the
// application user and of the record that the task is about too: what it refuses without owner as well is not about the owner.
const OwnerCodes = new Set(['0x80040217', '0x80040225', '0x8004d24b', '0x80040220', '0x80048306'])

/** How a lookup is bound to a Lead or Contact; null for what is none. */
export function bindingOf({ object, id }: { readonly object: string; readonly id: string }): string | null {
  const kind = Object.keys(SetNames).find((name): name is Kind => name === object && name !== 'task')
  return kind !== undefined && isGuid(id) ? `/${SetNames[kind]}(${id.toLowerCase()})` : null
}

/**
 * Makes those that are not there yet, same length and order. Create-only: what is there stays as people changed it. One that somebody has
 * deleted is made anew; Dataverse keeps no trace of it that could be asked for.
 */
export async function createActivities(
  set: ActivitySet,
  activities: readonly Activity[],
  context: ActivityContext,
): Promise<Judged<Made>[]> {
  const judged = new Map<string, Judged<Made>>()
  const rows = [...new Map(activities.map((one) => [one.id, one])).values()]
  const operations = rows.map((row) => creation(set, row))
  const replies = await context.api.all(operations, context.signal)
  const taken = new Map<string, DeliveryError>()
  for (const [index, row] of rows.entries()) {
    const reply = replies[index]
    if (reply?.kind === 'ok') judged.set(row.id, { id: row.id, isNew: true })
    if (reply?.kind === 'refused' && isThere(reply)) taken.set(row.id, reply.error)
    else if (reply?.kind === 'refused') judged.set(row.id, refusedFor(row, reply, context))
  }
  for (const [id, made] of await found(set, taken, context)) judged.set(id, made)
  return activities.map(({ id }) => judged.get(id) ?? unjudged(context))
}

/** A 412 may also come from a rule or key of the environment's own: only what can be read is there. */
async function found(
  set: ActivitySet,
  taken: ReadonlyMap<string, DeliveryError>,
  context: ActivityContext,
): Promise<Map<string, Judged<Made>>> {
  const judged = new Map<string, Judged<Made>>()
  const read = await readActivities(set, [...taken.keys()], [], context)
  for (const [id, refusal] of taken) {
    const record = read.get(id)
    if (record instanceof DeliveryError) judged.set(id, record)
    else judged.set(id, record ? { id, isNew: false } : refusal)
  }
  return judged
}

function creation(set: ActivitySet, { id, columns }: Activity): Operation {
  return { method: 'PATCH', path: `${set}(${id})`, headers: { 'If-None-Match': '*' }, body: columns }
}

function isThere({ code, error }: Extract<Reply, { kind: 'refused' }>): boolean {
  return error.status === 412 || code === RecordThere
}

function refusedFor(row: Activity, refusal: Extract<Reply, { kind: 'refused' }>, context: ActivityContext): DeliveryError {
  const { code, fields, error } = refusal
  const isOwners = row.ownerKey !== null && fields.includes(row.ownerKey.replace(/@.*$/, ''))
  if (isOwners || (row.ownerKey !== null && code !== null && OwnerCodes.has(code))) {
    const say = 'it does not take the owner of a task. Correct the owner, or give the user a role that may own tasks.'
    return new DeliveryError('invalid', sentence(context.crm, say), { fields: [OwnerColumn] })
  }
  return changedTable(refusal, context) ?? error
}

function unjudged({ crm }: ActivityContext): DeliveryError {
  return protocolError(crm, 'it did not say what became of a task. Please report it.')
}
