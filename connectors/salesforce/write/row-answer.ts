import { DeliveryError, type Judged, type RecordRef, type WriteOutcome, withFields } from '../../../src/core/index.ts'
import type { Holders } from '../../kit/holders.ts'
import { protocolError, type RowRefusal, rowRefusalOf, sentence } from '../errors.ts'
import { longId } from '../org/ids.ts'
import { type Kind, ObjectNames, type Org } from '../org/org.ts'
import type { CollectionRow } from '../wire.ts'
import { NoSuchOwner, OwnerField } from './owners.ts'
import type { Row, SentRecord } from './plan.ts'
import { isTriggers } from './triggers.ts'

/**
 * What one row of an answer means. `locked`, `lighter`: the row is worth sending again now; `silent`: nobody knows what became of it; `struck`: perhaps
 * not for what is in it.
 */
export type RowAnswer =
  | { readonly kind: 'judged'; readonly judged: Judged<WriteOutcome> }
  | { readonly kind: 'struck'; readonly judged: DeliveryError }
  | { readonly kind: 'locked' }
  | { readonly kind: 'lighter'; readonly row: Row }
  | { readonly kind: 'silent' }

export interface AnswerContext {
  readonly crm: string
  readonly org: Org
  readonly holders: Holders<RecordRef>
  readonly now: () => number
}

/** Codes by which Salesforce says that the owner can't be one. */
const OwnerCodes = new Set([
  'INACTIVE_OWNER_OR_USER',
  'INVALID_OWNER',
  'OP_WITH_INVALID_USER_TYPE_EXCEPTION',
  'TRANSFER_REQUIRES_READ',
])
/** Codes that also speak of a reference without saying of which: with an owner among the fields, of the owner as likely as of the record. */
const ReferenceCodes = new Set(['INVALID_CROSS_REFERENCE_KEY', 'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY'])
/** Codes by which Salesforce says that what was known of its fields is so no more. */
const FieldCodes = new Set([
  'INVALID_FIELD',
  'INVALID_FIELD_FOR_INSERT_UPDATE',
  'CANNOT_INSERT_UPDATE_FIELD',
  'FIELD_NOT_UPDATABLE',
])
/** `.1`, `.2`: the key of a record made beside a closed one. */
const Another = /\.\d+$/

/** Judges one row, and notes what its refusal teaches. */
export function rowAnswerOf(row: Row, answer: CollectionRow | null | undefined, context: AnswerContext): RowAnswer {
  if (!answer) return { kind: 'silent' }
  const { crm } = context
  if (answer.success) {
    const id = answer.id ?? row.write.recordId
    if (id === null) return judged(protocolError(crm, 'it said yes to a record but did not name it. Please report it.'))
    return judged({ object: row.kind, id: longId(id), result: resultOf(row, answer), dropped: row.dropped })
  }
  const refusal = rowRefusalOf(answer.errors, crm)
  noteFields(refusal, context)
  if (refusal.statusCode === 'UNABLE_TO_LOCK_ROW') return { kind: 'locked' }
  if (refusal.statusCode === 'DUPLICATES_DETECTED') return judged(blocked(row, refusal, context))
  if (isAboutOwner(row, refusal)) return withoutOwner(row, refusal, context)
  if (refusal.statusCode === 'INVALID_TYPE_FOR_OPERATION' && row.way !== 'update') return judged(mayMakeNone(row, crm))
  const error = inOwnWords(row, refusal.error)
  return isTriggers(refusal) ? { kind: 'struck', judged: error } : judged(error)
}

/** A refusal that speaks of a field: the org is not as it was described. */
export function noteFields({ statusCode }: { readonly statusCode: string | null }, { org, now }: AnswerContext): boolean {
  const isChanged = statusCode !== null && FieldCodes.has(statusCode)
  if (isChanged) org.doubt(now())
  return isChanged
}

function judged(judged: Judged<WriteOutcome>): RowAnswer {
  return { kind: 'judged', judged }
}

function resultOf({ way }: Row, { created }: CollectionRow): WriteOutcome['result'] {
  return way === 'create' || (way === 'upsert' && created === true) ? 'created' : 'updated'
}

/** Every new one will be refused: it is not for each of them to wait for a person. */
function mayMakeNone({ kind }: Row, crm: string): DeliveryError {
  const say = `the integration user may not create ${ObjectNames[kind]}s. Give its permission set Create on ${ObjectNames[kind]}.`
  return new DeliveryError('misconfigured', sentence(crm, say))
}

function isAboutOwner({ record }: Row, { statusCode, fields }: RowRefusal): boolean {
  if (!(OwnerField in record) || statusCode === null) return false
  if (OwnerCodes.has(statusCode)) return true
  return ReferenceCodes.has(statusCode) && fields.every((field) => field === OwnerField)
}

/** A lead without its owner is worth more than none; an owner that the mapping requires is another matter. */
function withoutOwner(row: Row, { error }: RowRefusal, { crm }: AnswerContext): RowAnswer {
  const field = row.origins.get(OwnerField) ?? OwnerField
  if (row.write.required.includes(field)) {
    return judged(new DeliveryError('invalid', sentence(crm, `"${field}": ${NoSuchOwner}`), { fields: [field] }))
  }
  const record: SentRecord = Object.fromEntries(Object.entries(row.record).filter(([name]) => name !== OwnerField))
  return { kind: 'lighter', row: { ...row, record, dropped: [...row.dropped, { field, reason: error.message }] } }
}

/** Whoever reads the fields of an error looks for them in the write, where they may be spelt otherwise, or stand for others. */
function inOwnWords({ origins }: Row, error: DeliveryError): DeliveryError {
  const fields = [...new Set(error.fields.map((field) => origins.get(field) ?? field))]
  if (fields.every((field, index) => field === error.fields[index])) return error
  return withFields(error, fields)
}

/** One record of the same kind is who is meant: the next match finds it, and what is written to it is decided as for any other. */
function blocked(row: Row, { duplicates, error }: RowRefusal, { crm, holders }: AnswerContext): DeliveryError {
  const { kind, way, write } = row
  const ids = new Set(duplicates.filter(({ object }) => object === ObjectNames[kind]).map(({ id }) => longId(id)))
  const [id] = ids
  const isKnown = holders.of(write.contactId)?.id === id || Another.test(write.contactId)
  if (way !== 'update' && ids.size === 1 && id !== undefined && !isKnown) {
    holders.learn(write.contactId, { object: kind, id })
    return new DeliveryError(
      'conflict',
      sentence(crm, `a duplicate rule found the same customer in another ${ObjectNames[kind]}. That one is looked up.`),
    )
  }
  if (duplicates.length === 0) return error
  const say = `one of the org's duplicate rules blocks the record: it is taken for ${inWords(duplicates)}. Merge them or set the rule to Alert, then replay.`
  return new DeliveryError('multiple_matches', sentence(crm, say))
}

function inWords(duplicates: RowRefusal['duplicates']): string {
  const counts = new Map<string, Set<string>>()
  for (const { object, id } of duplicates) {
    // Salesforce's names of objects may be anything; only those that we know are said.
    const name = isKnownObject(object) ? object : 'other record'
    counts.set(name, (counts.get(name) ?? new Set()).add(id))
  }
  return [...counts].map(([name, ids]) => `${ids.size} ${name}${ids.size === 1 ? '' : 's'}`).join(' and ')
}

function isKnownObject(object: string): boolean {
  const kinds: readonly Kind[] = ['lead', 'contact']
  return kinds.some((kind) => ObjectNames[kind] === object)
}
