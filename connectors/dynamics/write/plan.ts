import {
  DeliveryError,
  type DroppedField,
  type FieldValue,
  type Judged,
  type RecordWrite,
  type WriteOutcome,
} from '../../../src/core/index.ts'
import { turnOf } from '../../kit/turn.ts'
import { protocolError, sentence } from '../errors.ts'
import { recordId } from '../org/ids.ts'
import { IdColumns, type Kind, SetNames } from '../org/table.ts'
import { isGuid, text } from '../requests/odata.ts'
import type { Operation } from '../requests/operation.ts'
import type { Settings } from '../settings.ts'
import { type ColumnContext, type SentColumns, sentColumns } from './sent-columns.ts'

/** One record to be sent, and the write that it came from. */
export interface Row {
  readonly index: number
  readonly write: RecordWrite
  readonly kind: Kind
  readonly way: 'create' | 'update'
  /** Where it is written to, e.g. `leads(ID)`. */
  readonly address: string
  /** Null for a new record that is addressed by key: Dataverse gives it one. */
  readonly id: string | null
  readonly body: Readonly<Record<string, FieldValue>>
  readonly origins: SentColumns['origins']
  readonly dropped: readonly DroppedField[]
}

export interface Plan {
  /** Writes that need no request, by index. */
  readonly settled: ReadonlyMap<number, Judged<WriteOutcome>>
  /** To be sent one after the other: two writes to one record are never in one turn, and keep their order. */
  readonly turns: readonly (readonly Row[])[]
}

export interface PlanContext extends ColumnContext {
  readonly crm: string
  readonly settings: ColumnContext['settings'] & Pick<Settings, 'key' | 'detectDuplicates'>
}

/** Pure: which records go out in which turn, and what is settled without a request. */
export function planWrites(writes: readonly RecordWrite[], context: PlanContext): Plan {
  const settled = new Map<number, Judged<WriteOutcome>>()
  const turns: Row[][] = []
  const taken = new Map<string, number>()
  for (const [index, write] of writes.entries()) {
    const row = rowOf(index, write, context)
    if (!('body' in row)) {
      settled.set(index, row)
      continue
    }
    const turn = turnOf(namesOf(row), taken)
    turns[turn] = [...(turns[turn] ?? []), row]
  }
  return { settled, turns }
}

/**
 * A new record is made only where there is none (`If-None-Match`), a known one changed only where it still is (`If-Match`): both may be
 * sent again after an unknown outcome, and what somebody deleted stays deleted.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
 */
export function operationOf({ way, kind, address, body }: Row, { settings }: Pick<PlanContext, 'settings'>): Operation {
  if (way === 'update') return { method: 'PATCH', path: address, headers: { 'If-Match': '*' }, body }
  const headers = {
    'If-None-Match': '*',
    Prefer: 'return=representation',
    ...(settings.detectDuplicates ? { 'MSCRM.SuppressDuplicateDetection': 'false' } : {}),
  }
  return { method: 'PATCH', path: `${address}?$select=${IdColumns[kind]}`, headers, body }
}

/** By all that it may be known by: one write may know a person by record, the next by contact id. */
function namesOf({ write, id }: Row): string[] {
  const { contactId, email } = write
  return [
    `contact ${contactId.toLowerCase()}`,
    ...(id === null ? [] : [`record ${id}`]),
    ...(email === null ? [] : [`email ${email.toLowerCase()}`]),
  ]
}

function rowOf(index: number, write: RecordWrite, context: PlanContext): Row | Judged<WriteOutcome> {
  const { crm } = context
  const kind: Kind = write.object === 'contact' ? 'contact' : 'lead'
  const { body, origins, dropped, refused } = sentColumns(write, kind, context)
  if (refused.length > 0) {
    const words = refused.map(({ field, reason }) => `"${field}": ${reason}`).join(' ')
    const fields = refused.map(({ field }) => field)
    return new DeliveryError('invalid', sentence(crm, `the record can't be written like this. ${words}`), { fields })
  }
  if (write.recordId === null) return newRow({ index, write, kind, way: 'create', body, origins, dropped }, context)
  if (!isGuid(write.recordId))
    return protocolError(crm, 'the record to change has an id that is none of its ids. Please report it.')
  const id = write.recordId.toLowerCase()
  if (Object.keys(body).length === 0) return { object: kind, id, result: 'unchanged', dropped }
  return { index, write, kind, way: 'update', address: `${SetNames[kind]}(${id})`, id, body, origins, dropped }
}

function newRow(row: Omit<Row, 'address' | 'id'>, { org, settings }: PlanContext): Row {
  const { kind, write } = row
  if (settings.key === 'record-id' || !org.keyActive(kind)) {
    const id = recordId(kind, write.contactId)
    return { ...row, address: `${SetNames[kind]}(${id})`, id }
  }
  // Of a key that stands in the address and in the body too, the body's wins, or the record is refused, but only when it is made anew:
  // https://github.com/microsoft/PowerPlatform-DataverseClient-Python/pull/127
  const { [settings.contactIdColumn]: _, ...body } = row.body
  return { ...row, body, address: `${SetNames[kind]}(${settings.contactIdColumn}=${text(write.contactId)})`, id: null }
}
