import { DeliveryError } from '../../../src/core/index.ts'
import { protocolError, sentence } from '../errors.ts'
import { type Column, IdColumns } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import type { Operation } from '../requests/operation.ts'
import { WireRecord } from '../wire.ts'
import type { Row } from './plan.ts'
import type { Answered, Outcomes, WriteContext } from './row-answer.ts'
import { holds, readName } from './values.ts'

const RacedForKey = '0x80060892'
const Bind = '@odata.bind'

/**
 * Judges new records of which Dataverse says that they are there. One that holds all that was sent is our own earlier try, whose answer was
 * lost; any other goes back to the look-up, which finds it by its id. Answers the rows that lost a race for a key which nobody holds now.
 */
export async function judgeThere(met: readonly Answered<'there'>[], outcomes: Outcomes, context: WriteContext): Promise<Row[]> {
  if (met.length === 0) return []
  const { api, crm, signal } = context
  const replies = await api.all(
    met.map(({ row }) => readingOf(row, context)),
    signal,
  )
  const again: Row[] = []
  for (const [place, { row, answer }] of met.entries()) {
    const reply = replies[place]
    if (reply?.kind === 'ok') settle(row, WireRecord.safeParse(reply.body).data, outcomes, context)
    else if (reply?.kind === 'refused' && reply.error.status !== 404) outcomes.set(row.index, reply.error)
    else if (answer.code === RacedForKey) again.push(row)
    if (reply === undefined) outcomes.set(row.index, protocolError(crm, 'it did not say what a record holds. Please report it.'))
  }
  return again
}

function settle(row: Row, record: WireRecord | undefined, outcomes: Outcomes, context: WriteContext): void {
  const { kind, index, dropped } = row
  const named = record?.[IdColumns[kind]]
  const id = typeof named === 'string' && isGuid(named) ? named.toLowerCase() : row.id
  if (record === undefined || id === null) {
    outcomes.set(index, protocolError(context.crm, 'a record that is there already could not be read. Please report it.', 200))
    return
  }
  if (isWhatWasSent(row, record, context)) {
    outcomes.set(index, { object: kind, id, result: 'unchanged', dropped })
    return
  }
  const say = 'the customer was entered meanwhile. The record is looked up.'
  outcomes.set(index, new DeliveryError('conflict', sentence(context.crm, say), { status: 412 }))
}

function isWhatWasSent(row: Row, record: WireRecord, context: WriteContext): boolean {
  return Object.entries(row.body).every(([name, sent]) => {
    const stored = record[readNameOf(name, row, context)]
    const [, id] = typeof sent === 'string' && name.endsWith(Bind) ? (/\(([^()]+)\)$/.exec(sent) ?? []) : []
    return holds(typeof stored === 'string' && id !== undefined ? stored.toLowerCase() : stored, id ?? sent)
  })
}

function readingOf(row: Row, context: WriteContext): Operation {
  const names = Object.keys(row.body).map((name) => readNameOf(name, row, context))
  const columns = [...new Set([IdColumns[row.kind], ...names])]
  return { method: 'GET', path: `${row.address}?$select=${columns.join(',')}` }
}

function readNameOf(name: string, { kind, origins }: Row, { org }: WriteContext): string {
  if (!name.endsWith(Bind)) return name
  const field = origins.get(name) ?? name.slice(0, -Bind.length)
  const column: Column | undefined = org.table(kind).column(field)
  return column === undefined ? `_${field}_value` : readName(column)
}
