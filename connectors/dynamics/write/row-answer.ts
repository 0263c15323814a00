import { DeliveryError, type Judged, type RecordRef, type WriteOutcome, withFields } from '../../../src/core/index.ts'
import type { Effort } from '../../kit/bisect.ts'
import type { Holders } from '../../kit/holders.ts'
import type { Api } from '../api.ts'
import { protocolError, type Refusal, sentence } from '../errors.ts'
import { IdColumns } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import type { Reply } from '../requests/operation.ts'
import { WireRecord } from '../wire.ts'
import { NoSuchOwner, OwnerCodes, OwnerColumn } from './owners.ts'
import type { PlanContext, Row } from './plan.ts'

export interface WriteContext extends PlanContext {
  readonly api: Api
  readonly signal: AbortSignal
  readonly now: () => number
  /** Contact id → the record that stands for this person, where a match does not find it by itself. */
  readonly holders: Holders<RecordRef>
  /** Record id → a record that is closed, and takes no changes. */
  readonly closed: Holders<RecordRef>
  /** What finding out which column a record was refused for may still cost. */
  readonly effort: Effort
}

export type Outcomes = Map<number, Judged<WriteOutcome>>

/** What a reply means for its row. */
export type RowAnswer =
  | { readonly kind: 'judged'; readonly judged: Judged<WriteOutcome> }
  /** The new record, or one with its key, is there. */
  | { readonly kind: 'there'; readonly error: DeliveryError; readonly code: string | null }
  /** A duplicate detection rule took it for another. */
  | { readonly kind: 'double'; readonly error: DeliveryError; readonly holder: string | null }
  /** Worth sending once more without what it referred to. */
  | { readonly kind: 'lighter'; readonly error: DeliveryError; readonly row: Row }
  /** One of its values was refused, and nothing says which. */
  | { readonly kind: 'unnamed'; readonly error: DeliveryError }

export interface Answered<K extends RowAnswer['kind']> {
  readonly row: Row
  readonly answer: Extract<RowAnswer, { readonly kind: K }>
}

type RefusedReply = Extract<Reply, { readonly kind: 'refused' }>

const DuplicateFound = '0x80040333'
/** By its id, and by an alternate key. */
const Doubled = new Set(['0x80040237', '0x80060892'])
const Closed = new Set(['0x80040519', '0x80040230'])
const NotFound = new Set(['0x80040217', '0x80060891'])
/** Of a text's length, a choice, a number's range, a column or its type, and a column that is secured. */
const ColumnCodes = new Set(['0x80044331', '0x8004431a', '0x8004432f', '0x80044330', '0x80048d19', '0x8004f502', '0x8004f507'])
const UndeclaredColumn = '0x80048d19'
const Bind = '@odata.bind'
const NoSuchRecord = 'The record that it refers to is not there.'

/** Judges one row by its reply, and notes what a refusal teaches. */
export function rowAnswerOf(row: Row, reply: Reply | undefined, context: WriteContext): RowAnswer {
  if (reply === undefined) return judged(protocolError(context.crm, 'it did not say what became of a record. Please report it.'))
  return reply.kind === 'ok' ? taken(row, reply, context) : refused(row, reply, context)
}

function taken(row: Row, { status, body }: Extract<Reply, { readonly kind: 'ok' }>, { crm, closed }: WriteContext): RowAnswer {
  const { kind, way, dropped } = row
  if (row.id !== null) closed.forget(row.id)
  const named = WireRecord.safeParse(body).data?.[IdColumns[kind]]
  const id = typeof named === 'string' && isGuid(named) ? named.toLowerCase() : row.id
  if (id === null) return judged(protocolError(crm, 'it said yes to a record but did not name it. Please report it.', status))
  const isNew = way === 'create' && status !== 200
  return judged({ object: kind, id, result: isNew ? 'created' : 'updated', dropped })
}

function refused(row: Row, reply: RefusedReply, context: WriteContext): RowAnswer {
  const { error, code, fields } = reply
  const { way } = row
  if (code === UndeclaredColumn) context.org.doubt(context.now())
  if (code === DuplicateFound) return { kind: 'double', error, holder: reply.holder }
  if (way === 'create' && (error.status === 412 || (code !== null && Doubled.has(code)))) return { kind: 'there', error, code }
  if (code !== null && Closed.has(code)) return closed(row, error, context)
  if (isMissing(reply)) return withoutReferences(row, reply, context, { of: () => true, certain: way === 'create' })
  if (code !== null && OwnerCodes.has(code)) {
    return withoutReferences(row, reply, context, { of: isOwners, certain: error.code !== 'misconfigured' })
  }
  if (error.code === 'invalid' && fields.length === 0 && code !== null && ColumnCodes.has(code)) return { kind: 'unnamed', error }
  return error.code === 'invalid' && fields.length > 0 ? inOwnWords(row, error) : judged(error)
}

/**
 * Of what was sent under other names in the write's own: a resend without them looks for those. What stands for no field of the write, an
 * opt-out above all, can only be left out here: a secured `donotphone` must not keep the rest of a do-not-contact from the record.
 */
function inOwnWords(row: Row, error: DeliveryError): RowAnswer {
  const { origins } = row
  const sent = error.fields.map((name) => (`${name}${Bind}` in row.body ? `${name}${Bind}` : name))
  const fields = [...new Set(sent.flatMap((name) => origins.get(name) ?? []))]
  if (fields.length === 0) return lighter(row, error, sent, { reasonFor: () => error.message, isCertain: true })
  return judged(withFields(error, fields))
}

interface Lightening {
  readonly reasonFor: (field: string) => string
  /** Nothing but what is left out can be what was refused. */
  readonly isCertain: boolean
}

function lighter(row: Row, error: DeliveryError, names: readonly string[], { reasonFor, isCertain }: Lightening): RowAnswer {
  const { body, id, kind, origins, way } = row
  const kept = Object.entries(body).filter(([name]) => !names.includes(name))
  const fields = names.map((name) => origins.get(name) ?? name.replace(Bind, ''))
  const dropped = [...row.dropped, ...fields.map((field) => ({ field, reason: reasonFor(field) }))]
  if (kept.length > 0) return { kind: 'lighter', error, row: { ...row, body: Object.fromEntries(kept), dropped } }
  // Nothing else was to change, so there is nothing more to send.
  return judged(isCertain && way === 'update' && id !== null ? { object: kind, id, result: 'unchanged', dropped } : error)
}

function isOwners(name: string): boolean {
  return name.replace(Bind, '').toLowerCase() === OwnerColumn
}

function isMissing({ code, error }: Pick<Refusal, 'code' | 'error'>): boolean {
  return error.code === 'conflict' && (code === null ? error.status === 404 : NotFound.has(code))
}

interface Doubt {
  /** Which references may be what was refused. */
  readonly of: (name: string) => boolean
  /** Nothing else can be what was refused. */
  readonly certain: boolean
}

/**
 * What is not there is the record or one that it refers to, and codes don't tell which. A lead without its owner or campaign is worth more
 * than none; where the record itself is gone, the lighter form is refused as well.
 */
function withoutReferences(row: Row, { error }: RefusedReply, { crm }: WriteContext, doubt: Doubt): RowAnswer {
  const { body, origins, write } = row
  const names = Object.keys(body).filter((name) => name.endsWith(Bind) && body[name] !== null && doubt.of(name))
  const fields = names.map((name) => origins.get(name) ?? name.slice(0, -Bind.length))
  const required = fields.filter((field) => write.required.includes(field))
  if (required.length > 0 && doubt.certain) {
    const say = `"${required.join('", "')}" refers to a record that is not there, or to a user who can't own it. Correct the mapping, then replay.`
    return judged(new DeliveryError('invalid', sentence(crm, say), { fields: required }))
  }
  if (names.length === 0 || required.length > 0) return judged(error)
  const reasonFor = (field: string) => (isOwners(field) ? NoSuchOwner : NoSuchRecord)
  return lighter(row, error, names, { reasonFor, isCertain: doubt.certain })
}

/**
 * Somebody closed it since it was looked up: that goes back to the look-up. If it then is what is to be written to all the same
 * (`onClosed: task`, a do-not-contact), the environment takes no changes to closed records, and never will.
 */
function closed(row: Row, error: DeliveryError, { closed }: WriteContext): RowAnswer {
  const { kind, id, way } = row
  if (id === null || way === 'create') return judged(error)
  if (closed.of(id) === null) {
    closed.learn(id, { object: kind, id })
    return judged(error)
  }
  const reason = 'The record is closed, and this environment takes no changes to closed records.'
  const left = Object.keys(row.body).map((name) => ({ field: row.origins.get(name) ?? name, reason }))
  return judged({ object: kind, id, result: 'unchanged', dropped: [...row.dropped, ...left] })
}

function judged(judged: Judged<WriteOutcome>): RowAnswer {
  return { kind: 'judged', judged }
}
